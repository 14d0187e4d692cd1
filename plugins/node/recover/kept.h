#pragma once
// What `recover` keeps while it runs: the images of finished chunks, one file each, and a checkpoint of the chunk under
// way.
#include <chrono>
#include <filesystem>
#include <optional>

#include "loop.h"
#include "sdk/checkpoint.h"
#include "sdk/torch/tensor_checkpoint.h"

namespace retort::recover {

/// A finished chunk.
struct Finished {
  at::Tensor pixels;  ///< uint8 [G·B,C,H,W]
  at::Tensor curves;  ///< double [names of the objective, points]
  TensorList losses;  ///< state of the losses after it
};

TensorList state_of(Components<RecoverLoss>& losses);

void restore(Components<RecoverLoss>& losses, const TensorList& saved);

class Kept {
 public:
  explicit Kept(std::filesystem::path folder) : folder_(std::move(folder)), checkpoint_(folder_) {}

  /// A finished chunk of an earlier attempt; nothing if there is none or it cannot be read.
  std::optional<Finished> chunk(size_t index) const;

  void keep(size_t index, const Finished& finished) const;

  /// Saves the chunk under way if `seconds` passed since the last save.
  void save(size_t index, const ChunkState& state, Components<RecoverLoss>& losses, double seconds);

  /// The saved state of this chunk; the losses get theirs back.
  std::optional<ChunkState> load(size_t index, Components<RecoverLoss>& losses);

 private:
  std::filesystem::path file(size_t index) const;

  std::filesystem::path folder_;
  Checkpoint checkpoint_;
  int64_t count_ = 0;
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
};

}  // namespace retort::recover

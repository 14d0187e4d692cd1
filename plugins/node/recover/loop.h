#pragma once
// The loop of `recover` (METHODS.md 1.6): Adam on the images of some batches at a time, for one stage after the other,
// with a checkpoint from which a run goes on as if it had never stopped.
#include <ATen/ATen.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "objective.h"
#include "sdk/torch/recover_init.h"
#include "sdk/torch/recover_stages.h"
#include "sdk/torch/tensor_file.h"

namespace retort::recover {

struct LoopSettings {
  double lr = 0.25, beta1 = 0.5, beta2 = 0.9;
  std::string schedule = "cosine";
  bool clip = true;
  int64_t iterations = 1000;
  int64_t log_every = 20;
};

/// Where one chunk of batches stands: everything a resumed run needs beyond the graph and the losses' own state.
struct ChunkState {
  int64_t stage = 0, iteration = 0;  ///< of the next step; iteration counts over all stages
  at::Tensor canvas;                 ///< undefined before the first step
  TensorList optimizer;              ///< as Optimizer::state; empty at the start of a stage
  at::Tensor curves;                 ///< double [names of the objective, points]: sums over the chunk's batches
};

class Loop {
 public:
  /// The images [G·B,C,H,W] a stage begins with, from those that the stage before left.
  using Enter = std::function<at::Tensor(int64_t stage, const at::Tensor& images)>;
  /// Called between steps; `now` if it may be the last time.
  using Save = std::function<void(const ChunkState& state, bool now)>;

  Loop(Run& run, Objective& objective, const Normalization& normalization, at::Device device,
       std::vector<RecoverStage> stages, LoopSettings settings);

  /// Runs the rest of the stages from where the state says. Returns the images, on the CPU.
  at::Tensor recover(ChunkState& state, const Chunk& chunk, const at::Tensor& labels, const Enter& enter,
                     const Save& save);

  int64_t points() const { return settings_.iterations / settings_.log_every + 2; }
  /// The iteration a point of the curves stands for.
  int64_t iteration_of(int64_t point) const {
    return point == points() - 1 ? settings_.iterations - 1 : point * settings_.log_every;
  }

 private:
  void run_stage(ChunkState& state, const Chunk& chunk, const at::Tensor& labels, int64_t end, const Save& save);
  /// Asked to stop, the run keeps what it has.
  void stop_if_cancelled(const ChunkState& state, const Save& save);
  double lr(int64_t iteration) const;
  void clip(at::Tensor& canvas) const;
  /// Looks at the values now and then only: each look waits for the device.
  void observe(ChunkState& state, const at::Tensor& values, const Chunk& chunk);
  std::string not_a_number(const ChunkState& state, double value) const;

  Run& run_;
  Objective& objective_;
  Normalization normalization_;
  at::Device device_;
  std::vector<RecoverStage> stages_;
  LoopSettings settings_;
  std::optional<std::pair<int64_t, double>> last_good_;
};

}  // namespace retort::recover

#pragma once
// The artifact kind `trajectories`: parameters of networks trained on real data, at some epochs. One file an expert,
// expert_000.safetensors, with a tensor "epoch_N" of all parameters in definition order, one after the other, for each
// epoch kept. The meta:
//   {"experts": 100, "epochs": [0, 1, …], "names": ["conv1.weight", …], "shapes": [[128,3,3,3], …], "storage":
//   "float32",
//    "architecture": {network's origin}, "classes": [names], "image_size", "channels", "space", "normalization",
//    "made_of": {"data": digest}}
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sdk/artifact.h"

namespace retort::match {

/// All of several tensors, one after the other: [P].
at::Tensor flat(const std::vector<at::Tensor>& tensors);
/// The inverse; views into `values`.
std::vector<at::Tensor> shaped_like(const at::Tensor& values, const std::vector<std::vector<int64_t>>& shapes);

std::string expert_file(int64_t index);
std::string epoch_name(int64_t epoch);

/// Experts of one or more artifacts, read one at a time.
class Trajectories {
 public:
  /// Throws Error(user) if they differ in architecture, classes, image size, space or epochs, naming what.
  explicit Trajectories(const Input& artifacts);

  int64_t experts() const { return static_cast<int64_t>(files_.size()); }
  const Json& meta() const { return meta_; }
  /// Throws Error(user) unless all of them were trained on this data set.
  void check_made_of(const Artifact& data) const;
  /// Throws Error(user) with the first missing epoch if one of 0..last_start or of those `ahead` of them was not kept.
  void require(int64_t last_start, int64_t ahead) const;
  /// Throws Error(data) naming the first parameter that the network has and the experts do not, or with another shape.
  void check_layout(const std::vector<std::string>& names, const std::vector<at::Tensor>& parameters) const;

  /// Parameters of one expert after an epoch, float32, on the CPU. The last expert read is kept.
  std::vector<at::Tensor> snapshot(int64_t expert, int64_t epoch);

 private:
  const Input& artifacts_;
  Json meta_;
  std::vector<std::filesystem::path> files_;
  std::vector<std::vector<int64_t>> shapes_;
  int64_t open_ = -1;
  std::map<std::string, at::Tensor> snapshots_;
};

}  // namespace retort::match

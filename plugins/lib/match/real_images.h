#pragma once
// Real images by class, kept as pixels on the device and brought into the space of the distilled images batch by batch.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sdk/torch/space.h"
#include "sdk/torch/tensor_file.h"

namespace retort::match {

class RealImages {
 public:
  /// Throws Error(data) if a class has no image.
  RealImages(const LabelledImages& data, const Space& space, const at::Device& device);

  int64_t count() const { return labels_.size(0); }
  int64_t classes() const { return static_cast<int64_t>(of_class_.size()); }
  int64_t channels() const { return pixels_.size(1); }
  int64_t image_size() const { return pixels_.size(3); }
  const std::vector<std::string>& class_names() const { return names_; }
  const at::Device& device() const { return device_; }
  const Space& space() const { return space_; }
  const at::Tensor& labels() const { return labels_; }  ///< int64, on the device

  /// float32 [n,C,H,W] in the space, of these images (int64, on any device).
  at::Tensor images(const at::Tensor& indices) const;
  /// Indices of one class, in data order, on the CPU.
  const at::Tensor& of_class(int64_t label) const { return of_class_[static_cast<size_t>(label)]; }
  /// Up to `count` of one class, without replacement, in random order.
  at::Tensor draw(int64_t label, int64_t count, at::Generator& random) const;

 private:
  std::vector<std::string> names_;
  Space space_;
  at::Device device_;
  at::Tensor pixels_, labels_;
  std::vector<at::Tensor> of_class_;
};

/// Indices of each class's images, in data order. Throws Error(user) if a class has fewer than `at_least`, naming
/// "per_class", the class and how many it has.
std::vector<at::Tensor> indices_by_class(const at::Tensor& labels, const std::vector<std::string>& classes,
                                         int64_t at_least);

}  // namespace retort::match

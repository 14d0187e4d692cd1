#pragma once
// A data set that lies on the device as bytes, and the views of it a step asks for.
#include "sdk/node.h"
#include "sdk/torch/tensor_file.h"
#include "vision/augmentation.h"

namespace retort::train {

/// The device of this run.
at::Device device_of(const Run& run);

class Resident {
 public:
  /// Reads and moves all images to the run's device. Throws Error(data) if there are none.
  Resident(const Artifact& dataset, const Run& run);

  int64_t size() const { return data_.size(); }
  int64_t image_size() const { return data_.images.size(3); }
  const LabelledImages& data() const { return data_; }

  /// Random views of the images at these CPU indices, normalised with the data set's constants, or with others.
  at::Tensor views(const at::Tensor& indices, const vision::Augmentation& augmentation, uint64_t seed) const;
  at::Tensor views(const at::Tensor& indices, const vision::Augmentation& augmentation, uint64_t seed,
                   const Normalization& constants) const;
  at::Tensor labels(const at::Tensor& indices) const;  ///< int64, on the device

 private:
  LabelledImages data_;
};

}  // namespace retort::train

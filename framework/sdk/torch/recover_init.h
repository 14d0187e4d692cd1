#pragma once
// The component kind `recover_init`: what the images of `recover` are before the first step (noise, real images,
// patches).
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include "sdk/node.h"
#include "sdk/torch/normalization.h"

namespace retort {

/// One batch of images to begin with.
struct InitBatch {
  at::Tensor labels;              ///< int64 [B]
  std::vector<int64_t> ordinals;  ///< [B]: the how-manieth of its class each image is, from 0
  int64_t per_class = 1;
  int64_t channels = 3, image_size = 32;
  const std::vector<std::string>* classes = nullptr;  ///< names of the teachers' classes
  Normalization normalization;                        ///< the space the images live in
  at::Generator generator;                            ///< of this batch alone (CPU)
};

class RETORT_API RecoverInit : public Plugin {
 public:
  static constexpr const char* kKind = "recover_init";
  /// Called once before the first batch: reads the component's own inputs.
  virtual void prepare(Run&) {}
  /// float32 [B,channels,size,size] on the CPU, normalised. A function of the batch, not of earlier calls.
  virtual at::Tensor images(const InitBatch& batch) = 0;
  /// Shape, finite, same generator same images. Not checked for an init that reads an input.
  std::vector<std::string> broken_properties() override;

 protected:
  virtual bool reads_input() const { return false; }
};

}  // namespace retort

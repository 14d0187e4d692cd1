#pragma once
// What a model answers on a whole data set, and how often that is right. Always all images: no partial sums, no best
// prefix.
#include <ATen/core/Tensor.h>

#include "nn/model.h"
#include "vision/data_set.h"

namespace retort::train {

struct Answers {
  at::Tensor logits;    ///< float32 [N,K], on the CPU; undefined if the model has no head
  at::Tensor features;  ///< float32 [N,F], on the CPU
};

/// Runs the model in eval mode over all images (converted to the model's own constants), without augmentation. Throws
/// Error(not_a_number) naming the image and the class if an answer is not finite.
Answers answers(const nn::Model& model, const vision::DataSet& data, int64_t batch = 500, bool keep_features = false);

/// Share of rows whose label is among the k largest logits, in percent.
double accuracy(const at::Tensor& logits, const at::Tensor& labels, int64_t k = 1);

}  // namespace retort::train

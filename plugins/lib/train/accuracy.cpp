#include "train/accuracy.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "sdk/torch/finite.h"

namespace retort::train {

Answers answers(const nn::Model& model, const vision::DataSet& data, int64_t batch, bool keep_features) {
  const at::NoGradGuard no_grad;
  const auto device = model.weights().all().at(0).value.device();
  std::vector<at::Tensor> logits, features;
  data.each(batch, [&](LabelledImages part) {
    part.images = part.images.to(device);
    const auto images = part.normalised(model.normalization()).contiguous(at::MemoryFormat::ChannelsLast);
    const auto prediction = model(images);
    if (prediction.logits.defined()) logits.push_back(prediction.logits.to(at::kFloat));
    if (keep_features) features.push_back(prediction.features.to(at::kFloat));
  });
  Answers out;
  if (!logits.empty()) out.logits = at::cat(logits).cpu();
  if (keep_features) out.features = at::cat(features).cpu();
  if (out.logits.defined()) check_finite(out.logits, "logits", "the network's answers");
  if (keep_features) check_finite(out.features, "features", "the network's answers");
  return out;
}

double accuracy(const at::Tensor& logits, const at::Tensor& labels, int64_t k) {
  check_finite(logits, "logits", "accuracy");  // a NaN would count as the largest
  const auto best = std::get<1>(logits.topk(std::min(k, logits.size(1)), 1));
  const auto right = best.eq(labels.to(logits.device()).unsqueeze(1)).sum().item<int64_t>();
  return 100.0 * static_cast<double>(right) / static_cast<double>(labels.size(0));
}

}  // namespace retort::train

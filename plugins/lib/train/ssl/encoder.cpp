#include "train/ssl/encoder.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "core/error.h"
#include "train/ema.h"

namespace retort::train::ssl {
namespace {

constexpr int64_t kFewestInAGroup = 32;

void warn_of_few_images(const SslSetup& setup, int64_t splits) {
  const int64_t group = setup.batch / splits;
  if (group >= kFewestInAGroup) return;
  const std::string batch = "\"batch\" " + std::to_string(setup.batch);
  const std::string fewest = std::to_string(kFewestInAGroup);
  setup.warn("BatchNorm takes its statistics over " + std::to_string(group) + " images (" + batch +
             (splits > 1 ? " in " + std::to_string(splits) + " \"splits\"" : "") + "): of fewer than " + fewest +
             " they are mostly noise, and methods learn less. Take " +
             (setup.batch >= kFewestInAGroup
                  ? "at most " + std::to_string(setup.batch / kFewestInAGroup) + " \"splits\""
                  : "a \"batch\" of at least " + fewest));
}

}  // namespace

Encoder::Encoder(const SslSetup& setup, HeadShape head, int64_t splits)
    : backbone(setup.backbone),
      projector(std::move(head), setup.feature_size, setup.stream("projector"), setup.backbone.parameters().at(0)),
      network_(setup.network),
      watch_(setup.watch),
      splits_(splits) {
  const auto normalised = [](const nn::Weights& weights) {
    const auto all = weights.all();
    return std::any_of(all.begin(), all.end(), [](const auto& entry) { return entry.buffer; });
  };
  if (normalised(backbone) || normalised(projector.weights)) warn_of_few_images(setup, splits);
}

at::Tensor Encoder::features(const at::Tensor& images) {
  nn::PassOptions options = training(splits_);
  if (watch_) options.generator = watch_->noise;
  nn::Pass pass(backbone, options);
  const at::Tensor found = network_->features(pass, images);
  if (watch_) watch_->features.push_back(found.detach());
  return found;
}

at::Tensor Encoder::projected(const at::Tensor& features) {
  const at::Tensor found = projector(features, splits_);
  if (watch_) watch_->embeddings.push_back(found.detach());
  return found;
}

at::Tensor Encoder::operator()(const at::Tensor& images) { return projected(features(images)); }

at::Tensor Encoder::together(std::span<const at::Tensor> views) {
  std::vector<at::Tensor> all;
  for (size_t first = 0, next; first < views.size(); first = next) {
    next = first + 1;
    while (next < views.size() && views[next].size(3) == views[first].size(3)) ++next;
    all.push_back(features(at::cat(at::TensorList(views.data() + first, next - first))));
  }
  return projected(at::cat(all));
}

Encoder Encoder::copy() const {
  Encoder twin = *this;
  twin.backbone = backbone.clone();
  twin.projector.weights = projector.weights.clone();
  twin.watch_.reset();
  return twin;
}

void Encoder::follow(const Encoder& live, double momentum) {
  move_average(backbone, live.backbone, momentum);
  move_average(projector.weights, live.projector.weights, momentum);
}

at::Tensor Encoder::distance(const Encoder& live) const {
  const at::NoGradGuard no_grad;
  at::Tensor apart, length;
  const auto add = [&](const nn::Weights& mine, const nn::Weights& theirs) {
    const auto ours = mine.parameters(), others = theirs.parameters();
    for (size_t i = 0; i < ours.size(); ++i) {
      const at::Tensor d = (others[i] - ours[i]).pow(2).sum(), l = others[i].pow(2).sum();
      apart = apart.defined() ? apart + d : d, length = length.defined() ? length + l : l;
    }
  };
  add(backbone, live.backbone);
  add(projector.weights, live.projector.weights);
  return (apart / length.clamp_min(1e-24)).sqrt();
}

Parts parts(const Encoder& encoder, const std::string& prefix) {
  return {{prefix + "backbone", &encoder.backbone}, {prefix + "projector", &encoder.projector.weights}};
}

TensorList tensors_of(const Parts& parts) {
  TensorList list;
  for (const auto& [part, weights] : parts)
    for (const auto& tensor : weights->all()) list.emplace_back(part + "." + tensor.name, tensor.value);
  return list;
}

TensorList heads_of(const Parts& parts) { return tensors_of({parts.begin() + 1, parts.end()}); }

TensorList parameters_of(const Parts& parts) {
  TensorList list;
  for (const auto& [part, weights] : parts)
    for (const auto& tensor : weights->all())
      if (!tensor.buffer) list.emplace_back(part + "." + tensor.name, tensor.value);
  return list;
}

Parts joined(Parts first, const Parts& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

void require_two_views(const SslSetup& setup, const char* method) {
  if (setup.view_sizes.size() == 2) return;
  throw Error(ErrorKind::user, std::string(method) + " compares 2 views of an image; the graph gives " +
                                   std::to_string(setup.view_sizes.size()));
}

void require_batch(const SslSetup& setup, int64_t least, const char* method, const char* why) {
  if (setup.batch >= least) return;
  throw Error(ErrorKind::user, std::string(method) + " needs a batch of at least " + std::to_string(least) +
                                   "; it is " + std::to_string(setup.batch) + ": " + why);
}

}  // namespace retort::train::ssl

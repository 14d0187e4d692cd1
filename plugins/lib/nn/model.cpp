#include "nn/model.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "nn/freeze.h"
#include "nn/sound.h"
#include "sdk/torch/tensor_file.h"

namespace retort::nn {
namespace {

constexpr const char* kFile = "weights.safetensors";

/// Every difference between the tensors a network asks for and those of a file.
std::vector<std::string> differences(const Weights& expected, const TensorList& found) {
  std::vector<std::string> result;
  std::map<std::string, at::Tensor> by_name(found.begin(), found.end());
  for (const NamedTensor& each : expected.all()) {
    const auto it = by_name.find(each.name);
    if (it == by_name.end()) {
      result.push_back("\"" + each.name + "\" is missing");
    } else if (it->second.sizes() != each.value.sizes()) {
      result.push_back("\"" + each.name + "\" has shape " + c10::str(it->second.sizes()) + ", the network has " +
                       c10::str(each.value.sizes()));
    } else if (!may_stand_for(it->second.scalar_type(), each.value.scalar_type())) {
      result.push_back("\"" + each.name + "\" holds whole numbers (" + at::toString(it->second.scalar_type()) +
                       "), the network's are " + at::toString(each.value.scalar_type()));
    }
    by_name.erase(each.name);
  }
  for (const auto& [name, value] : by_name) result.push_back("\"" + name + "\" is unknown to the network");
  return result;
}

std::shared_ptr<const Network> network_of(const Json& architecture, Run& run) {
  std::shared_ptr<Plugin> plugin = run.component(Network::kKind, architecture);
  auto network = std::dynamic_pointer_cast<const Network>(plugin);
  if (network) return network;
  throw Error(ErrorKind::plugin, "the plugin for " + architecture.dump() + " is not a network");
}

}  // namespace

Model::Model(std::shared_ptr<const Network> network, Weights weights, std::vector<std::string> classes,
             Normalization normalization, int64_t image_size)
    : network_(std::move(network)),
      weights_(std::move(weights)),
      classes_(std::move(classes)),
      normalization_(std::move(normalization)),
      image_size_(image_size) {}

Model Model::read(const Artifact& artifact, Run& run) {
  const Json& meta = artifact.meta;
  if (meta.contains("absent")) throw Error(ErrorKind::user, meta.at("absent").get<std::string>());
  const Json architecture = meta.at("architecture");
  const auto network = network_of(architecture, run);
  const auto normalization = Normalization::from_json(meta.at("normalization"));
  const auto image_size = meta.at("image_size").get<int64_t>();
  const auto classes = meta.value("classes", std::vector<std::string>{});
  const auto channels = static_cast<int64_t>(normalization.mean.size());

  const TensorList tensors = read_tensors(artifact.file(kFile));
  const Weights expected = outline(*network, channels, image_size, architecture.value("classes", int64_t{0}));
  if (const auto wrong = differences(expected, tensors); !wrong.empty()) {
    std::string text =
        artifact.file(kFile).filename().string() + " does not fit " + architecture.value("type", "") + ":";
    for (const std::string& each : wrong) text += "\n  " + each;
    throw Error(ErrorKind::data, text);
  }
  const std::map<std::string, at::Tensor> by_name(tensors.begin(), tensors.end());
  Weights weights;
  for (const NamedTensor& each : expected.all()) weights.add(each.name, by_name.at(each.name), each.buffer);
  check_sound(weights, artifact.file(kFile).filename().string() + " of this " + artifact.kind);
  return Model(network, weights.channels_last(), classes, normalization, image_size);
}

void Model::write(Output& output, const Json& trained) const {
  check_sound(weights_, kFile);
  TensorList tensors;
  for (const NamedTensor& each : weights_.all()) tensors.emplace_back(each.name, each.value);
  write_tensors(output.file(kFile), tensors, {{"format", "pt"}});
  Json architecture = network_->origin();
  architecture["classes"] = classes_.size();
  Weights traced;  // on the processor, wherever the network is
  PassOptions options;
  options.mode = Mode::init;
  Pass pass(traced, options);
  const auto channels = static_cast<int64_t>(normalization_.mean.size());
  const int64_t feature_size = network_->features(pass, at::zeros({1, channels, image_size_, image_size_})).size(1);
  output.meta.update({{"architecture", architecture},
                      {"feature_size", feature_size},
                      {"classes", classes_},
                      {"image_size", image_size_},
                      {"channels", channels},
                      {"normalization", normalization_.json()},
                      {"trained", trained}});
}

Prediction Model::operator()(const at::Tensor& images, const PassOptions& options) const {
  return run_with(weights_, images, options);
}

Prediction Model::run_with(const Weights& weights, const at::Tensor& images, const PassOptions& options) const {
  PassOptions chosen = options;
  if (frozen_ && chosen.mode == Mode::eval) chosen.mode = Mode::frozen;
  Pass pass(weights, chosen);
  Prediction result;
  result.features = network_->features(pass, images.contiguous(at::MemoryFormat::ChannelsLast));
  if (!classes_.empty()) result.logits = network_->logits(pass, result.features, static_cast<int64_t>(classes_.size()));
  result.batch_norms = std::move(pass.batch_norms);
  result.layers = std::move(pass.layers);
  return result;
}

Model Model::frozen() const {
  Model result = *this;
  if (!frozen_) result.weights_ = freeze(weights_);
  result.frozen_ = true;
  return result;
}

Model Model::without_head() const {
  Weights backbone;
  const std::string head = network_->head_name() + ".";
  for (const NamedTensor& each : weights_.all())
    if (!each.name.starts_with(head)) backbone.add(each.name, each.value, each.buffer);
  return Model(network_, backbone, {}, normalization_, image_size_);
}

Model Model::to(const at::Device& device, at::ScalarType dtype) const {
  Model result = *this;
  result.weights_ = weights_.to(device, dtype);
  return result;
}

}  // namespace retort::nn

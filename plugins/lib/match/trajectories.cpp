#include "match/trajectories.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdio>

#include "core/error.h"
#include "sdk/made_of.h"
#include "sdk/torch/tensor_file.h"

namespace retort::match {
namespace {

std::string text_of(const std::vector<int64_t>& numbers) {
  std::string text;
  for (const auto number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return text;
}

}  // namespace

at::Tensor flat(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> lines;
  for (const auto& tensor : tensors) lines.push_back(tensor.detach().flatten());
  return at::cat(lines);
}

std::vector<at::Tensor> shaped_like(const at::Tensor& values, const std::vector<std::vector<int64_t>>& shapes) {
  std::vector<at::Tensor> result;
  int64_t from = 0;
  for (const auto& shape : shapes) {
    const auto count = c10::multiply_integers(shape);
    result.push_back(values.narrow(0, from, count).view(shape));
    from += count;
  }
  return result;
}

std::string expert_file(int64_t index) {
  char name[48];
  std::snprintf(name, sizeof name, "expert_%03lld.safetensors", static_cast<long long>(index));
  return name;
}

std::string epoch_name(int64_t epoch) { return "epoch_" + std::to_string(epoch); }

Trajectories::Trajectories(const Input& artifacts) : artifacts_(artifacts), meta_(artifacts[0].meta) {
  for (const auto& artifact : artifacts) {
    for (const char* fact :
         {"architecture", "names", "shapes", "classes", "image_size", "channels", "space", "normalization", "epochs"})
      if (artifact.meta.at(fact) != meta_.at(fact))
        throw Error(ErrorKind::user, std::string("\"trajectories\" are of experts that differ in \"") + fact +
                                         "\": " + meta_.at(fact).dump() + " and " + artifact.meta.at(fact).dump());
    for (int64_t i = 0; i < artifact.meta.at("experts").get<int64_t>(); ++i)
      files_.push_back(artifact.file(expert_file(i)));
  }
  shapes_ = meta_.at("shapes").get<std::vector<std::vector<int64_t>>>();
}

void Trajectories::check_made_of(const Artifact& data) const {
  for (const auto& artifact : artifacts_)
    retort::check_made_of(artifact, "the experts", "data", data,
                          "train experts on these (trajectory.experts), or distil the data they were trained on");
}

void Trajectories::require(int64_t last_start, int64_t ahead) const {
  const auto kept = meta_.at("epochs").get<std::vector<int64_t>>();
  for (int64_t start = 0; start <= last_start; ++start)
    for (const auto epoch : {start, start + ahead})
      if (std::find(kept.begin(), kept.end(), epoch) == kept.end())
        throw Error(ErrorKind::user,
                    "the experts were not kept after epoch " + std::to_string(epoch) + " (only after " + text_of(kept) +
                        "); \"max_start\" " + std::to_string(last_start + 1) + " and \"expert_epochs\" " +
                        std::to_string(ahead) + " need epochs up to " + std::to_string(last_start + ahead));
}

void Trajectories::check_layout(const std::vector<std::string>& names,
                                const std::vector<at::Tensor>& parameters) const {
  const auto have = meta_.at("names").get<std::vector<std::string>>();
  for (size_t i = 0; i < std::max(names.size(), have.size()); ++i) {
    const auto wants = i < names.size() ? names[i] + " [" + text_of(parameters[i].sizes().vec()) + "]" : "nothing";
    const auto has = i < have.size() ? have[i] + " [" + text_of(shapes_[i]) + "]" : "nothing";
    if (wants != has)
      throw Error(ErrorKind::data, "the experts are of another architecture: parameter " + std::to_string(i) +
                                       " of the network is " + wants + ", of the experts " + has);
  }
}

std::vector<at::Tensor> Trajectories::snapshot(int64_t expert, int64_t epoch) {
  if (expert != open_) {
    snapshots_.clear();
    for (auto& [name, tensor] : read_tensors(files_[static_cast<size_t>(expert)])) snapshots_[name] = tensor;
    open_ = expert;
  }
  return shaped_like(snapshots_.at(epoch_name(epoch)).to(at::kFloat), shapes_);
}

}  // namespace retort::match

#include "nn/weights.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "core/nearest.h"

namespace retort::nn {

void Weights::add(std::string name, at::Tensor value, bool buffer) {
  const bool fresh = index_.emplace(name, all_.size()).second;
  RETORT_CHECK(fresh);
  all_.push_back({std::move(name), std::move(value), buffer});
}

const at::Tensor& Weights::at(const std::string& name) const {
  const auto found = index_.find(name);
  if (found != index_.end()) return all_[found->second].value;
  std::vector<std::string> names;
  for (const NamedTensor& each : all_) names.push_back(each.name);
  const std::string hint = did_you_mean(nearest(name, names));
  throw Error(ErrorKind::data, "no weight named \"" + name + "\"" + (hint.empty() ? "" : "; " + hint));
}

void Weights::set(const std::string& name, at::Tensor value) {
  RETORT_CHECK(at(name).sizes() == value.sizes());
  all_[index_.at(name)].value = std::move(value);
}

std::vector<at::Tensor> Weights::parameters() const {
  std::vector<at::Tensor> result;
  for (const NamedTensor& each : all_) {
    if (!each.buffer) result.push_back(each.value);
  }
  return result;
}

std::vector<at::Tensor> Weights::buffers() const {
  std::vector<at::Tensor> result;
  for (const NamedTensor& each : all_) {
    if (each.buffer) result.push_back(each.value);
  }
  return result;
}

int64_t Weights::parameter_count() const {
  int64_t count = 0;
  for (const at::Tensor& each : parameters()) count += each.numel();
  return count;
}

Weights Weights::with_parameters(const std::vector<at::Tensor>& parameters) const {
  Weights result = *this;
  size_t next = 0;
  for (NamedTensor& each : result.all_) {
    if (each.buffer) continue;
    RETORT_CHECK(next < parameters.size() && parameters[next].sizes() == each.value.sizes());
    each.value = parameters[next++];
  }
  RETORT_CHECK(next == parameters.size());
  return result;
}

Weights Weights::clone() const {
  Weights result = *this;
  for (NamedTensor& each : result.all_) each.value = each.value.detach().clone();
  return result;
}

Weights Weights::to(const at::Device& device, at::ScalarType dtype) const {
  const bool half = c10::elementSize(dtype) < 4;
  const auto batch_norm = [&](const std::string& name) {
    return contains(name.substr(0, name.rfind('.')) + ".running_var");
  };
  Weights result = *this;
  for (NamedTensor& each : result.all_) {
    at::ScalarType type = each.value.scalar_type();
    if (each.value.is_floating_point()) type = half && batch_norm(each.name) ? at::kFloat : dtype;
    each.value = each.value.detach().to(device, type);
  }
  return result;
}

Weights Weights::channels_last() const {
  Weights result = *this;
  for (NamedTensor& each : result.all_) {
    if (each.value.dim() == 4) each.value = each.value.contiguous(at::MemoryFormat::ChannelsLast);
  }
  return result;
}

void Weights::require_grad(bool on) {
  for (NamedTensor& each : all_) {
    if (!each.buffer) each.value.requires_grad_(on);
  }
}

Weights Weights::under(const std::string& prefix) const {
  Weights result;
  for (const NamedTensor& each : all_) {
    if (each.name.starts_with(prefix)) result.add(each.name.substr(prefix.size()), each.value, each.buffer);
  }
  return result;
}

void Weights::add_all(const std::string& prefix, const Weights& other) {
  for (const NamedTensor& each : other.all_) add(prefix + each.name, each.value, each.buffer);
}

}  // namespace retort::nn

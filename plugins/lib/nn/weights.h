#pragma once
// The tensors of one network, by name and in definition order: parameters and buffers under torchvision's names. A
// plain value: copies share tensors, `clone` does not. A network is a pure function of it, so that a method may
// differentiate through training by running the same network on other tensors.
#include <ATen/core/Tensor.h>

#include <string>
#include <unordered_map>
#include <vector>

namespace retort::nn {

struct NamedTensor {
  std::string name;
  at::Tensor value;
  bool buffer = false;  ///< running statistics: not trained, not averaged by an EMA of parameters
};

class Weights {
 public:
  void add(std::string name, at::Tensor value, bool buffer = false);  ///< the name is new
  bool contains(const std::string& name) const { return index_.count(name) > 0; }
  const at::Tensor& at(const std::string& name) const;  ///< throws Error(data) with the nearest name
  void set(const std::string& name, at::Tensor value);
  const std::vector<NamedTensor>& all() const { return all_; }

  std::vector<at::Tensor> parameters() const;  ///< in definition order, buffers left out
  std::vector<at::Tensor> buffers() const;
  int64_t parameter_count() const;  ///< elements of all parameters
  /// The same network with other parameters (same order and shapes as `parameters()`), buffers shared.
  Weights with_parameters(const std::vector<at::Tensor>& parameters) const;
  Weights clone() const;                                             ///< detached copies
  Weights to(const at::Device& device, at::ScalarType dtype) const;  ///< integer buffers keep their type
  Weights channels_last() const;  ///< convolution weights in the layout that convolutions are fastest in
  void require_grad(bool on);     ///< parameters only
  /// Entries whose name starts with `prefix`, prefix removed; and the union of two.
  Weights under(const std::string& prefix) const;
  void add_all(const std::string& prefix, const Weights& other);

 private:
  std::vector<NamedTensor> all_;
  std::unordered_map<std::string, size_t> index_;
};

}  // namespace retort::nn

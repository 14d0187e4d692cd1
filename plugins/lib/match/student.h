#pragma once
// A network as a function of its parameters: what matching methods train for a few steps, differentiate through, and
// throw away. One object is one architecture with head; its own parameters can be drawn afresh or set.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "nn/network.h"

namespace retort::match {

struct StudentShape {
  int64_t channels = 3, image_size = 32, classes = 10;
};

class Student {
 public:
  /// With weights of seed 0. The network must outlive it.
  Student(const nn::Network& network, const StudentShape& shape, const at::Device& device,
          at::ScalarType dtype = at::kFloat);

  void restart(uint64_t seed);  ///< fresh random weights; statistics of the batch normalise again
  /// Leaves that require gradients, in definition order.
  const std::vector<at::Tensor>& parameters() const { return parameters_; }
  /// Same names and shapes; copied.
  void set_parameters(const std::vector<at::Tensor>& values);
  std::vector<std::string> names() const;

  at::Tensor logits(const std::vector<at::Tensor>& parameters, const at::Tensor& images) const;
  at::Tensor logits(const at::Tensor& images) const { return logits(parameters_, images); }
  /// The embedding ("features") and activations the network names, in this order. Throws Error(user) with the names
  /// there are.
  std::vector<at::Tensor> layers(const std::vector<std::string>& names, const at::Tensor& images) const;

  /// True if images of a batch see each other (BatchNorm).
  bool normalises_batches() const { return !weights_.buffers().empty(); }
  /// BatchNorm as DC does it: one forward in training mode on these images moves the running statistics; from then on
  /// they normalise, unchanged, until `restart` or `use_batch_statistics`.
  void settle(const at::Tensor& images);
  void use_batch_statistics() { settled_ = false; }

 private:
  nn::PassOptions options() const;

  const nn::Network& network_;
  StudentShape shape_;
  at::Device device_;
  at::ScalarType dtype_;
  nn::Weights weights_;
  std::vector<at::Tensor> parameters_;
  bool settled_ = false;
};

}  // namespace retort::match

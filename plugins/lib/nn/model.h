#pragma once
// A network with its weights and the constants its inputs are normalised with: what an `encoder` or `classifier`
// artifact holds. Written once here, read once here.
#include <memory>
#include <string>
#include <vector>

#include "nn/network.h"
#include "sdk/node.h"
#include "sdk/torch/normalization.h"

namespace retort::nn {

struct Prediction {
  at::Tensor features;                    ///< [N,F]
  at::Tensor logits;                      ///< [N,K]; undefined without a head
  std::vector<BatchNormTap> batch_norms;  ///< if tapped
  std::vector<LayerTap> layers;           ///< if tapped
};

class Model {
 public:
  Model(std::shared_ptr<const Network> network, Weights weights, std::vector<std::string> classes,
        Normalization normalization, int64_t image_size);

  /// Reads an encoder or classifier artifact; the network comes from `run.component`. Throws Error(data) when tensors
  /// are missing, extra or of another shape, naming each; Error(not_a_number) for values no network can compute with
  /// (nn/sound.h); Error(user) with the writer's words for one that was left empty (`absent`).
  static Model read(const Artifact& artifact, Run& run);
  /// Writes weights.safetensors and the meta that `read` needs; `trained`: how it was made. Throws Error(not_a_number).
  void write(Output& output, const Json& trained) const;
  /// For an output that some settings have no model for: whoever reads it is told `why`.
  static void absent(Output& output, const std::string& why) { output.meta["absent"] = why; }

  /// Images already normalised with `normalization()`. Differentiable; weights are read, and in train mode the running
  /// statistics are updated in place if the options say so.
  Prediction operator()(const at::Tensor& images, const PassOptions& options = {}) const;
  /// The same with other weights (functional view).
  Prediction run_with(const Weights& weights, const at::Tensor& images, const PassOptions& options = {}) const;

  /// A copy whose passes in eval mode are frozen ones (Mode::frozen): for inversion and for teachers that only look.
  Model frozen() const;

  Model without_head() const;  ///< the backbone alone

  const Network& network() const { return *network_; }
  std::shared_ptr<const Network> shared_network() const { return network_; }
  Weights& weights() { return weights_; }
  const Weights& weights() const { return weights_; }
  const std::vector<std::string>& classes() const { return classes_; }  ///< empty: no head
  const Normalization& normalization() const { return normalization_; }
  int64_t image_size() const { return image_size_; }
  Model to(const at::Device& device, at::ScalarType dtype) const;

 private:
  std::shared_ptr<const Network> network_;
  Weights weights_;
  std::vector<std::string> classes_;
  Normalization normalization_;
  int64_t image_size_ = 0;
  bool frozen_ = false;
};

}  // namespace retort::nn

#pragma once
// A backbone with its projection head: what every method trains, and what momentum methods keep a moving copy of.
#include <span>

#include "train/ssl/head.h"
#include "train/ssl_method.h"

namespace retort::train::ssl {

class Encoder {
 public:
  Encoder() = default;
  /// Takes the setup's backbone (shared, not copied) and a fresh head seeded by the stream "projector". `splits` parts
  /// of a batch have BatchNorm statistics of their own. Warns if such a part has fewer than 32 images.
  Encoder(const SslSetup& setup, HeadShape head, int64_t splits = 1);

  /// [N,3,s,s] → [N,D].
  at::Tensor operator()(const at::Tensor& images);
  /// Views of one resolution that follow each other in one pass of the backbone, then the head once on all features:
  /// [V·N,D], view by view (SSL.md 1).
  at::Tensor together(std::span<const at::Tensor> views);

  /// A copy of parameters and running statistics, without gradients; nobody watches it.
  Encoder copy() const;
  /// Parameters ← momentum · own + (1 - momentum) · live's. Running statistics stay its own (SSL.md 2.2).
  void follow(const Encoder& live, double momentum);
  /// ‖live's parameters - own‖ / ‖live's‖: what "ema_distance" tells of a network that follows (SSL.md 5).
  at::Tensor distance(const Encoder& live) const;

  nn::Weights backbone;
  Head projector;

 private:
  at::Tensor features(const at::Tensor& images);
  at::Tensor projected(const at::Tensor& features);
  std::shared_ptr<const nn::Network> network_;
  std::shared_ptr<SslWatch> watch_;
  int64_t splits_ = 1;
};

/// The weights a method is made of, by name: {{"backbone", &encoder.backbone}, …}. Tensors get names like
/// "backbone.conv1.weight".
using Parts = std::vector<std::pair<std::string, const nn::Weights*>>;
Parts parts(const Encoder& encoder, const std::string& prefix = "");
TensorList tensors_of(const Parts& parts);     ///< with buffers: for SslMethod::state and heads
TensorList heads_of(const Parts& parts);       ///< all but the first, which is the backbone
TensorList parameters_of(const Parts& parts);  ///< for a ParameterGroup
Parts joined(Parts first, const Parts& second);

/// Throws Error(user) unless the graph gives exactly two views.
void require_two_views(const SslSetup& setup, const char* method);
/// Throws Error(user) if a step has fewer than `least` images; `why` ends the sentence.
void require_batch(const SslSetup& setup, int64_t least, const char* method, const char* why);

}  // namespace retort::train::ssl

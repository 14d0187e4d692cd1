#pragma once
// What Barlow Twins and VICReg share: one encoder with an expanding head for both views, and a loss on the statistics
// of their embeddings.
#include "train/ssl/encoder.h"

namespace retort::train::ssl {

class JointEmbedding : public SslMethod {
 public:
  std::vector<ParameterGroup> groups() override { return {{.parameters = parameters_of(parts(encoder_))}}; }
  TensorList state() override { return tensors_of(parts(encoder_)); }
  TensorList heads() override { return heads_of(parts(encoder_)); }
  nn::Weights exported() override { return encoder_.backbone; }

 protected:
  void declare_head(Declare& d) {
    d.param("hidden", hidden_, "Hidden width of the projector; VICReg on ImageNet: 8192").at_least(1);
    d.param("dim", dim_, "Width of the embedding").at_least(1);
    d.param("layers", layers_, "Linear layers of the projector").between(1, 4);
  }
  /// `why` ends the sentence that refuses a batch of one.
  void start_encoder(const SslSetup& setup, const char* method, const char* why) {
    require_two_views(setup, method);
    require_batch(setup, 2, method, why);
    encoder_ = {setup, {.widths = widths(layers_, hidden_, dim_)}};
  }

  Encoder encoder_;

 private:
  int64_t hidden_ = 2048, dim_ = 2048, layers_ = 3;
};

}  // namespace retort::train::ssl

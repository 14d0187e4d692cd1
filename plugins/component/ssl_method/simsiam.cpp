// SimSiam (arXiv 2011.10566): each view's prediction is turned towards the other view's projection, which gets no
// gradient. Defaults are the paper's for CIFAR-10: two projection layers, a bottleneck predictor at a constant rate.
#include <ATen/ATen.h>

#include "train/ssl/embedding.h"
#include "train/ssl/encoder.h"

namespace {

using namespace retort;
using namespace retort::train;

class SimSiam final : public SslMethod {
  int64_t hidden_ = 2048, bottleneck_ = 512, layers_ = 2;
  ssl::Encoder encoder_;
  ssl::Head predictor_;

 public:
  void declare(Declare& d) override {
    d.about("SimSiam: predict one view's projection from the other's, without negatives or momentum");
    d.param("hidden", hidden_, "Width of the projection").at_least(1);
    d.param("layers", layers_, "Linear layers of the projector; 3 on ImageNet").between(2, 3);
    d.param("bottleneck", bottleneck_, "Hidden width of the predictor").at_least(1);
  }

  void start(const SslSetup& setup) override {
    ssl::require_two_views(setup, "simsiam");
    encoder_ = {setup, {.widths = ssl::widths(layers_, hidden_, hidden_), .last_norm = true}};
    predictor_ = {{.widths = {bottleneck_, hidden_}, .last_bias = true},
                  hidden_,
                  setup.stream("predictor"),
                  setup.backbone.parameters().at(0)};
  }

  at::Tensor loss(const SslStep& step) override {
    const at::Tensor z1 = encoder_(step.views[0]), z2 = encoder_(step.views[1]);
    const at::Tensor p1 = predictor_(z1), p2 = predictor_(z2);
    return -0.5 * (ssl::mean_cosine(p1, z2.detach()) + ssl::mean_cosine(p2, z1.detach()));
  }

  std::vector<ParameterGroup> groups() override {
    return {{.parameters = ssl::parameters_of(ssl::parts(encoder_))},
            {.parameters = ssl::parameters_of({{"predictor", &predictor_.weights}}), .scheduled = false}};
  }

  TensorList state() override { return ssl::tensors_of(all()); }
  TensorList heads() override { return ssl::heads_of(all()); }
  nn::Weights exported() override { return encoder_.backbone; }

 private:
  ssl::Parts all() const { return ssl::joined(ssl::parts(encoder_), {{"predictor", &predictor_.weights}}); }
};

}  // namespace

RETORT_PLUGIN(SimSiam, "simsiam")

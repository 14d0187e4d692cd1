// BYOL (arXiv 2006.07733): predict the projection that a slowly following target network gives the other view. The loss
// is the sum of both directions of 2 - 2 cos. Defaults are those of small images (SSL.md 3.6, 8).
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "train/ssl/embedding.h"
#include "train/ssl/encoder.h"
#include "train/ssl/momentum.h"

namespace {

using namespace retort;
using namespace retort::train;

class Byol final : public SslMethod {
  int64_t hidden_ = 4096, dim_ = 256;
  ssl::Momentum momentum_;
  ssl::Encoder online_, target_;
  ssl::Head predictor_;

 public:
  void declare(Declare& d) override {
    d.about("BYOL: predict a momentum network's projection of the other view, without negatives");
    d.param("hidden", hidden_, "Hidden width of projector and predictor").at_least(1);
    d.param("dim", dim_, "Width of the projection").at_least(1);
    momentum_.declare(d);
  }

  void start(const SslSetup& setup) override {
    ssl::require_two_views(setup, "byol");
    online_ = {setup, {.widths = {hidden_, dim_}}};
    target_ = online_.copy();
    predictor_ = {{.widths = {hidden_, dim_}}, dim_, setup.stream("predictor"), setup.backbone.parameters().at(0)};
  }

  at::Tensor loss(const SslStep& step) override {
    const at::Tensor z1 = online_(step.views[0]), z2 = online_(step.views[1]);
    at::Tensor t1, t2;
    {
      const at::NoGradGuard no_grad;
      t1 = target_(step.views[0]), t2 = target_(step.views[1]);
    }
    const at::Tensor p1 = predictor_(z1), p2 = predictor_(z2);
    return 4 - 2 * (ssl::mean_cosine(p1, t2) + ssl::mean_cosine(p2, t1));
  }

  void after_step(const SslStep& step) override { target_.follow(online_, momentum_.at(step.at)); }

  std::vector<ParameterGroup> groups() override { return {{.parameters = ssl::parameters_of(online())}}; }
  TensorList state() override { return ssl::tensors_of(ssl::joined(online(), ssl::parts(target_, "target."))); }
  TensorList heads() override { return ssl::heads_of(online()); }
  nn::Weights exported() override { return online_.backbone; }
  TensorList monitors() override { return {{"ema_distance", target_.distance(online_)}}; }

 private:
  ssl::Parts online() const { return ssl::joined(ssl::parts(online_), {{"predictor", &predictor_.weights}}); }
};

}  // namespace

RETORT_PLUGIN(Byol, "byol")

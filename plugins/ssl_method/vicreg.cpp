// VICReg (arXiv 2105.04906): equal embeddings of two views (invariance), each dimension spread over the batch
// (variance), dimensions uncorrelated (covariance). Formula of the authors' code; an expander of 2048 for small images
// (ssl.md 3.9, 13).
#include <ATen/ATen.h>

#include "core/error.h"
#include "train/ssl/embedding.h"
#include "train/ssl/encoder.h"
#include "train/ssl/redundancy.h"

namespace {

using namespace retort;
using namespace retort::train;

class VicReg final : public SslMethod {
  int64_t hidden_ = 2048, dim_ = 2048, layers_ = 3;
  double invariance_ = 25, variance_ = 25, covariance_ = 1;
  ssl::Encoder encoder_;
  at::Tensor last_;
  ssl::VarianceCovariance terms_;

 public:
  void declare(Declare& d) override {
    d.about("VICReg: keep two views' embeddings equal, spread and uncorrelated");
    d.param("hidden", hidden_, "Hidden width of the expander; 8192 on ImageNet").at_least(1);
    d.param("dim", dim_, "Width of the embedding").at_least(1);
    d.param("layers", layers_, "Linear layers of the expander").between(1, 4);
    d.param("invariance", invariance_, "Factor of the mean squared difference of views").at_least(0);
    d.param("variance", variance_, "Factor of the missing deviation, half of each view's").at_least(0);
    d.param("covariance", covariance_, "Factor of the covariances").at_least(0);
  }

  void start(const SslSetup& setup) override {
    ssl::require_two_views(setup, "vicreg");
    ssl::require_batch(setup, 2, "vicreg", "variances are taken over the batch");
    if (variance_ < invariance_)
      throw Error(ErrorKind::user, "vicreg collapses when variance is less than invariance; they are " +
                                       Json(variance_).dump() + " and " + Json(invariance_).dump());
    encoder_ = {setup, {.widths = ssl::widths(layers_, hidden_, dim_)}};
  }

  at::Tensor loss(const SslStep& step) override {
    const at::Tensor z1 = encoder_(step.views[0]), z2 = encoder_(step.views[1]);
    last_ = z1.detach();
    terms_ = ssl::variance_covariance(z1, z2);
    return invariance_ * terms_.invariance + variance_ * terms_.variance + covariance_ * terms_.covariance;
  }

  std::vector<ParameterGroup> groups() override { return {{.parameters = ssl::parameters_of(ssl::parts(encoder_))}}; }
  TensorList state() override { return ssl::tensors_of(ssl::parts(encoder_)); }
  TensorList heads() override { return ssl::heads_of(ssl::parts(encoder_)); }
  nn::Weights exported() override { return encoder_.backbone; }
  TensorList monitors() override {
    return {{"embedding_std", ssl::spread(last_)},
            {"invariance", terms_.invariance.detach()},
            {"variance", terms_.variance.detach()},
            {"covariance", terms_.covariance.detach()}};
  }
};

}  // namespace

RETORT_PLUGIN(VicReg, "vicreg")

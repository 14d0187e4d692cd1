// VICReg (arXiv 2105.04906): equal embeddings of two views (invariance), each dimension spread over the batch
// (variance), dimensions uncorrelated (covariance). Formula of the authors' code; an expander of 2048 for small images
// (SSL.md 3.9, 8).
#include <ATen/ATen.h>

#include "core/error.h"
#include "train/ssl/joint_embedding.h"
#include "train/ssl/redundancy.h"

namespace {

using namespace retort;
using namespace retort::train;

class VicReg final : public ssl::JointEmbedding {
  double invariance_ = 25, variance_ = 25, covariance_ = 1;
  ssl::VarianceCovariance terms_;

 public:
  void declare(Declare& d) override {
    d.about("VICReg: keep two views' embeddings equal, spread and uncorrelated");
    declare_head(d);
    d.param("invariance", invariance_, "Factor of the mean squared difference of views").at_least(0);
    d.param("variance", variance_, "Factor of the missing deviation, half of each view's").at_least(0);
    d.param("covariance", covariance_, "Factor of the covariances").at_least(0);
  }

  void start(const SslSetup& setup) override {
    start_encoder(setup, "vicreg", "variances are taken over the batch");
    if (variance_ < invariance_)
      throw Error(ErrorKind::user, "vicreg collapses when variance is less than invariance; they are " +
                                       Json(variance_).dump() + " and " + Json(invariance_).dump() +
                                       "; take a variance of at least " + Json(invariance_).dump());
  }

  at::Tensor loss(const SslStep& step) override {
    const at::Tensor z1 = encoder_(step.views[0]), z2 = encoder_(step.views[1]);
    terms_ = ssl::variance_covariance(z1, z2);
    return invariance_ * terms_.invariance + variance_ * terms_.variance + covariance_ * terms_.covariance;
  }

  TensorList monitors() override {
    return {{"invariance", terms_.invariance.detach()},
            {"variance", terms_.variance.detach()},
            {"covariance", terms_.covariance.detach()},
            {"narrow_dimensions", terms_.narrow}};
  }
};

}  // namespace

RETORT_PLUGIN(VicReg, "vicreg")

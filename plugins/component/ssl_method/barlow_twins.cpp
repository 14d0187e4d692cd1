// Barlow Twins (arXiv 2103.03230): the cross-correlation of the two views' embedding dimensions is drawn to the
// identity. Defaults are those of small images (SSL.md 3.8, 8): a projector of 2048, λ 0.0051, the loss times 0.1.
#include <ATen/ATen.h>

#include "train/ssl/joint_embedding.h"
#include "train/ssl/redundancy.h"

namespace {

using namespace retort;
using namespace retort::train;

class BarlowTwins final : public ssl::JointEmbedding {
  double lambda_ = 0.0051, scale_ = 0.1;
  ssl::CrossCorrelation terms_;

 public:
  void declare(Declare& d) override {
    d.about("Barlow Twins: make embeddings of two views equal and their dimensions uncorrelated");
    declare_head(d);
    d.param("lambda", lambda_, "Factor of the off-diagonal terms").at_least(0);
    d.param("scale", scale_, "Factor of the whole loss; 1 in the paper").greater_than(0);
  }

  void start(const SslSetup& setup) override {
    start_encoder(setup, "barlow_twins", "correlations are taken over the batch");
  }

  at::Tensor loss(const SslStep& step) override {
    const at::Tensor z1 = encoder_(step.views[0]), z2 = encoder_(step.views[1]);
    terms_ = ssl::cross_correlation(z1, z2);
    return scale_ * (terms_.on_diagonal + lambda_ * terms_.off_diagonal);
  }

  TensorList monitors() override {
    return {{"on_diagonal", terms_.on_diagonal.detach()}, {"off_diagonal", terms_.off_diagonal.detach()}};
  }
};

}  // namespace

RETORT_PLUGIN(BarlowTwins, "barlow_twins")

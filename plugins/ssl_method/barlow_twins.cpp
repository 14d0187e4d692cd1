// Barlow Twins (arXiv 2103.03230): the cross-correlation of the two views' embedding dimensions is drawn to the
// identity. Defaults are those of small images (ssl.md 3.8, 13): a projector of 2048, λ 0.0051, the loss times 0.1.
#include <ATen/ATen.h>

#include "train/ssl/embedding.h"
#include "train/ssl/encoder.h"
#include "train/ssl/redundancy.h"

namespace {

using namespace retort;
using namespace retort::train;

class BarlowTwins final : public SslMethod {
  int64_t hidden_ = 2048, dim_ = 2048, layers_ = 3;
  double lambda_ = 0.0051, scale_ = 0.1;
  ssl::Encoder encoder_;
  at::Tensor last_;
  ssl::CrossCorrelation terms_;

 public:
  void declare(Declare& d) override {
    d.about("Barlow Twins: make embeddings of two views equal and their dimensions uncorrelated");
    d.param("hidden", hidden_, "Hidden width of the projector").at_least(1);
    d.param("dim", dim_, "Width of the embedding").at_least(1);
    d.param("layers", layers_, "Linear layers of the projector").between(1, 4);
    d.param("lambda", lambda_, "Factor of the off-diagonal terms").at_least(0);
    d.param("scale", scale_, "Factor of the whole loss; 1 in the paper").greater_than(0);
  }

  void start(const SslSetup& setup) override {
    ssl::require_two_views(setup, "barlow_twins");
    ssl::require_batch(setup, 2, "barlow_twins", "correlations are taken over the batch");
    encoder_ = {setup, {.widths = ssl::widths(layers_, hidden_, dim_)}};
  }

  at::Tensor loss(const SslStep& step) override {
    const at::Tensor z1 = encoder_(step.views[0]), z2 = encoder_(step.views[1]);
    last_ = z1.detach();
    terms_ = ssl::cross_correlation(z1, z2);
    return scale_ * (terms_.on_diagonal + lambda_ * terms_.off_diagonal);
  }

  std::vector<ParameterGroup> groups() override { return {{.parameters = ssl::parameters_of(ssl::parts(encoder_))}}; }
  TensorList state() override { return ssl::tensors_of(ssl::parts(encoder_)); }
  TensorList heads() override { return ssl::heads_of(ssl::parts(encoder_)); }
  nn::Weights exported() override { return encoder_.backbone; }
  TensorList monitors() override {
    return {{"embedding_std", ssl::spread(last_)},
            {"on_diagonal", terms_.on_diagonal.detach()},
            {"off_diagonal", terms_.off_diagonal.detach()}};
  }
};

}  // namespace

RETORT_PLUGIN(BarlowTwins, "barlow_twins")

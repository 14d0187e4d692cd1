// SimCLR (arXiv 2002.05709): two views of an image attract, all other images of the batch repel (NT-Xent). Defaults are
// the best documented recipe for CIFAR-10 on one card (SSL.md 3.5): no BatchNorm in the head, temperature 0.5.
#include <ATen/ATen.h>

#include "core/error.h"
#include "train/ssl/contrast.h"
#include "train/ssl/embedding.h"
#include "train/ssl/encoder.h"

namespace {

using namespace retort;
using namespace retort::train;

class SimClr final : public SslMethod {
  int64_t hidden_ = 1024, dim_ = 128, layers_ = 2;
  bool head_norm_ = false, joint_ = false;
  double temperature_ = 0.5;
  ssl::Encoder encoder_;
  ssl::Contrast contrast_;

 public:
  void declare(Declare& d) override {
    d.about("SimCLR: contrast two views of each image with all other images of the batch");
    d.param("hidden", hidden_, "Hidden width of the projector").at_least(1);
    d.param("dim", dim_, "Width of the embedding").at_least(1);
    d.param("layers", layers_, "Linear layers of the projector; 3 in SimCLR v2").between(1, 4);
    d.param("head_norm", head_norm_, "BatchNorm in the projector's hidden layers, as on ImageNet");
    d.param("joint", joint_, "Both views in one pass: BatchNorm sees 2B images, as in the authors' code");
    d.param("temperature", temperature_, "Divides similarities").greater_than(0);
  }

  void start(const SslSetup& setup) override {
    ssl::require_two_views(setup, "simclr");
    ssl::require_batch(setup, 2, "simclr", "the other images are the negatives");
    if (joint_ && setup.view_sizes[0] != setup.view_sizes[1])
      throw Error(ErrorKind::user, "simclr with joint passes needs views of one size; they are " +
                                       std::to_string(setup.view_sizes[0]) + " and " +
                                       std::to_string(setup.view_sizes[1]));
    encoder_ = {setup, {.widths = ssl::widths(layers_, hidden_, dim_), .norm = head_norm_, .last_bias = !head_norm_}};
  }

  at::Tensor loss(const SslStep& step) override {
    std::vector<at::Tensor> z;
    if (joint_)
      z = encoder_.together(step.views).chunk(2);
    else
      z = {encoder_(step.views[0]), encoder_(step.views[1])};
    contrast_ = ssl::nt_xent(ssl::normalise(z[0]), ssl::normalise(z[1]), temperature_);
    return contrast_.loss;
  }

  std::vector<ParameterGroup> groups() override { return {{.parameters = ssl::parameters_of(ssl::parts(encoder_))}}; }
  TensorList state() override { return ssl::tensors_of(ssl::parts(encoder_)); }
  TensorList heads() override { return ssl::heads_of(ssl::parts(encoder_)); }
  nn::Weights exported() override { return encoder_.backbone; }
  TensorList monitors() override { return {{"contrast_accuracy", contrast_.accuracy}}; }
};

}  // namespace

RETORT_PLUGIN(SimClr, "simclr")

// MoCo v3 (arXiv 2104.02057): queries of each view against a momentum network's keys of the other view, the rest of the
// batch as negatives; no queue. Defaults are those of ResNet on small images (SSL.md 3.2, 8).
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "train/ssl/contrast.h"
#include "train/ssl/embedding.h"
#include "train/ssl/encoder.h"
#include "train/ssl/momentum.h"

namespace {

using namespace retort;
using namespace retort::train;

constexpr const char* kPatches = "backbone.patch_embed.";

class MocoV3 final : public SslMethod {
  int64_t hidden_ = 4096, dim_ = 256, layers_ = 2;
  bool predictor_norm_ = false, freeze_patches_ = true;
  double temperature_ = 0.2;
  ssl::Momentum momentum_;
  ssl::Encoder online_, keys_;
  ssl::Head predictor_;
  ssl::Contrast first_, second_;

 public:
  void declare(Declare& d) override {
    d.about("MoCo v3: contrast predictions with a momentum network's keys of the batch, in both directions");
    d.param("hidden", hidden_, "Hidden width of projector and predictor").at_least(1);
    d.param("dim", dim_, "Width of the embedding").at_least(1);
    d.param("layers", layers_, "Linear layers of the projector; 3 for ViT").between(2, 3);
    d.param("predictor_norm", predictor_norm_, "BatchNorm without affine parameters after the predictor, as for ViT");
    d.param("temperature", temperature_, "Divides similarities; 1 for ResNet-50 on ImageNet").greater_than(0);
    d.param("freeze_patches", freeze_patches_, "A transformer's patch projection stays as it began: keeps it stable")
        .neutral(true);
    momentum_.declare(d);
  }

  void start(const SslSetup& setup) override {
    ssl::require_two_views(setup, "moco_v3");
    ssl::require_batch(setup, 2, "moco_v3", "the other images are the negatives");
    online_ = {setup, {.widths = ssl::widths(layers_, hidden_, dim_), .last_norm = true}};
    keys_ = online_.copy();
    predictor_ = {{.widths = {hidden_, dim_}, .last_norm = predictor_norm_},
                  dim_,
                  setup.stream("predictor"),
                  setup.backbone.parameters().at(0)};
  }

  at::Tensor loss(const SslStep& step) override {
    const at::Tensor z1 = online_(step.views[0]), z2 = online_(step.views[1]);
    const at::Tensor q1 = ssl::normalise(predictor_(z1)), q2 = ssl::normalise(predictor_(z2));
    at::Tensor k1, k2;
    {
      const at::NoGradGuard no_grad;
      keys_.follow(online_, momentum_.at(step.at));
      k1 = ssl::normalise(keys_(step.views[0])), k2 = ssl::normalise(keys_(step.views[1]));
    }
    first_ = ssl::batch_contrast(q1, k2, temperature_), second_ = ssl::batch_contrast(q2, k1, temperature_);
    return first_.loss + second_.loss;
  }

  std::vector<ParameterGroup> groups() override {
    ParameterGroup group{.parameters = ssl::parameters_of(online())};
    if (freeze_patches_)
      std::erase_if(group.parameters, [](const auto& each) { return each.first.starts_with(kPatches); });
    return {group};
  }
  TensorList state() override { return ssl::tensors_of(ssl::joined(online(), ssl::parts(keys_, "momentum."))); }
  TensorList heads() override { return ssl::heads_of(online()); }
  nn::Weights exported() override { return online_.backbone; }
  TensorList monitors() override {
    return {{"contrast_accuracy", (first_.accuracy + second_.accuracy) / 2}, {"ema_distance", keys_.distance(online_)}};
  }

 private:
  ssl::Parts online() const { return ssl::joined(ssl::parts(online_), {{"predictor", &predictor_.weights}}); }
};

}  // namespace

RETORT_PLUGIN(MocoV3, "moco_v3")

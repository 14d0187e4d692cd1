// DINO (arXiv 2104.14294): a student's crops predict what a slowly following teacher says of the two global crops; the
// teacher's answers are centred and sharpened. Global crops come first. Defaults are those of small images with SGD
// (SSL.md 3.4, 8).
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "train/ema.h"
#include "train/ssl/crossing.h"
#include "train/ssl/embedding.h"
#include "train/ssl/encoder.h"
#include "train/ssl/momentum.h"
#include "vision/draw.h"

namespace {

using namespace retort;
using namespace retort::train;

constexpr int64_t kGlobal = 2, kWarmup = 30;

/// Encoder and last layer: cosines of the normalised projection with the rows of `v`, times `g`.
struct Branch {
  ssl::Encoder encoder;
  nn::Weights last;

  at::Tensor operator()(std::span<const at::Tensor> views) {
    const at::Tensor z = ssl::normalise(encoder.together(views));
    const ssl::FullPrecision guard;
    return z.matmul((last.at("weight_g") * ssl::normalise(last.at("weight_v"))).t());
  }
  ssl::Parts parts(const std::string& prefix) const {
    return ssl::joined(ssl::parts(encoder, prefix), {{prefix + "last_layer", &last}});
  }
};

class Dino final : public SslMethod {
  int64_t hidden_ = 2048, bottleneck_ = 256, outputs_ = 4096, layers_ = 3;
  bool head_norm_ = false, norm_last_layer_ = true;
  double temperature_ = 0.1, teacher_temperature_ = 0.07, teacher_start_ = 0.04, centre_momentum_ = 0.9, clip_ = 3;
  std::optional<int64_t> teacher_warmup_;
  int64_t freeze_epochs_ = 1, warmup_ = 0;
  std::string keep_ = "teacher";
  ssl::Momentum momentum_;
  Branch student_, teacher_;
  at::Tensor centre_;  // [1,K]
  at::Tensor answers_, loss_;

 public:
  void declare(Declare& d) override {
    d.about("DINO: distil a momentum teacher's centred answers on global crops into a student that sees all crops");
    d.param("hidden", hidden_, "Hidden width of the projector").at_least(1);
    d.param("bottleneck", bottleneck_, "Width of the projection before the last layer").at_least(1);
    d.param("outputs", outputs_, "Width of the last layer; 65536 on ImageNet").at_least(2);
    d.param("layers", layers_, "Linear layers of the projector").between(1, 4);
    d.param("head_norm", head_norm_, "BatchNorm in the projector's hidden layers");
    d.param("norm_last_layer", norm_last_layer_, "Keeps the length of the last layer's rows at 1");
    d.param("temperature", temperature_, "Divides the student's answers").greater_than(0);
    d.param("teacher_temperature", teacher_temperature_,
            "Divides the teacher's, after the warm-up; unstable above 0.07")
        .greater_than(0);
    d.param("teacher_temperature_start", teacher_start_, "Divides the teacher's at the start").greater_than(0);
    d.param("teacher_warmup_epochs", teacher_warmup_,
            "Epochs from the one to the other, linear; by default 30, or a third of the run if that is less")
        .at_least(0);
    d.param("centre_momentum", centre_momentum_, "Share of the centre that stays in a step").at_least(0).less_than(1);
    d.param("clip", clip_, "Greatest norm of each parameter's gradient; 0: any").at_least(0);
    d.param("freeze_epochs", freeze_epochs_, "Epochs in which the last layer is not trained").at_least(0);
    d.param("keep", keep_, "Which backbone is kept").one_of({"teacher", "student"});
    momentum_.declare(d);
  }

  void start(const SslSetup& setup) override {
    warmup_ = teacher_warmup_.value_or(std::min<int64_t>(kWarmup, setup.epochs / 3));
    const at::Tensor like = setup.backbone.parameters().at(0);
    student_.encoder = {
        setup,
        {.widths = ssl::widths(layers_, hidden_, bottleneck_), .norm = head_norm_, .last_bias = true, .gelu = true}};
    auto random = vision::make_generator(setup.stream("last_layer"));
    initialise_projector(random);
    const double bound = 1 / std::sqrt(static_cast<double>(bottleneck_));
    at::Tensor rows = at::empty({outputs_, bottleneck_}).uniform_(-bound, bound, random);
    student_.last.add("weight_g", at::ones({outputs_, 1}));
    student_.last.add("weight_v", rows);
    student_.last = student_.last.to(like.device(), like.scalar_type());
    student_.last.at("weight_v").requires_grad_(true);
    student_.last.at("weight_g").requires_grad_(!norm_last_layer_);
    teacher_ = {student_.encoder.copy(), student_.last.clone()};
    centre_ = at::zeros({1, outputs_}, like.options().requires_grad(false));
  }

  at::Tensor loss(const SslStep& step) override {
    const auto views = static_cast<int64_t>(step.views.size());
    {
      const at::NoGradGuard no_grad;
      const at::Tensor raw = teacher_(step.views.first(kGlobal));
      answers_ = at::softmax((raw - centre_) / teacher_temperature(step.at.epoch), 1);
      centre_.mul_(centre_momentum_).add_(raw.mean(0, /*keepdim=*/true), 1 - centre_momentum_);
    }
    const at::Tensor answers = student_(step.views);
    const at::Tensor loss =
        ssl::crossed_entropy(answers_.view({kGlobal, -1, outputs_}), answers.view({views, -1, outputs_}), temperature_);
    loss_ = loss.detach();
    return loss;
  }

  void after_backward(const SslStep& step) override {
    if (clip_ > 0) clip_each();
    if (step.at.epoch >= freeze_epochs_) return;
    for (at::Tensor parameter : student_.last.parameters()) parameter.mutable_grad().reset();
  }

  void after_step(const SslStep& step) override {
    const double momentum = momentum_.at(step.at);
    teacher_.encoder.follow(student_.encoder, momentum);
    move_average(teacher_.last, student_.last, momentum);
  }

  std::vector<ParameterGroup> groups() override { return {{.parameters = trained()}}; }
  TensorList state() override {
    TensorList list = ssl::tensors_of(ssl::joined(student_.parts(""), teacher_.parts("teacher.")));
    list.emplace_back("centre", centre_);
    return list;
  }
  TensorList heads() override { return ssl::heads_of(keep_ == "teacher" ? teacher_.parts("") : student_.parts("")); }
  nn::Weights exported() override { return keep_ == "teacher" ? teacher_.encoder.backbone : student_.encoder.backbone; }
  TensorList monitors() override {
    const at::Tensor conditional = ssl::conditional_entropy(answers_);
    return {{"conditional_entropy", conditional},
            {"marginal_entropy", ssl::marginal_entropy(answers_)},
            {"kl", loss_ - conditional * std::log(static_cast<double>(outputs_))},  // cross entropy less the teacher's
            {"centre_norm", centre_.norm()},
            {"ema_distance", teacher_.encoder.distance(student_.encoder)}};
  }

 private:
  /// Linear weights of N(0, 0.02), biases 0 (the published truncation at 100 deviations never cuts).
  void initialise_projector(at::Generator& random) {
    const at::NoGradGuard no_grad;
    for (const auto& tensor : student_.encoder.projector.weights.all()) {
      if (tensor.buffer || (tensor.value.dim() == 1 && tensor.name.ends_with("weight"))) continue;
      at::Tensor fresh = at::zeros(tensor.value.sizes());
      if (tensor.value.dim() > 1) fresh.normal_(0, 0.02, random);
      tensor.value.copy_(fresh);
    }
  }

  /// All parameters of the student, less the frozen lengths of the last layer's rows.
  TensorList trained() const {
    TensorList list = ssl::parameters_of(student_.parts(""));
    std::erase_if(list, [](const auto& named) { return !named.second.requires_grad(); });
    return list;
  }

  double teacher_temperature(int64_t epoch) const {
    if (epoch >= warmup_) return teacher_temperature_;
    const double share = warmup_ > 1 ? static_cast<double>(epoch) / static_cast<double>(warmup_ - 1) : 0;
    return teacher_start_ + (teacher_temperature_ - teacher_start_) * share;
  }

  void clip_each() {
    std::vector<at::Tensor> gradients;
    for (const auto& [name, parameter] : trained())
      if (parameter.grad().defined()) gradients.push_back(parameter.grad());
    const std::vector<at::Tensor> norms = at::_foreach_norm(gradients, 2);
    const auto factors = (clip_ / (at::stack(norms) + 1e-6)).clamp_max(1).unbind();
    at::_foreach_mul_(gradients, factors);
  }
};

}  // namespace

RETORT_PLUGIN(Dino, "dino")

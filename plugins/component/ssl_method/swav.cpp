// SwAV (arXiv 2006.09882): two crops are assigned to prototypes evenly (Sinkhorn-Knopp), and every other crop predicts
// the assignment. Crops that assign come first. Defaults are those of small images (SSL.md 3.3, 8).
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "core/error.h"
#include "train/ssl/crossing.h"
#include "train/ssl/embedding.h"
#include "train/ssl/encoder.h"

namespace {

using namespace retort;
using namespace retort::train;

constexpr int64_t kAssigning = 2, kMostQueued = 3840;

class Swav final : public SslMethod {
  int64_t hidden_ = 2048, dim_ = 128, prototype_count_ = 512, iterations_ = 3;
  std::optional<int64_t> queue_;
  int64_t queue_epoch_ = 50, freeze_epochs_ = 2;
  double temperature_ = 0.1, epsilon_ = 0.05;
  ssl::Encoder encoder_;
  ssl::Head prototypes_;
  at::Tensor queued_;  // [2,L,D], a ring each; their order does not matter to Sinkhorn-Knopp
  int64_t batch_ = 0;
  at::Tensor codes_;

 public:
  void declare(Declare& d) override {
    d.about("SwAV: predict from each crop the prototypes that another crop of the image is assigned to");
    d.param("hidden", hidden_, "Hidden width of the projector").at_least(1);
    d.param("dim", dim_, "Width of the embedding").at_least(1);
    d.param("prototypes", prototype_count_, "Number of prototypes; 3000 on ImageNet").at_least(2);
    d.param("temperature", temperature_, "Divides scores in the prediction").greater_than(0);
    d.param("epsilon", epsilon_, "Divides scores in the assignment").greater_than(0);
    d.param("iterations", iterations_, "Rounds of Sinkhorn-Knopp").at_least(1);
    d.param("queue", queue_,
            "Embeddings of earlier steps that share in the assignment, rounded down to whole batches; 0: none; by "
            "default 3840, or as many as half the images if that is less")
        .at_least(0);
    d.param("queue_epoch", queue_epoch_, "Epoch from which they are kept; they count once the queue is full")
        .at_least(0);
    d.param("freeze_epochs", freeze_epochs_, "Epochs in which prototypes are not trained").at_least(0);
  }

  void start(const SslSetup& setup) override {
    const int64_t queue = queue_.value_or(std::min<int64_t>(kMostQueued, setup.images() / 2));
    if (queue_ && queue > 0 && queue < setup.batch)
      throw Error(ErrorKind::user, "swav's queue of " + std::to_string(queue) + " is smaller than the batch of " +
                                       std::to_string(setup.batch) + "; take 0 for none, or at least one batch");
    batch_ = setup.batch;
    encoder_ = {setup, {.widths = {hidden_, dim_}, .last_bias = true}};
    const at::Tensor like = setup.backbone.parameters().at(0);
    prototypes_ = {{.widths = {prototype_count_}}, dim_, setup.stream("prototypes"), like};
    queued_ = at::zeros({kAssigning, queue / batch_ * batch_, dim_}, like.options().requires_grad(false));
  }

  at::Tensor loss(const SslStep& step) override {
    const auto views = static_cast<int64_t>(step.views.size());
    at::Tensor weight = prototypes_.weights.parameters().at(0);  // [K,D]
    {
      const at::NoGradGuard no_grad;
      weight.copy_(ssl::normalise(weight));
    }
    const at::Tensor z = ssl::normalise(encoder_.together(step.views)).view({views, batch_, dim_});
    const ssl::FullPrecision guard;
    const at::Tensor scores = z.matmul(weight.t());
    {
      const at::NoGradGuard no_grad;
      codes_ = assign(step.at, z.narrow(0, 0, kAssigning), scores, weight);
    }
    return ssl::crossed_entropy(codes_, scores, temperature_);
  }

  void after_backward(const SslStep& step) override {
    if (step.at.epoch < freeze_epochs_) prototypes_.weights.parameters().at(0).mutable_grad().reset();
  }

  std::vector<ParameterGroup> groups() override { return {{.parameters = ssl::parameters_of(all())}}; }
  TensorList state() override {
    TensorList list = ssl::tensors_of(all());
    if (queued_.size(1) > 0) list.emplace_back("queue", queued_);
    return list;
  }
  TensorList heads() override { return ssl::heads_of(all()); }
  nn::Weights exported() override { return encoder_.backbone; }
  TensorList monitors() override {
    const at::Tensor codes = codes_.flatten(0, 1);
    return {{"conditional_entropy", ssl::conditional_entropy(codes)},
            {"marginal_entropy", ssl::marginal_entropy(codes)},
            {"dead_prototypes", ssl::unused(codes)}};
  }

 private:
  ssl::Parts all() const { return ssl::joined(ssl::parts(encoder_), {{"prototypes", &prototypes_.weights}}); }

  /// Codes [2,B,K]; scores of a full queue are prepended, with today's prototypes, and embeddings put into it
  /// afterwards.
  at::Tensor assign(const Position& at, const at::Tensor& z, const at::Tensor& scores, const at::Tensor& weight) {
    const int64_t length = queued_.size(1), kept = (at.index() - queue_epoch_ * at.steps) * batch_;
    std::vector<at::Tensor> codes;
    for (int64_t i = 0; i < kAssigning; ++i) {
      const bool full = length > 0 && kept >= length;
      const at::Tensor mine = full ? at::cat({queued_[i].matmul(weight.t()), scores[i]}) : scores[i];
      codes.push_back(ssl::sinkhorn(mine, epsilon_, iterations_).narrow(0, full ? length : 0, batch_));
      if (length > 0 && kept >= 0) queued_[i].narrow(0, kept % length, batch_).copy_(z[i]);
    }
    return at::stack(codes);
  }
};

}  // namespace

RETORT_PLUGIN(Swav, "swav")

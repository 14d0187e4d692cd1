// MoCo v2 (arXiv 2003.04297): queries of one view against keys of the other from a slowly following network, with a
// queue of earlier keys as negatives. Defaults are those of the authors' CIFAR demo (SSL.md 3.1): one linear layer as
// head, BatchNorm in eight parts of the batch of 512 and shuffled keys in place of several GPUs. Smaller batches have
// parts of 64 images too, and small data sets a shorter queue: one of all images would hold keys of the query's own.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "core/error.h"
#include "train/ssl/contrast.h"
#include "train/ssl/embedding.h"
#include "train/ssl/encoder.h"
#include "train/ssl/key_queue.h"
#include "vision/draw.h"

namespace {

using namespace retort;
using namespace retort::train;

constexpr int64_t kMostKeys = 4096, kImagesAPart = 64, kMostSplits = 8;

class MocoV2 final : public SslMethod {
  int64_t dim_ = 128, hidden_ = 0;
  std::optional<int64_t> queue_size_, splits_;
  double temperature_ = 0.1, momentum_ = 0.99;
  bool mlp_ = false, symmetric_ = false;
  ssl::Encoder online_, following_;
  ssl::KeyQueue queue_;
  int64_t keys_a_step_ = 0, used_splits_ = 1;
  std::vector<at::Tensor> new_keys_;
  at::Tensor accuracy_;

 public:
  void declare(Declare& d) override {
    d.about("MoCo v2: contrast queries with keys of a following network and a queue of earlier keys");
    d.param("queue", queue_size_,
            "Earlier keys that serve as negatives, a multiple of the keys of a step; by default 4096, or as many as "
            "half the images if that is less")
        .at_least(1);
    d.param("temperature", temperature_, "Divides similarities; 0.2 on ImageNet").greater_than(0);
    d.param("momentum", momentum_, "Share of the key network that stays in a step; 0.999 on ImageNet")
        .at_least(0)
        .at_most(1);
    d.param("dim", dim_, "Width of the embedding").at_least(1);
    d.param("mlp", mlp_, "A hidden layer with ReLU in the head, as on ImageNet");
    d.param("hidden", hidden_, "Width of the hidden layer; 0: that of the features").at_least(0);
    d.param("splits", splits_,
            "Parts of the batch with BatchNorm statistics of their own; 1: plain BatchNorm; by default parts of 64 "
            "images, at most 8")
        .at_least(1);
    d.param("symmetric", symmetric_, "Both views are queries, and both losses are added");
  }

  void start(const SslSetup& setup) override {
    ssl::require_two_views(setup, "moco_v2");
    keys_a_step_ = symmetric_ ? 2 * setup.batch : setup.batch;
    const int64_t queue = queue_size_.value_or(default_queue(setup));
    const int64_t splits = used_splits_ = splits_.value_or(default_splits(setup.batch));
    check(setup, queue, splits);
    const auto width = hidden_ > 0 ? hidden_ : setup.feature_size;
    ssl::HeadShape head;
    head.widths = mlp_ ? std::vector{width, dim_} : std::vector{dim_};
    head.norm = false;
    head.last_bias = true;
    online_ = {setup, head, splits};
    following_ = online_.copy();
    queue_ = {queue, dim_, setup.stream("queue"), setup.backbone.parameters().at(0)};
  }

  at::Tensor loss(const SslStep& step) override {
    following_.follow(online_, momentum_);
    new_keys_.clear();
    auto random = step.random;
    auto sum = direction(step.views[0], step.views[1], random);
    if (symmetric_) sum = sum + direction(step.views[1], step.views[0], random);
    return sum;
  }

  /// Not before: a step's keys are not among its own negatives, and the backward pass still reads the queue.
  void after_backward(const SslStep&) override { queue_.push(at::cat(new_keys_)); }

  std::vector<ParameterGroup> groups() override { return {{.parameters = ssl::parameters_of(ssl::parts(online_))}}; }
  TensorList state() override {
    auto all = ssl::tensors_of(ssl::joined(ssl::parts(online_), ssl::parts(following_, "momentum.")));
    for (const auto& entry : queue_.state()) all.push_back(entry);
    return all;
  }
  TensorList heads() override { return ssl::heads_of(ssl::parts(online_)); }
  nn::Weights exported() override { return online_.backbone; }
  TensorList monitors() override {
    return {{"contrast_accuracy", accuracy_}, {"ema_distance", following_.distance(online_)}};
  }

 private:
  int64_t default_queue(const SslSetup& setup) const {
    const int64_t most = std::min<int64_t>(kMostKeys, setup.images() / 2);
    return std::max<int64_t>(1, most / keys_a_step_) * keys_a_step_;
  }

  static int64_t default_splits(int64_t batch) {
    int64_t splits = std::clamp<int64_t>(batch / kImagesAPart, 1, kMostSplits);
    while (batch % splits != 0) --splits;
    return splits;
  }

  void check(const SslSetup& setup, int64_t queue, int64_t splits) const {
    if (queue % keys_a_step_ != 0)
      throw Error(ErrorKind::user, "moco_v2: \"queue\" " + std::to_string(queue) + " is not a multiple of the " +
                                       std::to_string(keys_a_step_) + " keys of a step (\"batch\" " +
                                       std::to_string(setup.batch) + (symmetric_ ? ", symmetric)" : ")") + "; take " +
                                       std::to_string(whole_steps(queue)));
    if (setup.batch % splits != 0)
      throw Error(ErrorKind::user, "moco_v2: \"splits\" " + std::to_string(splits) + " does not divide \"batch\" " +
                                       std::to_string(setup.batch));
    if (queue > setup.images())
      setup.warn("moco_v2: a \"queue\" of " + std::to_string(queue) + " keys is more than the " +
                 std::to_string(setup.images()) +
                 " images of an epoch: the query's own image is among its negatives every time, which works against "
                 "what is learnt. Take at most half: " +
                 std::to_string(default_queue(setup)));
  }

  /// The nearest size that is made of whole steps.
  int64_t whole_steps(int64_t queue) const {
    return std::max<int64_t>(1, (queue + keys_a_step_ / 2) / keys_a_step_) * keys_a_step_;
  }

  at::Tensor direction(const at::Tensor& from, const at::Tensor& to, at::Generator& random) {
    const auto q = ssl::normalise(online_(from));
    const auto k = keys(to, random);
    const auto found = ssl::queue_contrast(q, k, queue_.rows(), temperature_);
    new_keys_.push_back(k);
    accuracy_ = found.accuracy;
    return found.loss;
  }

  /// Shuffled over the parts that share BatchNorm statistics, so that a query and its key do not (SSL.md 2.2).
  at::Tensor keys(const at::Tensor& images, at::Generator& random) {
    const at::NoGradGuard no_grad;
    if (used_splits_ == 1) return ssl::normalise(following_(images));
    const auto order = vision::draw_permutation(images.size(0), random);
    const auto there = order.to(images.device()), back = order.argsort(int64_t{0}, false).to(images.device());
    return ssl::normalise(following_(images.index_select(0, there))).index_select(0, back);
  }
};

}  // namespace

RETORT_PLUGIN(MocoV2, "moco_v2")

// Feature alignment over layers (CAFE, METHODS.md 3.4), in a bounded form: accuracies are measured afresh each time,
// and both loops end after a number of rounds even if accuracy does not do what they wait for.
#include <ATen/ATen.h>

#include <algorithm>
#include <deque>

#include "core/error.h"
#include "match/distillation.h"
#include "match/feature_comparison.h"
#include "match/training.h"
#include "vision/draw.h"

namespace retort {
namespace {

/// The last accuracies, and how far apart they are.
class Watcher {
 public:
  explicit Watcher(int64_t window) : window_(static_cast<size_t>(window)) {}
  void see(double accuracy) {
    seen_.push_back(accuracy);
    if (seen_.size() > window_) seen_.pop_front();
  }
  bool full() const { return seen_.size() == window_; }
  double span() const {
    const auto [low, high] = std::minmax_element(seen_.begin(), seen_.end());
    return *high - *low;
  }

 private:
  size_t window_;
  std::deque<double> seen_;
};

}  // namespace

class DistillCafe : public match::Distillation {
 public:
  DistillCafe() { set_defaults(2000, 0.1); }

  void declare(Declare& d) override {
    d.about("Images whose features agree with real ones in layers of a network trained on them (CAFE, bounded)");
    declare_images(d);
    declare_augmentation(d);
    d.component("network", network_, "Drawn afresh each iteration");
    d.component("loss", loss_, "Distance of the features of all classes");
    d.param("real_batch", real_batch_, "Real images a class and update").at_least(1);
    d.param("watch_batch", watch_batch_, "Real training images a class that accuracy is measured on").at_least(1);
    d.param("window", window_, "Accuracies that are looked at together").at_least(1);
    d.param("outer_span", outer_span_, "Image updates end when the accuracies of the window span less").at_least(0);
    d.param("inner_span", inner_span_, "Training of the network ends when they span more").at_least(0);
    d.param("max_updates", max_updates_, "Image updates an iteration at most").at_least(1);
    d.param("max_epochs", max_epochs_, "Epochs of the network between two updates at most").at_least(0);
    d.param("network_lr", network_lr_, "Learning rate of the network").at_least(0);
    d.param("network_batch", network_batch_, "Synthetic images a step of the network").at_least(1);
    d.param("lr_drops", lr_drops_, "Iterations at which the images' rate is halved").at_least(0);
  }

 protected:
  void prepare(Run&) override {
    if (loss_->compares() != Compares::features)
      throw Error(ErrorKind::user,
                  std::string("\"loss\" compares ") + name_of(loss_->compares()) + "; here it must compare features");
    student_.emplace(*network_, shape(), real().device());
  }

  double iterate(Run& run, int64_t iteration) override {
    student_->restart(run.stream("network", u(iteration)));
    const auto drops = std::count_if(lr_drops_.begin(), lr_drops_.end(), [&](int64_t at) { return at <= iteration; });
    const double rate = lr() / static_cast<double>(int64_t{1} << std::min<int64_t>(drops, 62));
    Watcher watcher(window_);
    double loss = 0;
    int64_t updates = 0;
    while (true) {
      run.stop_if_cancelled();
      loss += update_images(run, iteration, updates, rate);
      watcher.see(accuracy(run, iteration, updates, 0));
      ++updates;
      if ((watcher.full() && watcher.span() < outer_span_) || updates == max_updates_) break;
      train(run, iteration, updates);
    }
    return loss / static_cast<double>(updates);
  }

 private:
  static uint64_t u(int64_t number) { return static_cast<uint64_t>(number); }

  double update_images(Run& run, int64_t iteration, int64_t step, double rate) {
    match::FeatureComparison comparison(*student_, real(), augment(), loss_->layers());
    auto random = vision::make_generator(run.stream("real", u(iteration), u(step)));
    for (int64_t label = 0; label < real().classes(); ++label)
      comparison.add(label, images_of(label), real_batch_, random);
    const auto value = loss_->value(comparison.features());
    value.backward({}, /*retain_graph=*/false, /*create_graph=*/false, at::TensorList({images()}));
    update(rate);
    return value.item<double>();
  }

  double accuracy(Run& run, int64_t iteration, int64_t step, int64_t epoch) const {
    auto random = vision::make_generator(run.stream("watch", u(iteration), u(step * (max_epochs_ + 1) + epoch)));
    std::vector<at::Tensor> indices;
    for (int64_t label = 0; label < real().classes(); ++label)
      indices.push_back(real().draw(label, watch_batch_, random));
    const auto all = at::cat(indices);
    return match::share_correct(*student_, real().images(all),
                                real().labels().index_select(0, all.to(real().device())));
  }

  void train(Run& run, int64_t iteration, int64_t step) {
    match::Training training(*student_, match::training_set(images(), labels()), network_batch_, /*momentum=*/0,
                             /*weight_decay=*/0, augment(), [&](const char* purpose, int64_t epoch) {
                               return run.stream(purpose, u(iteration), u(step * max_epochs_ + epoch));
                             });
    Watcher watcher(window_);
    for (int64_t epoch = 0; epoch < max_epochs_; ++epoch) {
      training.epoch(epoch, network_lr_);
      watcher.see(accuracy(run, iteration, step, epoch + 1));
      if (watcher.full() && watcher.span() > inner_span_) return;
    }
  }

  Component<nn::Network> network_{R"({"type": "convnet"})"};
  Component<MatchLoss> loss_{R"({"type": "layer_features"})"};
  int64_t real_batch_ = 256, watch_batch_ = 128, window_ = 10, max_updates_ = 50, max_epochs_ = 50,
          network_batch_ = 256;
  double outer_span_ = 0.04, inner_span_ = 0.03, network_lr_ = 0.01;
  std::vector<int64_t> lr_drops_ = {1200, 1600, 1800};
  std::optional<match::Student> student_;
};

}  // namespace retort

RETORT_PLUGIN(retort::DistillCafe, "distill.cafe")

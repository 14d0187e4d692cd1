// Images that a network in training forgets most often (METHODS.md 4): it trains one to find out.
#include <ATen/ATen.h>

#include "match/coreset.h"
#include "match/selection.h"
#include "nn/model.h"
#include "train/batches.h"
#include "train/loop.h"
#include "train/loss.h"
#include "vision/draw.h"
#include "vision/recipe.h"

namespace retort {

class SelectForgetting : public match::Selection {
 public:
  SelectForgetting() {
    settings_.epochs = 200;
    settings_.optimizer.weight_decay = 5e-4;
    recipe_.preset = "crop_flip";
  }

  void declare(Declare& d) override {
    d.about("Images of each class that are most often unlearned while a network is trained (forgetting events)");
    d.numeric();
    d.random();
    declare_selection(d);
    d.component("network", network_, "What is trained");
    d.param("never_learned_first", never_first_,
            "Images that were never right count as most forgotten (the original definition; DeepCore counts "
            "transitions only)");
    settings_.declare(d);
    recipe_.declare(d);
  }

 protected:
  void prepare(Run& run, const vision::DataSet& set) override {
    const LabelledImages data = set.all();
    const at::Device device(run.device());
    const auto recipe = recipe_.recipe();
    auto weights = nn::initialise(*network_, data.images.size(1), data.images.size(3),
                                  static_cast<int64_t>(data.classes.size()), run.stream("network"))
                       .to(device, at::kFloat);
    weights.require_grad(true);
    const std::shared_ptr<const nn::Network> network(&*network_, [](const nn::Network*) {});
    const nn::Model model(network, weights, data.classes, data.normalization, data.images.size(3));
    const auto pixels = data.images.to(device), labels = data.labels.to(device);
    train::Batches batches(data.size(), settings_.batch, /*drop_last=*/false,
                           [&](int64_t epoch) { return run.stream("order", static_cast<uint64_t>(epoch)); });
    counts_.emplace(data.size());

    train::Task task;
    task.groups = {train::group_of(weights)};
    task.state = train::named("model.", weights);
    const auto counts = counts_->state();
    for (size_t i = 0; i < counts.size(); ++i) task.state.emplace_back("forgetting." + std::to_string(i), counts[i]);
    task.loss = [&](const train::Position& at) {
      const auto indices = batches.indices(at.epoch, at.step);
      auto random = vision::make_generator(
          run.stream("augment", static_cast<uint64_t>(at.epoch), static_cast<uint64_t>(at.step)));
      const auto views = recipe(train::rows(pixels, indices), data.images.size(3), random);
      nn::PassOptions training;
      training.mode = nn::Mode::train;
      const auto logits = model(data.normalization.apply(views), training).logits;
      const auto target = train::rows(labels, indices);
      counts_->see(indices, logits.argmax(1).eq(target));
      return train::cross_entropy(logits, target);
    };
    train::train(run, task, settings_, batches.steps());
  }

  std::vector<int64_t> choose(const at::Tensor& indices, int64_t count) override {
    const auto never = never_first_ ? counts_->never_learned().index_select(0, indices) : at::Tensor();
    return match::most_forgotten(counts_->events().index_select(0, indices), never, count);
  }

 private:
  Component<nn::Network> network_{R"({"type": "convnet"})"};
  bool never_first_ = true;
  train::LoopSettings settings_;
  vision::RecipeParams recipe_;
  std::optional<match::ForgettingCounts> counts_;
};

}  // namespace retort

RETORT_PLUGIN(retort::SelectForgetting, "select.forgetting")

// Trains a network on hard labels: the squeeze of SRe2L, the teacher that labels, the upper bound every table has.
// Defaults are SRe2L's for CIFAR-100 (methods.md 2.1).
#include "train/supervised.h"

#include <sdk/node.h>

#include "nn/model.h"
#include "train/accuracy.h"
#include "train/batches.h"
#include "train/loss.h"
#include "train/resident.h"
#include "vision/augmentation.h"

namespace {

using namespace retort;
using namespace retort::train;

LoopSettings defaults() {
  LoopSettings settings;
  settings.epochs = 200;
  settings.batch = 128;
  settings.lr = 0.1;
  settings.optimizer.weight_decay = 5e-4;
  return settings;
}

class Supervised final : public Node {
  Input data_, val_;
  Output classifier_, curves_, metrics_;
  Component<nn::Network> network_{R"({"type": "resnet18"})"};
  Component<vision::Augmentation> augment_{R"({"type": "standard", "preset": "crop_flip"})"};
  LoopSettings settings_ = defaults();
  double label_smoothing_ = 0;
  std::optional<double> ema_;
  bool drop_last_ = false;
  int64_t check_every_ = 10;

 public:
  void declare(Declare& d) override {
    d.about("Train a network on a labelled data set");
    d.random();
    d.numeric();
    d.input("data", data_, "dataset", "Images to learn from");
    d.input("val", val_, "dataset", "Images to watch the accuracy on; nothing is chosen by it").optional();
    d.output("classifier", classifier_, "classifier", "The network after the last epoch").facts_of("data");
    d.output("curves", curves_, "curves", "Loss, learning rate and accuracy over epochs");
    d.output("metrics", metrics_, "metrics", "Final loss and accuracies");
    d.component("network", network_, "What is trained");
    d.component("augment", augment_, "Random views of the images");
    settings_.declare(d);
    d.param("label_smoothing", label_smoothing_, "Share of the target spread over all classes")
        .at_least(0)
        .less_than(1)
        .neutral(0.0);
    d.param("ema", ema_, "Momentum of a moving average of the parameters, which is then what is kept")
        .greater_than(0)
        .less_than(1);
    d.param("drop_last", drop_last_, "Leave out the last batch of an epoch if it is incomplete");
    d.param("check_every", check_every_, "Epochs between looks at val; the last epoch always").at_least(1);
  }

  void run(Run& run) override {
    const Resident data(*data_, run);
    const auto& set = data.data();
    auto weights = nn::initialise(*network_, set.images.size(1), data.image_size(),
                                  static_cast<int64_t>(set.classes.size()), run.stream("weights"));
    const std::shared_ptr<const nn::Network> network(&*network_, [](const nn::Network*) {});
    nn::Model model(network, weights.to(device_of(run), at::kFloat).channels_last(), set.classes, set.normalization,
                    data.image_size());
    Batches batches(data.size(), settings_.batch, drop_last_,
                    [&](int64_t epoch) { return run.stream("order", static_cast<uint64_t>(epoch)); });
    std::optional<LabelledImages> val;
    if (val_.present()) val = read_images(*val_);

    Curves curves(run);
    Supervision supervision;
    supervision.ema = ema_;
    supervision.curves = &curves;
    supervision.batch = [&](const Position& at) -> Batch {
      const auto indices = batches.indices(at.epoch, at.step);
      const auto seed = run.stream("views", static_cast<uint64_t>(at.epoch), static_cast<uint64_t>(at.step));
      return {data.views(indices, *augment_, seed), data.labels(indices), {}};
    };
    supervision.loss = [&](const at::Tensor& logits, const Batch& batch) {
      return cross_entropy(logits, batch.labels, label_smoothing_);
    };
    supervision.after_epoch = [&](const EpochReport& report) {
      if (val && (report.last || report.epoch % check_every_ == 0))
        curves.add("val_accuracy", report.epoch, accuracy_on(model, *val));
    };
    model = nn::Model(network, train_supervised(run, model, supervision, settings_, batches.steps()), set.classes,
                      set.normalization, data.image_size());
    finish(model, set, val, curves);
  }

 private:
  static double accuracy_on(const nn::Model& model, const LabelledImages& set) {
    return accuracy(answers(model, set).logits, set.labels.cpu());
  }

  void finish(const nn::Model& model, const LabelledImages& data, const std::optional<LabelledImages>& val,
              const Curves& curves) {
    std::map<std::string, double> metrics{{"train_accuracy", accuracy_on(model, data)}};
    if (val) metrics["val_accuracy"] = accuracy_on(model, *val);
    if (const auto it = curves.all().find("loss"); it != curves.all().end())
      metrics["train_loss"] = it->second.back().second;
    model.write(classifier_, {{"by", "pretrain.supervised"}, {"epochs", settings_.epochs}, {"images", data.size()}});
    curves.write(curves_);
    write_metrics(metrics_, metrics);
  }
};

}  // namespace

RETORT_PLUGIN(Supervised, "pretrain.supervised")

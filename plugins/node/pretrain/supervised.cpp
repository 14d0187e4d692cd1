// Trains a network on hard labels: the squeeze of SRe2L, the teacher that labels, the upper bound every table has.
// Defaults are SRe2L's for CIFAR-100 (METHODS.md 2.1).
#include "train/supervised.h"

#include <sdk/node.h>

#include "nn/model.h"
#include "train/accuracy.h"
#include "train/batches.h"
#include "train/loss.h"
#include "train/training_node.h"
#include "train/view_loader.h"
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
  TrainingNode node_{defaults()};
  Output classifier_;
  Component<vision::Augmentation> augment_{R"({"type": "standard", "preset": "crop_flip"})"};
  double label_smoothing_ = 0;
  std::optional<double> ema_;
  bool drop_last_ = false;
  bool cuda_graph_ = true;

 public:
  void declare(Declare& d) override {
    d.about("Train a network on a labelled data set");
    node_.declare(d, "What is trained", "Images to watch the accuracy on; nothing is chosen by it");
    d.output("classifier", classifier_, "classifier", "The network after the last epoch").facts_of("data");
    d.component("augment", augment_, "Random views of the images");
    d.param("label_smoothing", label_smoothing_, "Share of the target spread over all classes")
        .at_least(0)
        .less_than(1)
        .neutral(0.0);
    d.param("ema", ema_, "Momentum of a moving average of the parameters, which is then what is kept")
        .greater_than(0)
        .less_than(1);
    declare_cuda_graph(d, cuda_graph_);
    d.param("drop_last", drop_last_, "Leave out the last batch of an epoch if it is incomplete");
    d.proof(R"({"params": {"network": {"type": "resnet18", "width": 4}, "epochs": 2, "batch": 8},
      "inputs": {"data":
        {"type": "dataset.shapes", "params": {"classes": 2, "per_class": 8, "size": 16}, "output": "train"}}})");
  }

  void run(Run& run) override {
    const vision::DataSet data = node_.training_data(run);
    auto weights = nn::initialise(*node_.network, data.channels(), data.image_size(),
                                  static_cast<int64_t>(data.classes().size()), run.stream("weights"));
    const auto network = node_.shared_network();
    nn::Model model(network, weights.to(device_of(run), at::kFloat).channels_last(), data.classes(),
                    data.normalization(), data.image_size());
    Batches batches(data.size(), node_.settings.batch, drop_last_,
                    [&](int64_t epoch) { return run.stream("order", static_cast<uint64_t>(epoch)); });
    std::optional<vision::DataSet> val;
    if (node_.val.present()) val.emplace(*node_.val, node_.decoders);
    ViewLoader views(data, data.normalization(), batches.steps(), node_.settings.epochs,
                     one_view(run, batches, *augment_));

    Curves curves(run);
    Supervision supervision;
    supervision.ema = ema_;
    supervision.cuda_graph = cuda_graph_;
    supervision.curves = &curves;
    supervision.batch = [&](const Position& at) -> Batch {
      const auto seen = views(at);
      return {seen.views[0], seen.labels, {}};
    };
    supervision.loss = [&](const at::Tensor& logits, const Batch& batch) {
      return cross_entropy(logits, batch.labels, label_smoothing_);
    };
    const auto look = [&](int64_t epoch) {
      if (val) curves.add("val_accuracy", epoch, accuracy_on(model, *val));
    };
    supervision.after_epoch = [&](const EpochReport& report) {
      if (report.epoch % node_.check_every == 0) look(report.epoch);
    };
    supervision.at_end = [&] {
      if (node_.settings.epochs % node_.check_every != 0) look(node_.settings.epochs);
    };
    model = nn::Model(network, train_supervised(run, model, supervision, node_.settings, batches.steps()),
                      data.classes(), data.normalization(), data.image_size());
    finish(model, data, val, curves);
  }

 private:
  static double accuracy_on(const nn::Model& model, const vision::DataSet& set) {
    return accuracy(answers(model, set).logits, set.labels().cpu());
  }

  void finish(const nn::Model& model, const vision::DataSet& data, const std::optional<vision::DataSet>& val,
              const Curves& curves) {
    std::map<std::string, double> metrics{{"train_accuracy", accuracy_on(model, data)}};
    if (val) metrics["val_accuracy"] = accuracy_on(model, *val);
    if (const auto it = curves.all().find("loss"); it != curves.all().end())
      metrics["train_loss"] = it->second.back().second;
    model.write(classifier_,
                {{"by", "pretrain.supervised"}, {"epochs", node_.settings.epochs}, {"images", data.size()}});
    curves.write(node_.curves);
    write_metrics(node_.metrics, metrics);
  }
};

}  // namespace

RETORT_PLUGIN(Supervised, "pretrain.supervised")

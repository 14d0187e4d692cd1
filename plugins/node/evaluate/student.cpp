// Trains a fresh network on a few images and tests it on held-out data: the one protocol all image sources share. The
// headline number is the accuracy after the last epoch on the whole test set (METHODS.md 5.6); the best epoch is
// reported apart.
#include <filesystem>

#include "core/error.h"
#include "doubts.h"
#include "labels.h"
#include "prefix_best.h"
#include "sdk/made_of.h"
#include "sdk/torch/space.h"
#include "train/accuracy.h"
#include "train/report.h"

namespace {

using namespace retort;
using namespace retort::evaluate;

class Student final : public Node {
 public:
  Student() {
    loop_.epochs = 200;
    loop_.batch = 64;
    loop_.lr = 1e-3;
    loop_.optimizer.type = "adamw";
    loop_.optimizer.weight_decay = 0.01;
  }

  void declare(Declare& d) override {
    d.about("Train a fresh network on images and test it");
    d.input("images", images_, "images", "What the student learns from").also("dataset");
    d.input("labels", labels_, "labels", "Their labels; absent: those the images carry").optional();
    d.input("test", test_, "dataset", "Held-out data");
    d.output(
        "metrics", metrics_, "metrics",
        "accuracy_last, accuracy_best and its epoch, accuracy_prefix_best (largest of running prefixes of the test "
        "images at every test: what SC-DD's released loop prints), and what it cost");
    d.output("curves", curves_, "curves", "Loss, learning rate and accuracy over the epochs");
    d.output("predictions", predictions_, "predictions", "Logits of every test image after the last epoch");
    d.component("network", network_, "The student");
    loop_.declare(d);
    d.component("augment", augmentation_, "Views of the images; with a replay of labels, that decides");
    mixing_.declare(d);
    loss_.declare(d);
    d.param("image_labels", image_labels_,
            "Without labels: soft ones that were learned with the images, where there are any, or their classes")
        .one_of({"learned", "classes"});
    d.param("learned_lr", learned_lr_, "Take the learning rate that was learned with the images instead of lr")
        .neutral(false);
    d.param("ema", ema_,
            "Momentum of a moving average of the student's parameters, which is then what is tested at the end")
        .at_least(0)
        .less_than(1);
    train::declare_cuda_graph(d, cuda_graph_);
    d.param("normalization", normalization_, "Constants of the student's inputs; absent: those of the images");
    d.param("test_every", test_every_, "Epochs between tests on the whole test set; 0: only the last").at_least(0);
    d.proof(R"({"params": {"network": {"type": "resnet18", "width": 4}, "epochs": 2, "batch": 4},
      "inputs": {"images": {"type": "select.random", "params": {"per_class": 2}, "inputs": {"data":
        {"type": "dataset.shapes", "params": {"classes": 2, "per_class": 8, "size": 16}, "output": "train"}}},
                 "test":
        {"type": "dataset.shapes", "params": {"classes": 2, "test_per_class": 4, "size": 16}, "output": "test"}}})");
    d.random();
    d.numeric();
  }

  void run(Run& run) override {
    if (space_name(*images_) == "zca")
      throw Error(ErrorKind::user,
                  "the images are whitened (space \"zca\"), the test images are not: use evaluate.matching");
    const auto images = vision::decoded(*images_);
    const vision::DataSet test(*test_);
    if (images.classes != test.classes())
      throw Error(ErrorKind::user, "the test data have other classes than the images (" +
                                       std::to_string(test.classes().size()) + " and " +
                                       std::to_string(images.classes.size()) + ", or other names)");
    const auto constants = normalization_ ? Normalization::named(*normalization_) : images.normalization;
    check_labels_are_of_images();
    if (learned_lr_) loop_.lr = learned_lr();
    const int64_t size = augmentation_->size(images.images.size(3));
    const std::shared_ptr<const nn::Network> network(std::shared_ptr<void>(),
                                                     &*network_);  // the node outlives the model
    nn::Model model(network, nn::Weights(), images.classes, constants, size);
    model.weights() = nn::initialise(model.network(), images.images.size(1), size,
                                     static_cast<int64_t>(images.classes.size()), run.stream("weights"));
    model.weights() = model.weights().to(run.device(), at::kFloat).channels_last();

    LabelledViews views(run, images, labels_.present() ? &*labels_ : nullptr, learned_labels(images), *augmentation_,
                        mixing_, loss_, constants, loop_.batch, loop_.epochs);
    train::Curves curves(run);
    train::Supervision supervision;
    supervision.curves = &curves;
    supervision.ema = ema_;
    supervision.cuda_graph = cuda_graph_;
    supervision.batch = [&](const train::Position& at) { return views.batch(at); };
    supervision.loss = [&](const at::Tensor& logits, const train::Batch& batch) { return views.loss(logits, batch); };
    const auto look = [&](int64_t epoch) {
      const auto logits = train::answers(model, test).logits;
      curves.add("accuracy", epoch, train::accuracy(logits, test.labels()));
      curves.add("accuracy_prefix_best", epoch, prefix_best(logits, test.labels()));
    };
    const auto is_looked_at = [&](int64_t epoch) { return test_every_ > 0 && epoch % test_every_ == 0; };
    supervision.after_epoch = [&](const train::EpochReport& report) {
      if (is_looked_at(report.epoch)) look(report.epoch);
    };
    supervision.at_end = [&] {
      if (loop_.epochs > 0 && !is_looked_at(loop_.epochs)) look(loop_.epochs);
    };
    model.weights() = train::train_supervised(run, model, supervision, loop_, views.steps());
    report(run, model, views, test, curves);
  }

 private:
  /// A labeller and hard labels fit any images.
  void check_labels_are_of_images() const {
    if (!labels_.present()) return;
    const auto form = labels_->meta.value("form", "");
    if (form == "replay" || form == "image")
      check_made_of(*labels_, "the labels", "images", *images_, "label these (relabel.soft)");
  }

  /// Whether the student learns from soft labels that came with the images.
  bool uses_learned_labels() const {
    return !labels_.present() && image_labels_ == "learned" && images_->meta.value("soft_labels", false);
  }

  at::Tensor learned_labels(const LabelledImages& images) const {
    if (!uses_learned_labels()) return {};
    const auto shares = read_tensors(images_->file(kSoftLabels)).at(0).second;
    const std::vector<int64_t> wanted{images.size(), static_cast<int64_t>(images.classes.size())};
    if (shares.sizes() != at::IntArrayRef(wanted))
      throw Error(ErrorKind::data, std::string(kSoftLabels) + " holds " + c10::str(shares.sizes()) +
                                       ", the images need " + c10::str(at::IntArrayRef(wanted)));
    return shares;
  }

  double learned_lr() const {
    const auto found = images_->meta.find("learning_rate");
    if (found == images_->meta.end())
      throw Error(ErrorKind::user,
                  "\"learned_lr\" is true, but no learning rate was learned with the images (distill.mtt and "
                  "distill.tesla do): set \"lr\"");
    return *found;
  }

  void report(Run& run, const nn::Model& model, const LabelledViews& views, const vision::DataSet& test,
              const train::Curves& curves) {
    const auto answers = train::answers(model, test);
    std::map<std::string, double> metrics;
    metrics["accuracy_last"] = train::accuracy(answers.logits, test.labels());
    metrics["accuracy_best"] = metrics["accuracy_last"];
    metrics["accuracy_best_epoch"] = static_cast<double>(loop_.epochs);
    if (const auto found = curves.all().find("accuracy"); found != curves.all().end())
      for (const auto& [epoch, value] : found->second)
        if (value > metrics["accuracy_best"]) {
          metrics["accuracy_best"] = value;
          metrics["accuracy_best_epoch"] = static_cast<double>(epoch);
        }
    metrics["accuracy_prefix_best"] = prefix_best(answers.logits, test.labels());
    if (const auto found = curves.all().find("accuracy_prefix_best"); found != curves.all().end())
      for (const auto& [epoch, value] : found->second)
        metrics["accuracy_prefix_best"] = std::max(metrics["accuracy_prefix_best"], value);
    const double carried = uses_learned_labels() ? file_bytes(images_->file(kSoftLabels)) : 0;
    metrics["image_bytes"] = images_->meta.value("bytes", bytes_of(*images_) - carried);
    metrics["label_bytes"] = labels_.present() ? bytes_of(*labels_) : carried;
    if (learned_lr_) metrics["learned_lr"] = loop_.lr;
    metrics["student_steps"] = static_cast<double>(views.steps() * loop_.epochs);
    const double before = labels_.present() ? labels_->meta.value("teacher_images", 0.0) : 0;
    metrics["teacher_images"] = before + static_cast<double>(views.teacher_images() * loop_.epochs);
    train::write_metrics(metrics_, metrics);
    curves.write(curves_);
    train::write_predictions(predictions_, answers.logits, test.labels());
    state_made_of(predictions_, "images", *test_);
    if (loop_.epochs == 0) return;  // a student that was not to learn
    if (const std::string doubt = doubt_about(answers.logits, test.labels()); !doubt.empty())
      run.warn(doubt + ". First to try: more \"epochs\" (" + std::to_string(loop_.epochs) + ", " +
               std::to_string(views.steps() * loop_.epochs) + " steps), another \"lr\" (" + Json(loop_.lr).dump() +
               "); then the images and labels it learnt from");
  }

  static double bytes_of(const Artifact& artifact) {
    double bytes = 0;
    for (const auto& [name, path] : artifact.files) bytes += file_bytes(path);
    return bytes;
  }
  static double file_bytes(const std::filesystem::path& path) {
    return static_cast<double>(std::filesystem::file_size(path));
  }

  static constexpr const char* kSoftLabels = "soft_labels.safetensors";

  Input images_, labels_, test_;
  Output metrics_, curves_, predictions_;
  Component<nn::Network> network_{R"({"type": "resnet18"})"};
  train::LoopSettings loop_;
  Component<vision::Augmentation> augmentation_{R"({"type": "standard", "preset": "crop_flip"})"};
  relabel::Mixing mixing_;
  LossSettings loss_;
  std::string image_labels_ = "learned";
  bool learned_lr_ = false;
  std::optional<double> ema_;
  std::optional<std::string> normalization_;
  int64_t test_every_ = 10;
  bool cuda_graph_ = true;
};

}  // namespace

RETORT_PLUGIN(Student, "evaluate.student")

// Self-supervised pre-training: the squeeze of SC-DD. The method is a component; data, views, optimiser, schedule,
// precision, checkpoints and monitors are here. Labels are only looked at by the monitors. Defaults are those of the
// MoCo CIFAR demo (SSL.md 3.1), which SC-DD's published settings for CIFAR-100 agree with (METHODS.md 2.3.1).
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <sdk/node.h>

#include <set>

#include "core/error.h"
#include "nn/model.h"
#include "train/accuracy.h"
#include "train/batches.h"
#include "train/collapse.h"
#include "train/knn.h"
#include "train/online_probe.h"
#include "train/spectrum.h"
#include "train/ssl_method.h"
#include "train/tenth.h"
#include "train/training_node.h"
#include "train/untrained.h"
#include "train/view_loader.h"
#include "vision/augmentation.h"
#include "vision/draw.h"

namespace {

using namespace retort;
using namespace retort::train;

constexpr int64_t kNeighbours = 200;
constexpr double kTemperature = 0.1;
constexpr const char* kUntrained = "knn_untrained";  // of fewer images and neighbours than knn_accuracy (untrained.h)

LoopSettings defaults() {
  LoopSettings settings;
  settings.epochs = 200;
  settings.batch = 512;
  settings.lr = 0.06;
  settings.optimizer.weight_decay = 5e-4;
  return settings;
}

class PretrainSsl final : public Node {
  TrainingNode node_{defaults()};
  Output encoder_;
  Component<SslMethod> method_{R"({"type": "moco_v2"})"};
  Components<vision::Augmentation> views_{R"([{"type": "standard", "preset": "moco_cifar", "count": 2}])"};
  std::optional<double> online_probe_;
  std::set<std::string> doubted_;  ///< kinds of doubts that were told

 public:
  void declare(Declare& d) override {
    d.about("Train an encoder by self-supervision");
    node_.declare(d, "The backbone",
                  "Images the nearest-neighbour monitor asks about; by default a tenth of each class of data");
    d.output("encoder", encoder_, "encoder", "The backbone after the last epoch").facts_of("data");
    d.component("method", method_, "What is learnt");
    d.component("views", views_, "Random views of each image, in the method's order: those that assign or teach first");
    d.param("online_probe", online_probe_,
            "Rate of a linear classifier that learns beside, on the features of each step")
        .greater_than(0);
  }

  void run(Run& run) override {
    const vision::DataSet data = node_.training_data(run);
    const Neighbours neighbours(data, node_.val, node_.decoders);
    Batches batches(data.size(), node_.settings.batch, /*drop_last=*/true,
                    [&](int64_t epoch) { return run.stream("order", static_cast<uint64_t>(epoch)); });
    const auto network = node_.shared_network();
    const SslSetup setup = start(run, network, data, batches);
    SslWatch& watch = *setup.watch;
    const nn::Model model(network, method_->exported(), {}, data.normalization(), data.image_size());
    ViewLoader loader(data, data.normalization(), batches.steps(), node_.settings.epochs,
                      [&](int64_t epoch, int64_t step) -> ViewRequest {
                        return {batches.indices(epoch, step), drawn_views(run, epoch, step)};
                      });

    Curves curves(run);
    const int64_t epochs = node_.settings.epochs;
    std::optional<UntrainedNeighbours> untrained;
    if (epochs > 0) {
      untrained.emplace(data, neighbours.held(), epochs);
      curves.add(kUntrained, 0, untrained->look(model));
    }
    StepViews seen;
    SslStep step;
    Task task;
    task.groups = method_->groups();
    task.state = method_->state();
    std::optional<OnlineProbe> probe;
    if (online_probe_) {
      probe.emplace(setup.feature_size, static_cast<int64_t>(data.classes().size()), *online_probe_,
                    setup.backbone.parameters().at(0));
      for (const auto& each : probe->state()) task.state.push_back(each);
    }
    task.curves = &curves;
    task.loss = [&](const Position& at) {
      watch.features.clear(), watch.embeddings.clear();
      watch.noise = vision::make_generator(stream(run, "drop path", at.epoch, at.step));
      seen = loader(at);
      step = {seen.views, at, vision::make_generator(stream(run, "method", at.epoch, at.step))};
      return method_->loss(step);
    };
    task.after_backward = [&](const Position&) { method_->after_backward(step); };
    task.after_step = [&](const Position&) {
      method_->after_step(step);
      if (probe) learn(*probe, watch, seen.labels);
    };
    const auto look = [&](int64_t epoch) {
      neighbours.look(model, epoch, curves);
      const auto monitors = monitors_now();
      look_for_collapse(run, watch, monitors, epoch, curves);
      for (const auto& [kind, text] : doubts_about(monitors, epoch, curves.all().at("knn_accuracy")))
        if (doubted_.insert(kind).second) run.warn("epoch " + std::to_string(epoch) + ": " + text);
    };
    task.after_epoch = [&](const EpochReport& report) {
      for (const auto& [name, value] : monitors_now()) curves.add(name, report.epoch, value);
      if (probe) curves.add("online_accuracy", report.epoch, probe->take_accuracy());
      if (report.epoch % node_.check_every == 0) look(report.epoch);
    };
    task.at_end = [&] {
      if (epochs == 0) neighbours.look(model, 0, curves);
      if (epochs % node_.check_every != 0) look(epochs);
      if (untrained) compare(run, *untrained, model, curves);
    };
    train::train(run, task, node_.settings, batches.steps());
    finish(model, curves);
  }

 private:
  /// Told once, of the end; the first look survives an interruption with the other curves.
  void compare(Run& run, const UntrainedNeighbours& untrained, const nn::Model& model, const Curves& curves) const {
    const double before = curves.all().at(kUntrained).front().second;
    if (const std::string doubt = untrained.doubt(before, untrained.look(model)); !doubt.empty())
      run.warn(doubt + ". First to try: a \"lr\" (" + Json(node_.settings.lr).dump() +
               ") and \"views\" meant for this \"batch\" (" + std::to_string(node_.settings.batch) +
               ") and image size, more \"epochs\" (" + std::to_string(node_.settings.epochs) + ")");
  }

  /// Nearest neighbours among clean training images, and how many dimensions their features use.
  class Neighbours {
   public:
    Neighbours(const vision::DataSet& data, const Input& val, std::optional<int64_t> decoders)
        : data_(data), tenth_(tenth_of_each_class(data.labels())) {
      if (val.present()) held_.emplace(*val, decoders);
    }
    const vision::DataSet* held() const { return held_ ? &*held_ : nullptr; }

    void look(const nn::Model& model, int64_t epoch, Curves& curves) const {
      auto known = answers(model, data_, 500, true).features, asked = known;
      auto known_labels = data_.labels().cpu(), asked_labels = known_labels;
      if (held_) {
        asked = answers(model, *held_, 500, true).features, asked_labels = held_->labels().cpu();
      } else {
        asked = rows(asked, tenth_.apart), asked_labels = rows(asked_labels, tenth_.apart);
        known = rows(known, tenth_.kept), known_labels = rows(known_labels, tenth_.kept);
      }
      const auto classes = static_cast<int64_t>(data_.classes().size());
      const auto scores = knn_scores(asked, known, known_labels, classes, kNeighbours, kTemperature);
      curves.add("knn_accuracy", epoch, accuracy(scores, asked_labels));
      curves.add("effective_rank", epoch, effective_rank(asked.narrow(0, 0, std::min<int64_t>(asked.size(0), 2000))));
    }

   private:
    const vision::DataSet& data_;
    Tenth tenth_;
    std::optional<vision::DataSet> held_;
  };

  static uint64_t stream(const Run& run, const std::string& purpose, int64_t epoch, int64_t step) {
    return run.stream(purpose, static_cast<uint64_t>(epoch), static_cast<uint64_t>(step));
  }

  std::map<std::string, double> monitors_now() {
    std::map<std::string, double> monitors;
    for (const auto& [name, value] : method_->monitors()) monitors[name] = value.item<double>();
    return monitors;
  }

  static void learn(OnlineProbe& probe, const SslWatch& watch, const at::Tensor& labels) {
    const auto views = by_view(watch.features, labels.size(0));
    if (views.empty()) return;
    probe.learn(at::cat(views), labels.repeat({static_cast<int64_t>(views.size())}));
  }

  /// Of the last step. A collapse is told once, in words, and counted in the curve "collapsed".
  void look_for_collapse(Run& run, const SslWatch& watch, const std::map<std::string, double>& monitors, int64_t epoch,
                         Curves& curves) const {
    const auto views = by_view(watch.embeddings, node_.settings.batch);
    if (views.empty()) return;
    const Health health = health_of(views);
    for (const auto& [name, value] : metrics_of(health)) curves.add(name, epoch, value);
    const std::string trouble = collapse_in(health, monitors);
    const auto before = curves.all().find("collapsed");
    const bool told = before != curves.all().end() && before->second.back().second > 0;
    curves.add("collapsed", epoch, trouble.empty() ? 0 : 1);
    if (trouble.empty() || told) return;
    run.warn("epoch " + std::to_string(epoch) + ": " + trouble + ". First to try: a lower \"lr\" (it is " +
             Json(node_.settings.lr).dump() + ")");
  }

  SslSetup start(Run& run, const std::shared_ptr<const nn::Network>& network, const vision::DataSet& data,
                 const Batches& batches) {
    SslSetup setup;
    setup.watch = std::make_shared<SslWatch>();
    check_sizes(data.image_size());
    for (const auto& view : views_)
      setup.view_sizes.insert(setup.view_sizes.end(), static_cast<size_t>(view->count()),
                              view->size(data.image_size()));
    if (static_cast<int64_t>(setup.view_sizes.size()) < method_->views_needed())
      throw Error(ErrorKind::user, "\"views\" gives " + std::to_string(setup.view_sizes.size()) +
                                       " views, the method needs " + std::to_string(method_->views_needed()));
    setup.network = network;
    setup.backbone = nn::initialise(*network, data.channels(), data.image_size(), 0, run.stream("weights"))
                         .to(device_of(run), at::kFloat)
                         .channels_last();
    setup.feature_size = feature_size(*network, setup.backbone, data.image_size());
    setup.backbone.require_grad(true);
    setup.batch = node_.settings.batch;
    setup.steps = batches.steps();
    setup.epochs = node_.settings.horizon();
    setup.stream = [&run](const std::string& purpose) { return run.stream(purpose); };
    setup.warn = [&run](const std::string& text) { run.warn(text); };
    method_->start(setup);
    return setup;
  }

  void check_sizes(int64_t image_size) {
    for (size_t i = 0; i < views_.size(); ++i) {
      if (views_[i].size(image_size) <= image_size) continue;
      throw Error(ErrorKind::user, "\"views[" + std::to_string(i) + "].size\" " +
                                       std::to_string(views_[i].size(image_size)) +
                                       " is larger than the images, which have " + std::to_string(image_size) +
                                       " pixels: a crop cannot show more than there is; take at most that");
    }
  }

  static int64_t feature_size(const nn::Network& network, const nn::Weights& weights, int64_t size) {
    const at::NoGradGuard no_grad;
    nn::Pass pass(weights, nn::PassOptions{});
    return network.features(pass, at::zeros({1, 3, size, size}, weights.parameters().at(0).options())).size(1);
  }

  std::vector<View> drawn_views(const Run& run, int64_t epoch, int64_t step) {
    std::vector<View> views;
    for (const auto& view : views_) {
      for (int64_t i = 0; i < view->count(); ++i)
        views.push_back({&*view, stream(run, "view " + std::to_string(views.size()), epoch, step)});
    }
    return views;
  }

  void finish(const nn::Model& model, const Curves& curves) {
    std::map<std::string, double> metrics;
    for (const auto& [name, points] : curves.all()) {
      if (name != "lr") metrics[name] = points.back().second;
    }
    Json views = Json::array();
    for (const auto& view : views_) views.push_back(view->origin());
    model.write(encoder_, {{"by", "pretrain.ssl"},
                           {"method", method_->origin()},
                           {"views", views},
                           {"epochs", node_.settings.epochs},
                           {"batch", node_.settings.batch}});
    write_tensors(encoder_.file("heads.safetensors"), method_->heads());
    curves.write(node_.curves);
    write_metrics(node_.metrics, metrics);
  }
};

}  // namespace

RETORT_PLUGIN(PretrainSsl, "pretrain.ssl")

// Puts a linear head on a frozen encoder ("alignment" in SC-DD). The backbone stays in eval mode and unchanged to the
// bit, so that the BatchNorm statistics that recovery reads are those of its own training. Defaults are MoCo's
// (SSL.md 4.1).
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <sdk/node.h>

#include <algorithm>
#include <cstdio>

#include "core/error.h"
#include "held_out.h"
#include "nn/model.h"
#include "protocols.h"
#include "temperature.h"
#include "train/accuracy.h"
#include "train/batches.h"
#include "train/device.h"
#include "train/loop.h"
#include "train/loss.h"
#include "train/view_loader.h"
#include "vision/augmentation.h"
#include "vision/draw.h"

namespace {

using namespace retort;
using namespace retort::train;

LoopSettings defaults() {
  LoopSettings settings;
  settings.epochs = 100;
  settings.batch = 256;
  settings.lr = 30;
  settings.schedule.type = "step";
  settings.schedule.milestones = {60, 80};
  return settings;
}

/// One head of several that are trained side by side at different rates.
struct Head {
  double lr;
  nn::Weights weights;  ///< backbone shared, head its own
};

class LinearProbe final : public Node {
  Input data_, encoder_, val_;
  Output classifier_, curves_, metrics_;
  Component<vision::Augmentation> augment_{R"({"type": "standard", "preset": "resized_crop_flip"})"};
  LoopSettings settings_ = defaults();
  std::optional<std::string> protocol_;
  bool cached_ = false;
  double head_std_ = 0.01;
  int64_t blocks_ = 1;
  std::vector<double> lr_grid_;
  std::string choose_ = "nll";
  bool calibrate_ = false;
  std::optional<int64_t> decoders_;

 public:
  void declare(Declare& d) override {
    d.about("Train a linear classifier on a frozen encoder");
    d.random();
    d.numeric();
    d.input("data", data_, "dataset", "Labelled images to learn from");
    d.input("encoder", encoder_, "encoder", "The backbone, which stays as it is").also("classifier");
    d.input("val", val_, "dataset",
            "Held-out images that choose among rates and calibrate: the port val of a data set with val_per_class")
        .optional();
    d.output("classifier", classifier_, "classifier", "Backbone and head").facts_of("data");
    d.output("curves", curves_, "curves", "Loss and learning rate over epochs");
    d.output("metrics", metrics_, "metrics",
             "Accuracies and cross entropies (nll, in nats), the rate that was chosen, calibration_temperature");
    d.component("augment", augment_, "Random views of the images, unless features are cached");
    settings_.declare(d);
    d.param("protocol", protocol_,
            "A published recipe: fixes optimiser, rate (scaled to the batch), decay and schedule")
        .one_of(probe::protocol_names());
    d.param("cached", cached_, "Compute the features once, of plain images: much faster, a little worse");
    d.param("head_std", head_std_, "Standard deviation of the head's first weights").at_least(0);
    d.param("blocks", blocks_, "A transformer's last blocks whose class tokens are the features; DINO's: 4")
        .at_least(1)
        .neutral(1);
    d.param("lr_grid", lr_grid_, "Rates tried side by side instead of lr; val chooses").greater_than(0);
    d.param("choose", choose_, "By what val chooses among rates: least cross entropy, or most right answers")
        .one_of({"nll", "accuracy"});
    d.param("calibrate", calibrate_,
            "Divide the head by the temperature of least cross entropy on val (without val: on a tenth of each class "
            "of data, which is not trained on then); changes no answer, but what recovery sees")
        .neutral(false);
    vision::declare_decoders(d, decoders_);
  }

  void run(Run& run) override {
    if (protocol_) apply_protocol();
    if (lr_grid_.size() > 1 && !val_.present())
      throw Error(ErrorKind::user, "\"lr_grid\" has " + std::to_string(lr_grid_.size()) +
                                       " rates and nothing to choose one by: link \"val\" (the port val of the data "
                                       "set, which its \"val_per_class\" cuts from the training images)");
    auto [learnt, held] = probe::with_held_out(vision::DataSet(*data_, decoders_), val_, calibrate_, decoders_);
    const auto data = learnt.to(device_of(run));
    const auto classes = static_cast<int64_t>(data.classes().size());
    const auto backbone = encoder(run).to(device_of(run), at::kFloat);
    const nn::Model frozen(backbone.shared_network(), backbone.weights(), {}, backbone.normalization(),
                           backbone.image_size());
    const auto rates = lr_grid_.empty() ? std::vector{settings_.lr} : lr_grid_;
    auto heads = make_heads(run, backbone, classes, data.channels(), rates);

    const auto cache = cached_ ? answers(frozen, data, 500, true).features.to(device_of(run)) : at::Tensor();
    Batches batches(data.size(), settings_.batch, false,
                    [&](int64_t epoch) { return run.stream("order", static_cast<uint64_t>(epoch)); });
    ViewLoader views(data, frozen.normalization(), batches.steps(), settings_.epochs,
                     one_view(run, batches, *augment_));
    /// Features of a step's images and their labels.
    const auto seen = [&](const Position& at) -> std::pair<at::Tensor, at::Tensor> {
      const at::NoGradGuard no_grad;
      if (cached_) {
        const auto indices = batches.indices(at.epoch, at.step);
        return {rows(cache, indices), rows(data.labels(), indices)};
      }
      const auto step = views(at);
      return {frozen(step.views[0]).features, step.labels};
    };
    Curves curves(run);
    Task task;
    task.curves = &curves;
    for (size_t i = 0; i < heads.size(); ++i) {
      auto group = head_group(heads[i], backbone.network(), "head" + std::to_string(i) + ".");
      task.state.insert(task.state.end(), group.parameters.begin(), group.parameters.end());
      task.groups.push_back(std::move(group));
    }
    task.loss = [&](const Position& at) {
      const auto [features, labels] = seen(at);
      at::Tensor sum;
      for (const auto& head : heads) {
        const auto one = cross_entropy(logits(backbone.network(), head, features, classes), labels);
        sum = sum.defined() ? sum + one : one;
      }
      return sum;
    };
    train::train(run, task, settings_, batches.steps());
    finish(run, backbone, heads, data, held, curves);
  }

 private:
  /// The encoder; with "blocks", as a network whose features are those of so many.
  nn::Model encoder(Run& run) const {
    nn::Model model = nn::Model::read(*encoder_, run);
    if (blocks_ == 1) return model;
    constexpr const char* kBlocks = "feature_blocks";
    Json architecture = encoder_->meta.at("architecture");
    Declare declared;
    const auto as_it_is = run.component(nn::Network::kKind, architecture);
    as_it_is->declare_all(declared);
    const auto params = declared.spec(nn::Network::kKind, architecture.at("type")).params;
    if (std::none_of(params.begin(), params.end(), [&](const ParamSpec& each) { return each.name == kBlocks; }))
      throw Error(ErrorKind::user, "\"blocks\" " + std::to_string(blocks_) +
                                       " asks for a transformer's blocks; the encoder is a " +
                                       architecture.at("type").get<std::string>() + ": leave it out");
    architecture["params"][kBlocks] = blocks_;
    const std::shared_ptr<Plugin> wider = run.component(nn::Network::kKind, architecture);
    return nn::Model(std::dynamic_pointer_cast<const nn::Network>(wider), model.without_head().weights(), {},
                     model.normalization(), model.image_size());
  }

  void apply_protocol() {
    if (!lr_grid_.empty())
      throw Error(ErrorKind::user, "\"protocol\" \"" + *protocol_ +
                                       "\" fixes the rate, and the graph gives \"lr_grid\" too: "
                                       "leave out one or the other");
    probe::apply_protocol(*protocol_, defaults(), settings_);
  }

  std::vector<Head> make_heads(Run& run, const nn::Model& backbone, int64_t classes, int64_t channels,
                               const std::vector<double>& rates) const {
    std::vector<Head> heads;
    for (double rate : rates) {
      const auto fresh = nn::initialise(backbone.network(), channels, backbone.image_size(), classes, 0);
      auto random = vision::make_generator(run.stream("head"));  // the same start for all rates
      Head head{rate, {}};
      for (const auto& entry : fresh.all()) {
        const bool own = entry.name.starts_with(backbone.network().head_name() + ".");
        auto value = own ? start_of(entry.value, random).to(device_of(run)) : backbone.weights().at(entry.name);
        head.weights.add(entry.name, value.detach().requires_grad_(own), entry.buffer);
      }
      heads.push_back(std::move(head));
    }
    return heads;
  }

  at::Tensor start_of(const at::Tensor& like, at::Generator& random) const {
    if (like.dim() < 2) return at::zeros_like(like);
    return at::randn(like.sizes(), random, at::kFloat).mul_(head_std_);
  }

  ParameterGroup head_group(const Head& head, const nn::Network& network, const std::string& prefix) const {
    ParameterGroup group;
    group.lr_scale = settings_.lr > 0 ? head.lr / settings_.lr : 1;
    for (const auto& entry : head.weights.all()) {
      if (entry.name.starts_with(network.head_name() + "."))
        group.parameters.emplace_back(prefix + entry.name, entry.value);
    }
    return group;
  }

  static at::Tensor logits(const nn::Network& network, const Head& head, const at::Tensor& features, int64_t classes) {
    nn::Pass pass(head.weights, nn::PassOptions{});
    return network.logits(pass, features, classes);
  }

  /// What a head answers to held-out images; with "calibrate" it is divided by its temperature first.
  struct Held {
    double accuracy = 0, nll = 0;
    std::optional<double> temperature;
  };

  Held look_at_held_out(Run& run, Head& head, const nn::Model& model, const vision::DataSet& held) const {
    const auto logits = answers(model, held).logits;
    const auto labels = held.labels().cpu();
    Held found;
    found.accuracy = accuracy(logits, labels);
    if (calibrate_) found.temperature = probe::best_temperature(logits, labels);
    if (calibrate_ && !found.temperature)
      run.warn("the head of \"lr\" " + Json(head.lr).dump() + " is not calibrated: " +
               (found.accuracy == 100 ? "all " + std::to_string(held.size()) +
                                            " held-out images are right, and the larger its logits, the less their "
                                            "cross entropy. More held-out images (\"val_per_class\") would tell"
                                      : "on held-out images it is no better than chance at any temperature"));
    const double temperature = found.temperature.value_or(1);
    found.nll = probe::cross_entropy_of(logits, labels, temperature);
    if (temperature != 1) scale(head, model.network(), 1 / temperature);
    return found;
  }

  static void scale(Head& head, const nn::Network& network, double factor) {
    const at::NoGradGuard no_grad;
    for (const auto& entry : head.weights.all())
      if (entry.name.starts_with(network.head_name() + ".")) at::Tensor(entry.value).mul_(factor);
  }

  void finish(Run& run, const nn::Model& backbone, std::vector<Head>& heads, const vision::DataSet& data,
              const std::optional<vision::DataSet>& held, const Curves& curves) {
    const auto model_of = [&](const Head& head) {
      return nn::Model(backbone.shared_network(), head.weights, data.classes(), backbone.normalization(),
                       backbone.image_size());
    };
    std::map<std::string, double> metrics;
    const Head* best = &heads.front();
    std::optional<Held> chosen;
    for (size_t i = 0; held && i < heads.size(); ++i) {
      const Held found = look_at_held_out(run, heads[i], model_of(heads[i]), *held);
      const bool better =
          choose_ == "accuracy" ? chosen && found.accuracy > chosen->accuracy : chosen && found.nll < chosen->nll;
      if (chosen && !better) continue;
      chosen = found;
      best = &heads[i];
    }
    if (chosen) metrics["val_accuracy"] = chosen->accuracy, metrics["val_nll"] = chosen->nll;
    if (calibrate_) metrics["calibration_temperature"] = chosen->temperature.value_or(1);
    const auto logits = answers(model_of(*best), data).logits;
    const auto labels = data.labels().cpu();
    metrics["train_accuracy"] = accuracy(logits, labels);
    metrics["train_nll"] = probe::cross_entropy_of(logits, labels);
    metrics["lr"] = best->lr;
    doubt(run, metrics["train_nll"], probe::prior_cross_entropy(labels, static_cast<int64_t>(data.classes().size())));
    const Json encoder = encoder_->meta.value("trained", Json::object());
    Json trained = {{"by", "probe.linear"},
                    {"encoder", encoder},
                    {"epochs", settings_.epochs},
                    {"lr", best->lr},
                    {"protocol", protocol_ ? Json(*protocol_) : Json()}};
    if (calibrate_) trained["calibration_temperature"] = metrics["calibration_temperature"];
    model_of(*best).write(classifier_, trained);
    curves.write(curves_);
    write_metrics(metrics_, metrics);
  }

  /// A head that is sure and wrong: recovery from it would follow cross entropy alone.
  void doubt(Run& run, double found, double prior) const {
    if (settings_.epochs == 0 || found <= prior) return;
    char text[160];
    std::snprintf(text, sizeof text,
                  "the head's cross entropy on training images is %.3g, above the %.3g of answering with the shares of "
                  "the classes",
                  found, prior);
    run.warn(std::string(text) + ": its logits are too large. First to try: \"calibrate\": true, a lower \"lr\" (" +
             Json(settings_.lr).dump() + "), \"protocol\": \"lightly\"");
  }
};

}  // namespace

RETORT_PLUGIN(LinearProbe, "probe.linear")

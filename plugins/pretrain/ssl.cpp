// Self-supervised pre-training: the squeeze of SC-DD. The method is a component; data, views, optimiser, schedule,
// precision, checkpoints and monitors are here. Labels are only looked at by the monitors. Defaults are those of the
// MoCo CIFAR demo (ssl.md 3.1), which SC-DD's published settings for CIFAR-100 agree with (methods.md 2.3.1).
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <sdk/node.h>

#include "core/error.h"
#include "nn/model.h"
#include "train/accuracy.h"
#include "train/batches.h"
#include "train/knn.h"
#include "train/resident.h"
#include "train/spectrum.h"
#include "train/ssl_method.h"
#include "vision/augmentation.h"
#include "vision/draw.h"

namespace {

using namespace retort;
using namespace retort::train;

constexpr int64_t kNeighbours = 200;
constexpr double kTemperature = 0.1;

LoopSettings defaults() {
  LoopSettings settings;
  settings.epochs = 200;
  settings.batch = 512;
  settings.lr = 0.06;
  settings.optimizer.weight_decay = 5e-4;
  return settings;
}

class PretrainSsl final : public Node {
  Input data_, val_;
  Output encoder_, curves_, metrics_;
  Component<nn::Network> network_{R"({"type": "resnet18"})"};
  Component<SslMethod> method_{R"({"type": "moco_v2"})"};
  Components<vision::Augmentation> views_{R"([{"type": "standard", "preset": "moco_cifar", "count": 2}])"};
  LoopSettings settings_ = defaults();
  int64_t check_every_ = 10;

 public:
  void declare(Declare& d) override {
    d.about("Train an encoder by self-supervision");
    d.random();
    d.numeric();
    d.input("data", data_, "dataset", "Images to learn from; their labels are not used for learning");
    d.input("val", val_, "dataset", "Images the nearest-neighbour monitor asks about; by default a tenth of data")
        .optional();
    d.output("encoder", encoder_, "encoder", "The backbone after the last epoch").facts_of("data");
    d.output("curves", curves_, "curves", "Loss, learning rate and monitors over epochs");
    d.output("metrics", metrics_, "metrics", "Their last values");
    d.component("network", network_, "The backbone");
    d.component("method", method_, "What is learnt");
    d.component("views", views_, "Random views of each image, in the method's order: those that assign or teach first");
    settings_.declare(d);
    d.param("check_every", check_every_, "Epochs between looks at nearest neighbours; the last epoch always")
        .at_least(1);
  }

  void run(Run& run) override {
    const Resident data(*data_, run);
    const Monitor monitor(data.data(), val_);
    Batches batches(data.size(), settings_.batch, /*drop_last=*/true,
                    [&](int64_t epoch) { return run.stream("order", static_cast<uint64_t>(epoch)); });
    const std::shared_ptr<const nn::Network> network(&*network_, [](const nn::Network*) {});
    start(run, network, data, batches);
    const nn::Model model(network, method_->exported(), {}, data.data().normalization, data.image_size());

    Curves curves(run);
    std::vector<at::Tensor> views;
    SslStep step;
    Task task;
    task.groups = method_->groups();
    task.state = method_->state();
    task.curves = &curves;
    task.loss = [&](const Position& at) {
      views = draw_views(run, data, batches.indices(at.epoch, at.step), at);
      step = {views, at, vision::make_generator(stream(run, "method", at))};
      return method_->loss(step);
    };
    task.after_backward = [&](const Position&) { method_->after_backward(step); };
    task.after_step = [&](const Position&) { method_->after_step(step); };
    task.after_epoch = [&](const EpochReport& report) {
      for (const auto& [name, value] : method_->monitors()) curves.add(name, report.epoch, value.item<double>());
      if (report.last || report.epoch % check_every_ == 0) monitor.look(model, report.epoch, curves);
    };
    train::train(run, task, settings_, batches.steps());
    if (settings_.epochs == 0) monitor.look(model, 0, curves);
    finish(model, curves);
  }

 private:
  /// Nearest neighbours among clean training images, and how many dimensions their features use.
  class Monitor {
   public:
    Monitor(const LabelledImages& data, const Input& val) : bank_(data), queries_(data) {
      if (val.present()) {
        queries_ = read_images(*val);
        return;
      }
      const int64_t asked = std::max<int64_t>(1, data.size() / 10), kept = data.size() - asked;
      queries_.images = data.images.narrow(0, kept, asked), queries_.labels = data.labels.narrow(0, kept, asked);
      bank_.images = data.images.narrow(0, 0, kept), bank_.labels = data.labels.narrow(0, 0, kept);
    }
    void look(const nn::Model& model, int64_t epoch, Curves& curves) const {
      const auto known = answers(model, bank_, 500, true).features,
                 asked = answers(model, queries_, 500, true).features;
      const auto classes = static_cast<int64_t>(bank_.classes.size());
      const auto scores = knn_scores(asked, known, bank_.labels.cpu(), classes, kNeighbours, kTemperature);
      curves.add("knn_accuracy", epoch, accuracy(scores, queries_.labels.cpu()));
      curves.add("effective_rank", epoch, effective_rank(asked.narrow(0, 0, std::min<int64_t>(asked.size(0), 2000))));
    }

   private:
    LabelledImages bank_, queries_;
  };

  static uint64_t stream(const Run& run, const std::string& purpose, const Position& at) {
    return run.stream(purpose, static_cast<uint64_t>(at.epoch), static_cast<uint64_t>(at.step));
  }

  void start(Run& run, const std::shared_ptr<const nn::Network>& network, const Resident& data,
             const Batches& batches) {
    SslSetup setup;
    for (const auto& view : views_)
      setup.view_sizes.insert(setup.view_sizes.end(), static_cast<size_t>(view->count()),
                              view->size(data.image_size()));
    if (static_cast<int64_t>(setup.view_sizes.size()) < method_->views_needed())
      throw Error(ErrorKind::user, "\"views\" gives " + std::to_string(setup.view_sizes.size()) +
                                       " views, the method needs " + std::to_string(method_->views_needed()));
    const int64_t channels = data.data().images.size(1);
    setup.network = network;
    setup.backbone = nn::initialise(*network, channels, data.image_size(), 0, run.stream("weights"))
                         .to(device_of(run), at::kFloat)
                         .channels_last();
    setup.feature_size = feature_size(*network, setup.backbone, data.image_size());
    setup.backbone.require_grad(true);
    setup.batch = settings_.batch;
    setup.steps = batches.steps();
    setup.epochs = settings_.epochs;
    setup.stream = [&run](const std::string& purpose) { return run.stream(purpose); };
    method_->start(setup);
  }

  static int64_t feature_size(const nn::Network& network, const nn::Weights& weights, int64_t size) {
    const at::NoGradGuard no_grad;
    nn::Pass pass(weights, nn::PassOptions{});
    return network.features(pass, at::zeros({1, 3, size, size}, weights.parameters().at(0).options())).size(1);
  }

  std::vector<at::Tensor> draw_views(const Run& run, const Resident& data, const at::Tensor& indices,
                                     const Position& at) {
    std::vector<at::Tensor> views;
    for (const auto& view : views_) {
      for (int64_t i = 0; i < view->count(); ++i)
        views.push_back(data.views(indices, *view, stream(run, "view " + std::to_string(views.size()), at)));
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
                           {"epochs", settings_.epochs},
                           {"batch", settings_.batch}});
    write_tensors(encoder_.file("heads.safetensors"), method_->heads());
    curves.write(curves_);
    write_metrics(metrics_, metrics);
  }
};

}  // namespace

RETORT_PLUGIN(PretrainSsl, "pretrain.ssl")

// Our half of tests/bench/steps.py: bench_steps recover|train|launched WIDTH BATCH THREADS wall|cpu cpu|cuda. For each
// line "N" on standard input it does N steps and prints the seconds of each, so that the two halves can take turns on
// one machine.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <chrono>
#include <ctime>
#include <functional>
#include <iostream>

#include "core/error.h"
#include "nn/model.h"
#include "nn/resnet.h"
#include "train/optimizer.h"
#include "train/step_graph.h"

namespace {

using namespace retort;

constexpr int64_t kClasses = 100, kSize = 32;

class NoComponents : public ComponentSource {
 public:
  std::unique_ptr<Plugin> make(const std::string&, const std::string&) override { return nullptr; }
  std::string code_of(const std::string&, const std::string&) override { return ""; }
};

class ResNet18 : public nn::ResNet {
 public:
  explicit ResNet18(int64_t width) : ResNet(Block::basic, {2, 2, 2, 2}) {
    Declare d;
    declare_all(d);
    NoComponents none;
    RETORT_CHECK(d.bind({{"stem", "small"}, {"width", width}}, none).empty());
  }
  void declare(Declare& d) override { declare_shared(d); }
};

nn::Model model_of_width(int64_t width, at::Device device) {
  const auto network = std::make_shared<ResNet18>(width);
  const nn::Model made{network, nn::initialise(*network, 3, kSize, kClasses, 1),
                       std::vector<std::string>(kClasses, "class"), Normalization::named("cifar-A"), kSize};
  return made.to(device, at::kFloat);
}

/// One step of recover: cross entropy and SRe2L's BatchNorm loss on the images, Adam, clip (METHODS.md 1.6).
class Recover {
 public:
  Recover(int64_t width, int64_t batch, at::Device device)
      : teacher_(model_of_width(width, device).frozen()),
        canvas_(at::randn({batch, 3, kSize, kSize}).to(device).requires_grad_(true)),
        labels_(at::arange(batch).remainder(kClasses).to(device)) {
    train::OptimizerSettings settings;
    settings.type = "adam", settings.beta1 = 0.5, settings.beta2 = 0.9;
    train::ParameterGroup group;
    group.parameters = {{"images", canvas_}};
    adam_ = train::make_optimizer(settings, {group});
    options_.tap_batch_norm = true;
  }

  void step() {
    const nn::Prediction seen = teacher_(canvas_, options_);
    at::Tensor bn;
    for (const nn::BatchNormTap& tap : seen.batch_norms) {
      const auto norm = [](const at::Tensor& d) { return at::linalg_vector_norm(d, 2, at::IntArrayRef{1}).sum(); };
      const at::Tensor layer = norm(tap.mean - tap.running_mean) + norm(tap.var - tap.running_var);
      bn = bn.defined() ? bn + layer : 10 * layer;
    }
    const at::Tensor loss = at::cross_entropy_loss(seen.logits, labels_) + 0.01 * bn;
    adam_->zero();
    loss.backward();
    adam_->step(0.1, 0.1);
    at::NoGradGuard guard;
    at::Tensor images = canvas_.detach();
    teacher_.normalization().clip_(images);
  }

 private:
  nn::Model teacher_;
  at::Tensor canvas_, labels_;
  nn::PassOptions options_;
  std::unique_ptr<train::Optimizer> adam_;
};

/// One step of supervised training: cross entropy, SGD with momentum and decay.
class Train {
 public:
  Train(int64_t width, int64_t batch, at::Device device, bool record)
      : model_(model_of_width(width, device)),
        images_(at::randn({batch, 3, kSize, kSize}).to(device)),
        labels_(at::arange(batch).remainder(kClasses).to(device)) {
    model_.weights().require_grad(true);
    train::ParameterGroup group;
    for (const nn::NamedTensor& each : model_.weights().all()) {
      if (!each.buffer) group.parameters.emplace_back(each.name, each.value);
    }
    train::OptimizerSettings settings;
    settings.weight_decay = 5e-4;
    sgd_ = train::make_optimizer(settings, {group});
    options_.mode = nn::Mode::train;
    const auto loss = [this](const train::StepGraph::Tensors& inputs) {
      return at::cross_entropy_loss(model_(inputs[0], options_).logits, inputs[1]);
    };
    graph_ = std::make_unique<train::StepGraph>(loss, model_.weights().parameters(), record);
  }

  void step() {
    sgd_->zero();
    (*graph_)({images_, labels_});
    sgd_->step(0.1, 0.1);
  }

 private:
  nn::Model model_;
  at::Tensor images_, labels_;
  nn::PassOptions options_;
  std::unique_ptr<train::Optimizer> sgd_;
  std::unique_ptr<train::StepGraph> graph_;
};

double seconds_now(bool cpu) {
  if (cpu) return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void answer(bool cpu, at::Device device, const std::function<void()>& step) {
  for (int64_t count; std::cin >> count;) {
    for (int64_t i = 0; i < count; ++i) {
      const double start = seconds_now(cpu);
      step();
      if (device.is_cuda()) c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(0);
      std::cout << seconds_now(cpu) - start << (i + 1 < count ? ' ' : '\n');
    }
    std::cout.flush();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  at::set_num_threads(std::stoi(argv[4]));
  at::manual_seed(0);
  const bool cpu = std::string(argv[5]) == "cpu";
  const at::Device device(argv[6]);
  const int64_t width = std::stol(argv[2]), batch = std::stol(argv[3]);
  const std::string mode = argv[1];
  if (mode == "recover") {
    Recover recover(width, batch, device);
    answer(cpu, device, [&] { recover.step(); });
  } else {
    Train training(width, batch, device, mode == "train");
    answer(cpu, device, [&] { training.step(); });
  }
  return 0;
}

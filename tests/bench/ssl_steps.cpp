// Our half of tests/bench/ssl_steps.py: bench_ssl_steps moco_v2|swav WIDTH BATCH THREADS wall|cpu cpu|cuda. For each
// line "N" on standard input it does N steps on fixed views and prints the seconds of each.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include <chrono>
#include <ctime>
#include <iostream>

#include "core/error.h"
#include "train/ssl_method.h"
#include "vision/draw.h"

namespace {

using namespace retort;

class NoComponents : public ComponentSource {
 public:
  std::unique_ptr<Plugin> make(const std::string&, const std::string&) override { return nullptr; }
  std::string code_of(const std::string&, const std::string&) override { return ""; }
};

template <class Kind>
std::shared_ptr<Kind> plugin(const std::string& type, const Json& params) {
  const std::string file = std::string(std::getenv("RETORT_PLUGIN_PATH")) + "/" + type + ".so";
  void* library = dlopen(file.c_str(), RTLD_NOW);
  if (!library) throw Error(ErrorKind::plugin, dlerror());
  static std::vector<std::unique_ptr<Declare>> kept;
  auto* made = static_cast<const PluginDescriptor*>(dlsym(library, "retort_plugin"))->make();
  kept.push_back(std::make_unique<Declare>());
  made->declare_all(*kept.back());
  NoComponents none;
  for (const auto& problem : kept.back()->bind(params, none)) throw Error(ErrorKind::user, problem);
  return std::shared_ptr<Kind>(static_cast<Kind*>(made));
}

class Steps {
 public:
  Steps(const std::string& method, int64_t width, int64_t batch, at::Device device)
      : method_(plugin<train::SslMethod>(
            method, method == "moco_v2"
                        ? Json{{"queue", 4096}, {"splits", 1}, {"momentum", 0.99}}
                        : Json{{"hidden", 512}, {"dim", 128}, {"prototypes", 512}, {"freeze_epochs", 0}})) {
    train::SslSetup setup;
    setup.network = plugin<nn::Network>("resnet18", {{"stem", "small"}, {"width", width}});
    setup.backbone = nn::initialise(*setup.network, 3, 32, 0, 1).to(device, at::kFloat).channels_last();
    setup.backbone.require_grad(true);
    setup.feature_size = 8 * width;
    setup.batch = batch;
    setup.view_sizes =
        method == "moco_v2" ? std::vector<int64_t>{32, 32} : std::vector<int64_t>{32, 32, 16, 16, 16, 16};
    setup.steps = 1000, setup.epochs = 100;
    setup.stream = [](const std::string&) { return 1; };
    for (const int64_t side : setup.view_sizes)
      views_.push_back(at::randn({batch, 3, side, side}).to(device).contiguous(at::MemoryFormat::ChannelsLast));
    method_->start(setup);
    train::OptimizerSettings settings;
    settings.weight_decay = 5e-4;
    sgd_ = train::make_optimizer(settings, method_->groups());
  }

  void step() {
    const train::SslStep step{views_, {0, index_++, 1000, 100}, vision::make_generator(static_cast<uint64_t>(index_))};
    method_->loss(step).backward();
    method_->after_backward(step);
    sgd_->step(0.06, 0.06);
    sgd_->zero();
    method_->after_step(step);
  }

 private:
  std::shared_ptr<train::SslMethod> method_;
  std::vector<at::Tensor> views_;
  std::unique_ptr<train::Optimizer> sgd_;
  int64_t index_ = 0;
};

double seconds_now(bool cpu) {
  if (cpu) return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  at::set_num_threads(std::stoi(argv[4]));
  at::manual_seed(0);
  const bool cpu = std::string(argv[5]) == "cpu";
  const at::Device device(argv[6]);
  Steps steps(argv[1], std::stol(argv[2]), std::stol(argv[3]), device);
  for (int64_t count; std::cin >> count;) {
    for (int64_t i = 0; i < count; ++i) {
      const double start = seconds_now(cpu);
      steps.step();
      if (device.is_cuda()) c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(0);
      std::cout << seconds_now(cpu) - start << (i + 1 < count ? ' ' : '\n');
    }
    std::cout.flush();
  }
  return 0;
}

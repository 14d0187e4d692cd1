// Forgets the device in each of the ways that the stand-in must notice, and remembers it in one.
#include <ATen/ATen.h>
#include <sdk/node.h>

#include <stdexcept>

#include "train/device.h"

namespace {

class Forgetful final : public retort::Node {
  std::string how_ = "nothing";
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Sum of 0 to 5, on the device");
    d.numeric();
    d.param("forgets", how_, "What goes wrong").one_of({"nothing", "operand", "generator", "seed", "pointer"});
    d.output("out", out_, "text", "The sum");
  }

  void run(retort::Run& run) override {
    if (run.device() != "cpu" && !at::globalContext().deterministicAlgorithms())
      throw std::runtime_error("the engine did not ask for deterministic kernels");
    const at::Tensor here = at::arange(6, at::kFloat), there = here.to(retort::train::device_of(run));
    double sum = there.sum().item<double>();
    if (how_ == "operand") sum = at::cat({here, there}).sum().item<double>();
    if (how_ == "generator")
      sum += at::randn({6}, at::detail::getDefaultCPUGenerator(), there.options()).sum().item<double>();
    if (how_ == "seed") sum += at::rand({6}, there.options()).sum().item<double>();
    if (how_ == "pointer") sum += there.const_data_ptr<float>()[5];
    out_.file("text.txt") << sum;
  }
};

}  // namespace

RETORT_PLUGIN(Forgetful, "test.forgetful")

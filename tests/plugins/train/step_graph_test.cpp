// Steps that may be replayed. What needs a card is skipped without one: `./dev test` on a machine that has one runs it.
#include "train/step_graph.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

namespace retort::train {
namespace {

/// A small regression: inputs [B,4] and [B], weights [4].
struct Toy {
  explicit Toy(at::Device device) : weights(at::linspace(-1, 1, 4).to(device).requires_grad_(true)) {}

  at::Tensor weights;
  StepGraph::Forward loss = [this](const StepGraph::Tensors& inputs) {
    return (at::tanh(at::mv(inputs[0], weights)) - inputs[1]).square().mean();
  };
  StepGraph::Tensors batch(int64_t size, int64_t step) const {
    const auto x = at::arange(size * 4, at::kFloat).reshape({size, 4}).sin() * static_cast<double>(step + 1);
    return {x.to(weights.device()), at::arange(size, at::kFloat).cos().to(weights.device()), at::Tensor()};
  }
};

/// Ten steps of two sizes equal the plain ones, bit for bit. Returns how many kinds of steps were replayed at the end.
size_t compare_with_plain_steps(at::Device device) {
  Toy one(device), other(device);
  StepGraph steps(one.loss, {one.weights}, /*record=*/true);
  for (int64_t i = 0; i < 10; ++i) {
    const auto inputs = one.batch(i % 2 == 0 ? 8 : 3, i);
    const at::Tensor value = steps(inputs), wanted = other.loss(inputs);
    wanted.backward();
    EXPECT_TRUE(at::equal(value, wanted.detach())) << "step " << i;
    EXPECT_TRUE(at::equal(one.weights.grad(), other.weights.grad())) << "step " << i;
    const at::NoGradGuard no_grad;
    for (auto* toy : {&one, &other}) {
      toy->weights.sub_(0.1 * toy->weights.grad());
      toy->weights.mutable_grad().reset();
    }
  }
  EXPECT_TRUE(steps.take_trouble().empty());
  return steps.recorded();
}

TEST(StepGraph, WithoutACardItIsAPlainStep) { EXPECT_EQ(compare_with_plain_steps(at::kCPU), 0u); }

TEST(StepGraph, OnACardStepsOfEachSizeAreReplayed) {
  if (!CudaGraph::available(at::kCUDA)) GTEST_SKIP() << "no card, or built without CUDA's headers";
  EXPECT_EQ(compare_with_plain_steps(at::kCUDA), 2u);
}

TEST(StepGraph, AStepThatLooksAtAValueIsLaunchedAsEver) {
  if (!CudaGraph::available(at::kCUDA)) GTEST_SKIP() << "no card, or built without CUDA's headers";
  Toy toy(at::kCUDA);
  StepGraph steps(
      [&](const StepGraph::Tensors& inputs) {
        const at::Tensor loss = toy.loss(inputs);
        return loss.item<double>() > 1e9 ? loss * 2 : loss;
      },
      {toy.weights}, true);
  for (int64_t i = 0; i < 6; ++i) {
    const auto inputs = toy.batch(8, i);
    toy.weights.mutable_grad().reset();
    EXPECT_TRUE(at::equal(steps(inputs), toy.loss(inputs).detach())) << "step " << i;
    EXPECT_TRUE(toy.weights.grad().defined());
  }
  EXPECT_FALSE(steps.take_trouble().empty());
  EXPECT_EQ(steps.recorded(), 0u);
}

}  // namespace
}  // namespace retort::train

// Optimisers against their textbook formulas in double precision, written out here a second time.
#include "train/optimizer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace retort::train {
namespace {

at::Tensor start() { return at::tensor({0.5, -0.25, 1.0, 2.0}, at::kDouble).view({2, 2}).requires_grad_(true); }
at::Tensor gradient() { return at::tensor({0.1, 0.2, -0.3, 0.4}, at::kDouble).view({2, 2}); }

at::Tensor after(const OptimizerSettings& settings, int steps, double lr) {
  auto p = start();
  auto optimizer = make_optimizer(settings, {ParameterGroup{.parameters = {{"p", p}}}});
  for (int i = 0; i < steps; ++i) {
    p.mutable_grad() = gradient();
    optimizer->step(lr, lr);
    optimizer->zero();
    EXPECT_FALSE(p.grad().defined());
  }
  return p.detach();
}

TEST(Optimizer, SgdIsTheTextbookFormula) {
  OptimizerSettings settings;
  settings.weight_decay = 0.01;
  for (bool nesterov : {false, true}) {
    settings.nesterov = nesterov;
    auto p = start().detach().clone(), v = at::zeros_like(p);
    for (int i = 0; i < 3; ++i) {
      const auto g = gradient() + 0.01 * p;
      v = 0.9 * v + g;
      p = p - 0.5 * (nesterov ? g + 0.9 * v : v);
    }
    EXPECT_TRUE(at::allclose(after(settings, 3, 0.5), p, 1e-12, 1e-14)) << nesterov;
  }
}

TEST(Optimizer, AdamAddsDecayToTheGradientAndAdamwDoesNot) {
  for (const char* type : {"adam", "adamw"}) {
    OptimizerSettings settings;
    settings.type = type;
    settings.weight_decay = 0.1;
    settings.beta1 = 0.5;
    const bool decoupled = settings.type == "adamw";
    auto p = start().detach().clone(), m = at::zeros_like(p), s = at::zeros_like(p);
    for (int i = 1; i <= 3; ++i) {
      if (decoupled) p = p * (1 - 0.01 * 0.1);
      const auto g = decoupled ? gradient() : gradient() + 0.1 * p;
      m = 0.5 * m + 0.5 * g;
      s = 0.999 * s + 0.001 * g * g;
      p = p - 0.01 * (m / (1 - std::pow(0.5, i))) / ((s / (1 - std::pow(0.999, i))).sqrt() + 1e-8);
    }
    EXPECT_TRUE(at::allclose(after(settings, 3, 0.01), p, 1e-9, 1e-12)) << type;
  }
}

TEST(Optimizer, GroupsHaveTheirOwnRateAndDecay) {
  auto a = start(), b = start(), bias = at::ones({3}, at::kDouble).requires_grad_(true), idle = start();
  OptimizerSettings settings;
  settings.momentum = 0;
  settings.weight_decay = 0.5;
  settings.decay_all = false;
  auto optimizer =
      make_optimizer(settings, {ParameterGroup{.parameters = {{"a", a}, {"bias", bias}, {"idle", idle}}},
                                ParameterGroup{.parameters = {{"b", b}}, .scheduled = false, .weight_decay = 0.0}});
  for (auto* p : {&a, &b, &bias}) p->mutable_grad() = at::zeros_like(*p);
  optimizer->step(0.1, 1.0);
  EXPECT_TRUE(at::allclose(a.detach(), start().detach() * 0.95));
  EXPECT_TRUE(at::equal(b.detach(), start().detach()));
  EXPECT_TRUE(at::equal(bias.detach(), at::ones({3}, at::kDouble)));
  EXPECT_TRUE(at::equal(idle.detach(), start().detach())) << "a parameter without gradient moved";
}

}  // namespace
}  // namespace retort::train

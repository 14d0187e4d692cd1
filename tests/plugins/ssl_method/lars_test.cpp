// LARS in its dialects: two steps worked out in double precision (SSL.md 7), and three steps of lightly's and
// solo-learn's.
#include "train/lars.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "peers.h"

namespace retort::train {
namespace {

OptimizerSettings lars(const std::string& dialect, double decay = 0.01) {
  OptimizerSettings settings;
  settings.type = "lars";
  settings.lars = dialect;
  settings.weight_decay = decay;
  return settings;
}

at::Tensor after_two_steps(const OptimizerSettings& settings) {
  at::Tensor p = at::tensor({.5, -.25, 1., 2.}, at::kDouble).view({2, 2}).requires_grad_(true);
  const auto optimizer = make_optimizer(settings, {{.parameters = {{"p", p}}}});
  for (int step = 0; step < 2; ++step) {
    p.mutable_grad() = at::tensor({.1, .2, -.3, .4}, at::kDouble).view({2, 2});
    optimizer->step(0.5, 0.5);
  }
  return p.detach().view({-1});
}

void expect_values(const at::Tensor& value, const std::vector<double>& expected) {
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(value[static_cast<int64_t>(i)].item<double>(), expected[i], 1e-9);
}

TEST(Lars, GoldenValues) {
  const std::vector<double> facebook{.499370317, -.251184404, 1.001739124, 1.997481268};
  expect_values(after_two_steps(lars("facebook")), facebook);
  expect_values(after_two_steps(lars("google")), facebook);  // the same while the rate stays
  expect_values(after_two_steps(lars("larc")), {.499385232, -.25115635, 1.001697931, 1.997540928});
  expect_values(after_two_steps(lars("solo")), {.475481368, -.29611838, 1.067718128, 1.90192547});
}

/// The parameters after three steps at falling rates on the fixture's gradients.
std::vector<at::Tensor> after_three_steps(const OptimizerSettings& settings) {
  const Peers peers;
  at::Tensor matrix = peers["lars.matrix"].clone().requires_grad_(true);
  at::Tensor vector = peers["lars.vector"].clone().requires_grad_(true);
  const auto optimizer = make_optimizer(settings, {{.parameters = {{"matrix", matrix}, {"vector", vector}}}});
  const double rates[] = {0.5, 0.4, 0.2};
  for (int64_t step = 0; step < 3; ++step) {
    matrix.mutable_grad() = peers["lars.matrix.gradients"][step].clone();
    vector.mutable_grad() = peers["lars.vector.gradients"][step].clone();
    optimizer->step(rates[step], 0.5);
  }
  return {matrix.detach(), vector.detach()};
}

void expect_peer(const std::string& peer, const OptimizerSettings& settings) {
  const auto result = after_three_steps(settings);
  expect_equal(result[0], Peers()[peer + ".matrix"], peer);
  expect_equal(result[1], Peers()[peer + ".vector"], peer);
}

TEST(Lars, MovesAsThePeersDo) {
  expect_peer("lightly.lars", lars("lightly"));
  expect_peer("lightly.lars.undecayed", lars("lightly", 0));
  expect_peer("solo.lars", lars("solo"));
  OptimizerSettings unclipped = lars("solo");
  unclipped.lars_clip = false;
  expect_peer("solo.lars.unclipped", unclipped);
}

TEST(Lars, DialectsDifferWhileTheRateFalls) {
  EXPECT_GT((after_three_steps(lars("facebook"))[0] - after_three_steps(lars("google"))[0]).abs().max().item<double>(),
            1e-5);
}

TEST(Lars, LeavesOneDimensionUnscaledWhereTheDialectSaysSo) {
  const auto sgd = [] {
    OptimizerSettings settings;
    settings.momentum = 0.9;
    return after_three_steps(settings)[1];
  }();
  for (const char* dialect : {"facebook", "solo"}) expect_equal(after_three_steps(lars(dialect))[1], sgd, dialect);
  EXPECT_GT((after_three_steps(lars("larc"))[1] - sgd).abs().max().item<double>(), 1e-3);
}

TEST(Lars, ATensorOfZerosTakesThePlainGradient) {
  at::Tensor p = at::zeros({2, 2}).requires_grad_(true);
  p.mutable_grad() = at::ones({2, 2});
  make_optimizer(lars("larc"), {{.parameters = {{"p", p}}}})->step(0.5, 0.5);
  expect_equal(p.detach(), at::full({2, 2}, -0.5), "zeros");
}

TEST(Lars, RefusesAnUnknownDialect) {
  try {
    make_optimizer(lars("nvidia"), {});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "no lars \"nvidia\" (there are: facebook, larc, solo, lightly, google)");
  }
}

}  // namespace
}  // namespace retort::train

#include "nn/bn_statistics.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

namespace retort::nn {
namespace {

using at::Tensor;
using torch::autograd::grad;

Tensor randn(at::IntArrayRef shape, at::ScalarType type = at::kDouble) { return at::randn(shape, type); }

/// The definition, by plain operations of autograd, one group at a time.
Statistics defined_by(const Tensor& a, int64_t groups, const Activation& then) {
  std::vector<Tensor> means, vars;
  for (const Tensor& part : a.chunk(groups)) {
    const Tensor rows = part.transpose(0, 1).flatten(1);
    means.push_back(rows.mean(1));
    vars.push_back((rows - rows.mean(1, true)).pow(2).mean(1));
  }
  std::vector<int64_t> one(a.dim(), 1);
  one[1] = a.size(1);
  Tensor y = a;
  if (then.scale.defined()) y = y * then.scale.view(one) + then.shift.view(one);
  if (then.residual.defined()) y = y + then.residual;
  return {then.relu ? at::relu(y) : y, at::stack(means), at::stack(vars)};
}

struct Case {
  std::string name;
  std::vector<int64_t> shape;
  int64_t groups;
  bool affine, residual, relu;
  bool channels_last = true;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class BnStatistics : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    at::manual_seed(3);
    const Case& c = GetParam();
    a_ = randn(c.shape) * 2 + 1;
    if (c.channels_last && a_.dim() == 4) a_ = a_.contiguous(at::MemoryFormat::ChannelsLast);
    a_.requires_grad_(true);
    then_.relu = c.relu;
    if (c.affine) {
      then_.scale = randn({c.shape[1]}), then_.shift = randn({c.shape[1]});
      then_.scale[0] = 0;  // a dead channel, common in trained networks
    }
    if (c.residual) then_.residual = randn(c.shape).requires_grad_(true);
  }

  /// A loss in which output, mean and var all take part, not linearly.
  Tensor loss(const Statistics& s) const {
    const auto weights = [](const Tensor& t) { return at::cos(at::arange(t.numel(), t.options())).view(t.sizes()); };
    return (s.output * s.output * weights(s.output)).sum() + (s.mean.sin() * weights(s.mean)).sum() +
           (s.var.sqrt() * weights(s.var)).sum();
  }

  std::vector<Tensor> inputs() const {
    if (then_.residual.defined()) return {a_, then_.residual};
    return {a_};
  }

  Tensor a_;
  Activation then_;
};

TEST_P(BnStatistics, EqualsItsDefinition) {
  const Statistics made = bn_statistics(a_, GetParam().groups, then_);
  const Statistics expected = defined_by(a_, GetParam().groups, then_);
  EXPECT_TRUE(at::allclose(made.output, expected.output, 1e-12, 1e-12));
  EXPECT_TRUE(at::allclose(made.mean, expected.mean, 1e-12, 1e-12));
  EXPECT_TRUE(at::allclose(made.var, expected.var, 1e-11, 1e-12));
  EXPECT_TRUE(at::allclose(bn_activation(a_, then_), expected.output, 1e-12, 1e-12));
}

TEST_P(BnStatistics, GradientEqualsPlainAutograd) {
  const auto made = grad({loss(bn_statistics(a_, GetParam().groups, then_))}, inputs());
  const auto expected = grad({loss(defined_by(a_, GetParam().groups, then_))}, inputs());
  for (size_t i = 0; i < made.size(); ++i) EXPECT_TRUE(at::allclose(made[i], expected[i], 1e-10, 1e-11)) << i;
}

TEST_P(BnStatistics, GradientEqualsFiniteDifferences) {
  const auto made = grad({loss(bn_statistics(a_, GetParam().groups, then_))}, inputs());
  at::NoGradGuard guard;
  for (size_t i = 0; i < made.size(); ++i) {
    const Tensor direction = randn(made[i].sizes());
    const auto moved = [&](double step) {
      Activation then = then_;
      Tensor a = a_.detach();
      (i == 0 ? a : then.residual) = (i == 0 ? a : then.residual) + direction * step;
      return loss(bn_statistics(a, GetParam().groups, then)).item<double>();
    };
    const double numeric = (moved(1e-7) - moved(-1e-7)) / 2e-7;
    EXPECT_NEAR((made[i] * direction).sum().item<double>(), numeric, 1e-4 * std::max(1.0, std::abs(numeric)));
  }
}

TEST_P(BnStatistics, PartialGradientsAreTaken) {
  for (int part = 0; part < 3; ++part) {
    const auto of = [&](const Statistics& s) {
      return (part == 0 ? s.output : part == 1 ? s.mean : s.var).pow(2).sum();
    };
    const auto made = grad({of(bn_statistics(a_, GetParam().groups, then_))}, {a_});
    const auto expected = grad({of(defined_by(a_, GetParam().groups, then_))}, {a_});
    EXPECT_TRUE(at::allclose(made[0], expected[0], 1e-10, 1e-11)) << part;
  }
}

TEST_P(BnStatistics, SecondDerivativeEqualsPlainAutograd) {
  const auto second = [&](const Statistics& s) {
    const auto first = grad({loss(s)}, inputs(), {}, true, true);
    Tensor sum = at::zeros({}, at::kDouble);
    for (const Tensor& each : first) sum = sum + each.pow(3).sum();
    return grad({sum}, inputs());
  };
  const auto made = second(bn_statistics(a_, GetParam().groups, then_));
  const auto expected = second(defined_by(a_, GetParam().groups, then_));
  for (size_t i = 0; i < made.size(); ++i) EXPECT_TRUE(at::allclose(made[i], expected[i], 1e-8, 1e-8)) << i;
}

INSTANTIATE_TEST_SUITE_P(Cases, BnStatistics,
                         ::testing::Values(Case{"plain", {6, 5, 3, 4}, 1, false, false, false},
                                           Case{"groups", {6, 5, 3, 4}, 3, false, false, false},
                                           Case{"relu", {6, 5, 3, 4}, 2, false, false, true},
                                           Case{"affine", {6, 5, 3, 4}, 2, true, false, false},
                                           Case{"affine_relu", {6, 5, 3, 4}, 2, true, false, true},
                                           Case{"residual", {6, 5, 3, 4}, 2, true, true, false},
                                           Case{"residual_relu", {6, 5, 3, 4}, 2, true, true, true},
                                           Case{"wide", {4, 200, 3, 3}, 2, true, true, true},
                                           Case{"many_tasks", {4, 3, 64, 64}, 1, true, true, true},
                                           Case{"rows", {8, 7}, 2, true, false, true},
                                           Case{"planes", {6, 5, 3, 4}, 2, true, true, true, false}),
                         [](const auto& each) { return each.param.name; });

TEST(BnStatisticsFloat, VarianceSurvivesALargeMean) {
  at::manual_seed(1);
  const Tensor a = (at::randn({64, 16, 32, 32}, at::kDouble) * 0.01 + 100).to(at::kFloat);
  const auto made = bn_statistics(a, 2);
  const auto exact = defined_by(a.to(at::kDouble), 2, {});
  EXPECT_LT(((made.var.to(at::kDouble) - exact.var) / exact.var).abs().max().item<double>(), 1e-4);
  EXPECT_LT((made.mean.to(at::kDouble) - exact.mean).abs().max().item<double>(), 1e-5);
}

TEST(BnStatisticsFloat, BitsDoNotDependOnThreads) {
  at::manual_seed(1);
  const Tensor a = at::randn({32, 16, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = bn_statistics(a, 2);
  at::set_num_threads(2);
  const auto two = bn_statistics(a, 2);
  at::set_num_threads(before);
  EXPECT_TRUE(at::equal(one.mean, two.mean));
  EXPECT_TRUE(at::equal(one.var, two.var));
}

TEST(BnStatisticsFloat, NotANumberIsNotHidden) {
  Tensor a = at::zeros({2, 3, 2, 2});
  a[1][2][0][0] = std::nan("");
  EXPECT_TRUE(bn_activation(a, {{}, {}, {}, true}).isnan().any().item<bool>());
}

TEST(BnStatisticsOtherTypes, HalfPrecisionIsSummedInFloat) {
  at::manual_seed(1);
  const Tensor a = (at::randn({16, 4, 16, 16}) + 30).to(at::kBFloat16);
  const auto made = bn_statistics(a, 1);
  const auto exact = defined_by(a.to(at::kDouble), 1, {});
  EXPECT_EQ(made.var.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::allclose(made.var.to(at::kDouble), exact.var, 1e-3, 0));
}

}  // namespace
}  // namespace retort::nn

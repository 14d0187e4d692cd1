// Each loss against its formula, written out in plain loops on doubles.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sdk/torch/recover_loss.h"
#include "support/fake_run.h"

namespace retort {
namespace {

constexpr int64_t kGroups = 2, kBatch = 3, kChannels = 4, kClasses = 5, kSide = 6;

std::unique_ptr<Plugin> loss(const std::string& type, const Json& params = Json::object()) {
  auto plugin = test::components().make("recover_loss", type);
  static std::vector<std::unique_ptr<Declare>> kept;
  kept.push_back(std::make_unique<Declare>());
  plugin->declare_all(*kept.back());
  const auto problems = kept.back()->bind(params, test::components());
  EXPECT_TRUE(problems.empty()) << problems.front();
  return plugin;
}

at::Tensor value_of(Plugin& plugin, const RecoverStep& step) { return static_cast<RecoverLoss&>(plugin).value(step); }

at::Tensor numbers(at::IntArrayRef shape, double phase) {
  const auto line = at::arange(c10::multiply_integers(shape), at::TensorOptions().dtype(at::kDouble));
  return at::sin(line * 1.7 + phase).reshape(shape);
}

struct Fixture {
  std::vector<BatchNormStats> stats;
  RecoverStep step;

  Fixture() {
    for (int layer = 0; layer < 3; ++layer)
      stats.push_back({"bn" + std::to_string(layer), numbers({kGroups, kChannels}, layer),
                       numbers({kGroups, kChannels}, layer + 10).abs(), numbers({kChannels}, layer + 20),
                       numbers({kChannels}, layer + 30).abs() + 0.1});
    step.images = step.canvas = numbers({kGroups * kBatch, 3, kSide, kSide}, 0.3);
    step.logits = numbers({kGroups * kBatch, kClasses}, 0.7) * 3;
    step.labels = at::arange(kGroups * kBatch, at::kLong).remainder(kClasses);
    step.batch_norms = stats;
    step.groups = kGroups;
  }
};

double at2(const at::Tensor& x, int64_t i, int64_t j) { return x[i][j].item<double>(); }

TEST(CrossEntropyLoss, IsTheMeanOfEachGroup) {
  Fixture f;
  const auto got = value_of(*loss("cross_entropy"), f.step);
  for (int64_t g = 0; g < kGroups; ++g) {
    double sum = 0;
    for (int64_t i = g * kBatch; i < (g + 1) * kBatch; ++i) {
      double total = 0;
      for (int64_t k = 0; k < kClasses; ++k) total += std::exp(at2(f.step.logits, i, k));
      sum -= std::log(std::exp(at2(f.step.logits, i, i % kClasses)) / total);
    }
    EXPECT_NEAR(got[g].item<double>(), sum / kBatch, 1e-12);
  }
}

double bn_formula(const Fixture& f, int64_t group, const std::string& norm, double first, double variance,
                  bool relative) {
  double sum = 0;
  for (size_t layer = 0; layer < f.stats.size(); ++layer) {
    double mean = 0, var = 0;
    for (int64_t c = 0; c < kChannels; ++c) {
      const auto& s = f.stats[layer];
      const double sigma2 = s.running_var[c].item<double>() + 1e-5;
      const double dm = (at2(s.mean, group, c) - s.running_mean[c].item<double>()) / (relative ? std::sqrt(sigma2) : 1);
      const double dv = (at2(s.var, group, c) - s.running_var[c].item<double>()) / (relative ? sigma2 : 1);
      mean += norm == "l1" ? std::abs(dm) : dm * dm;
      var += norm == "l1" ? std::abs(dv) : dv * dv;
    }
    if (norm == "l2") mean = std::sqrt(mean), var = std::sqrt(var);
    sum += (layer == 0 ? first : 1) * (mean + variance * var);
  }
  return sum;
}

TEST(BnMatchLoss, IsTheFormulaOfSre2lAndItsVariants) {
  Fixture f;
  for (const char* norm : {"l2", "squared", "l1"})
    for (const bool relative : {false, true})
      for (const double variance : {1.0, 11.0}) {
        const auto plugin = loss(
            "bn_match", {{"norm", norm}, {"first_scale", 7.0}, {"variance_scale", variance}, {"relative", relative}});
        const auto got = value_of(*plugin, f.step);
        for (int64_t g = 0; g < kGroups; ++g)
          EXPECT_NEAR(got[g].item<double>(), bn_formula(f, g, norm, 7, variance, relative), 1e-10)
              << norm << relative << variance;
      }
}

TEST(BnMatchLoss, CountsTheStemTenTimesByDefault) {
  Fixture f;
  EXPECT_NEAR(value_of(*loss("bn_match"), f.step)[1].item<double>(), bn_formula(f, 1, "l2", 10, 1, false), 1e-10);
}

TEST(BnMatchLoss, HasNoNaNGradientWhereStatisticsMatchExactly) {
  Fixture f;
  auto mean = f.stats[1].running_mean.expand({kGroups, kChannels}).clone().requires_grad_(true);
  f.stats[1].mean = mean;
  value_of(*loss("bn_match"), f.step).sum().backward();
  EXPECT_TRUE(at::equal(mean.grad(), at::zeros_like(mean)));
}

TEST(TotalVariationLoss, IsFourNormsOfDifferences) {
  Fixture f;
  const auto got = value_of(*loss("total_variation"), f.step);
  const auto x = f.step.images;
  for (int64_t g = 0; g < kGroups; ++g) {
    double across = 0, down = 0, falling = 0, rising = 0;
    for (int64_t i = g * kBatch; i < (g + 1) * kBatch; ++i)
      for (int64_t c = 0; c < 3; ++c) {
        const auto p = x[i][c];
        const auto* v = p.const_data_ptr<double>();
        const auto at = [&](int64_t r, int64_t k) { return v[r * kSide + k]; };
        for (int64_t r = 0; r < kSide; ++r)
          for (int64_t k = 0; k < kSide; ++k) {
            if (k + 1 < kSide) across += std::pow(at(r, k) - at(r, k + 1), 2);
            if (r + 1 < kSide) down += std::pow(at(r, k) - at(r + 1, k), 2);
            if (r + 1 < kSide && k + 1 < kSide) {
              falling += std::pow(at(r, k) - at(r + 1, k + 1), 2);
              rising += std::pow(at(r + 1, k) - at(r, k + 1), 2);
            }
          }
      }
    EXPECT_NEAR(got[g].item<double>(), std::sqrt(across) + std::sqrt(down) + std::sqrt(falling) + std::sqrt(rising),
                1e-10);
  }
}

TEST(L2Loss, IsTheMeanNormOfAnImage) {
  Fixture f;
  const auto got = value_of(*loss("l2"), f.step);
  for (int64_t g = 0; g < kGroups; ++g) {
    double sum = 0;
    for (int64_t i = g * kBatch; i < (g + 1) * kBatch; ++i)
      sum += std::sqrt(f.step.images[i].square().sum().item<double>());
    EXPECT_NEAR(got[g].item<double>(), sum / kBatch, 1e-12);
  }
}

/// Central differences in a few coordinates of `input`, which `step` reads.
void expect_gradient(Plugin& plugin, Fixture& f, at::Tensor& input) {
  input.requires_grad_(true);
  value_of(plugin, f.step)[0].backward();
  const auto gradient = input.grad().clone();
  input.requires_grad_(false);
  constexpr double kStep = 1e-6;
  for (const int64_t i : {int64_t{0}, int64_t{3}, input.numel() - 1}) {
    auto* at = input.data_ptr<double>() + i;
    const double kept = *at;
    *at = kept + kStep;
    const double high = value_of(plugin, f.step)[0].item<double>();
    *at = kept - kStep;
    const double low = value_of(plugin, f.step)[0].item<double>();
    *at = kept;
    EXPECT_NEAR(gradient.flatten()[i].item<double>(), (high - low) / (2 * kStep), 1e-6) << "coordinate " << i;
  }
}

TEST(Losses, GradientsAreThoseOfFiniteDifferences) {
  {
    Fixture f;
    expect_gradient(*loss("cross_entropy", {{"smoothing", 0.1}}), f, f.step.logits);
  }
  for (const char* type : {"total_variation", "l2"}) {
    Fixture f;
    expect_gradient(*loss(type), f, f.step.images);
  }
  for (const char* norm : {"l2", "squared"}) {
    Fixture f;
    expect_gradient(*loss("bn_match", {{"norm", norm}}), f, f.stats[0].var);
  }
}

}  // namespace
}  // namespace retort

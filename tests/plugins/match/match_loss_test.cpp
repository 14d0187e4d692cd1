#include "sdk/torch/match_loss.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "support/fake_run.h"

namespace retort {
namespace {

at::Tensor wave(at::IntArrayRef shape, double frequency) {
  return at::sin(at::arange(1, c10::multiply_integers(shape) + 1, at::kDouble) * frequency).reshape(shape);
}

struct Bound {
  std::unique_ptr<Plugin> plugin;
  Declare declare;
  MatchLoss& operator*() { return static_cast<MatchLoss&>(*plugin); }
};

std::unique_ptr<Bound> loss(const std::string& type, const Json& params = Json::object()) {
  auto bound = std::make_unique<Bound>();
  bound->plugin = test::components().make("match_loss", type);
  bound->plugin->declare_all(bound->declare);
  const auto problems = bound->declare.bind(params, test::components());
  EXPECT_TRUE(problems.empty()) << problems.front();
  return bound;
}

Matching gradients_of_a_network(double sign) {
  Matching m;
  for (const auto& [name, shape] :
       std::vector<std::pair<std::string, std::vector<int64_t>>>{{"conv.weight", {6, 3, 3, 3}},
                                                                 {"conv.bias", {6}},
                                                                 {"norm.weight", {4, 5, 5}},
                                                                 {"fc.weight", {7, 10}},
                                                                 {"fc.bias", {7}}}) {
    const auto gradient = wave(shape, 0.83);
    m.pairs.push_back({name, sign * gradient, gradient});
  }
  return m;
}

TEST(GradientDistance, IsZeroForEqualAndTwoARowForOpposite) {
  constexpr double kRows = 6 + 4 + 7;  // 1-D tensors count nothing
  const auto distance = loss("gradient_distance");
  EXPECT_NEAR((**distance).value(gradients_of_a_network(1)).item<double>(), 0, 1e-4);
  EXPECT_NEAR((**distance).value(gradients_of_a_network(-1)).item<double>(), 2 * kRows, 1e-4);
}

TEST(GradientDistance, OtherMetricsAreTheirFormulas) {
  auto m = gradients_of_a_network(1);
  for (auto& pair : m.pairs) pair.synthetic = wave(pair.real.sizes(), 1.31);
  double dot = 0, squares_a = 0, squares_b = 0, gaps = 0;
  for (const auto& pair : m.pairs) {
    const auto a = pair.synthetic.flatten(), b = pair.real.flatten();
    for (int64_t i = 0; i < a.numel(); ++i) {
      const double x = a[i].item<double>(), y = b[i].item<double>();
      dot += x * y, squares_a += x * x, squares_b += y * y, gaps += (x - y) * (x - y);
    }
  }
  EXPECT_NEAR((**loss("gradient_distance", {{"metric", "mse"}})).value(m).item<double>(), gaps, 1e-9);
  EXPECT_NEAR((**loss("gradient_distance", {{"metric", "cos"}})).value(m).item<double>(),
              1 - dot / (std::sqrt(squares_a * squares_b) + 1e-6), 1e-12);
}

TEST(GradientDistance, AZeroRowHasAFiniteGradient) {
  auto m = gradients_of_a_network(1);
  m.pairs[0].synthetic = at::zeros_like(m.pairs[0].synthetic).requires_grad_(true);
  (**loss("gradient_distance")).value(m).backward();
  EXPECT_TRUE(at::isfinite(m.pairs[0].synthetic.grad()).all().item<bool>());
}

/// Three classes, mixed up, of unequal size.
Matching features(const std::vector<std::pair<std::string, std::vector<int64_t>>>& layers) {
  Matching m;
  m.classes = 3;
  m.synthetic_labels = at::tensor({2, 0, 1, 0}, at::kLong);
  m.real_labels = at::tensor({0, 1, 2, 2, 1, 0, 0}, at::kLong);
  double frequency = 0.5;
  for (const auto& [name, shape] : layers) {
    std::vector<int64_t> synthetic{4}, real{7};
    synthetic.insert(synthetic.end(), shape.begin(), shape.end());
    real.insert(real.end(), shape.begin(), shape.end());
    m.pairs.push_back({name, wave(synthetic, frequency), wave(real, frequency + 0.9)});
    frequency += 0.21;
  }
  return m;
}

std::vector<std::vector<double>> plain_class_means(const at::Tensor& rows, const at::Tensor& labels) {
  const auto flat = rows.flatten(1);
  std::vector<std::vector<double>> means(3, std::vector<double>(static_cast<size_t>(flat.size(1)), 0));
  std::vector<double> counts(3, 0);
  for (int64_t i = 0; i < flat.size(0); ++i) counts[static_cast<size_t>(labels[i].item<int64_t>())] += 1;
  for (int64_t i = 0; i < flat.size(0); ++i) {
    const auto c = static_cast<size_t>(labels[i].item<int64_t>());
    for (int64_t j = 0; j < flat.size(1); ++j)
      means[c][static_cast<size_t>(j)] += flat[i][j].item<double>() / counts[c];
  }
  return means;
}

double plain_gap(const Matching& m, const MatchPair& pair) {
  const auto a = plain_class_means(pair.synthetic, m.synthetic_labels), b = plain_class_means(pair.real, m.real_labels);
  double sum = 0;
  for (size_t c = 0; c < 3; ++c)
    for (size_t j = 0; j < a[c].size(); ++j) sum += (a[c][j] - b[c][j]) * (a[c][j] - b[c][j]);
  return sum;
}

TEST(FeatureMean, IsThePlainSum) {
  const auto m = features({{"features", {5}}});
  EXPECT_NEAR((**loss("feature_mean")).value(m).item<double>(), plain_gap(m, m.pairs[0]), 1e-12);
}

TEST(LayerFeatures, IsThePlainSum) {
  const auto m = features(
      {{"relu1", {2, 3, 3}}, {"relu2", {2, 2, 2}}, {"relu3", {4, 1, 1}}, {"pool3", {5, 1, 1}}, {"features", {5}}});
  double expected = 0;
  const double weights[] = {0.1, 0.1, 1, 1, 1};
  for (size_t i = 0; i < 5; ++i) expected += weights[i] * plain_gap(m, m.pairs[i]);
  const auto centres = plain_class_means(m.pairs[4].synthetic, m.synthetic_labels);
  for (int64_t i = 0; i < 7; ++i) {
    double sum = 0, own = 0;
    for (int64_t c = 0; c < 3; ++c) {
      double score = 0;
      for (int64_t j = 0; j < 5; ++j)
        score += m.pairs[4].real[i][j].item<double>() * centres[static_cast<size_t>(c)][static_cast<size_t>(j)];
      sum += std::exp(score);
      if (c == m.real_labels[i].item<int64_t>()) own = score;
    }
    expected += 0.01 * (std::log(sum) - own);
  }
  EXPECT_NEAR((**loss("layer_features")).value(m).item<double>(), expected, 1e-11);
}

TEST(LayerFeatures, NamesWhatIsMissing) {
  const auto m = features({{"relu1", {2, 3, 3}}, {"features", {5}}});
  const auto distance = loss("layer_features", {{"layers", {"relu7"}}, {"weights", {1.0}}});
  try {
    (**distance).value(m);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "there is no \"relu7\" to compare; there are: relu1, features");
  }
}

TEST(Trajectory, IsOneAtTheStartAndZeroAtTheGoal) {
  const auto distance = loss("trajectory");
  Matching m;
  m.start = {wave({2, 3}, 0.3), wave({4}, 0.7)};
  m.pairs = {{"a", m.start[0], wave({2, 3}, 1.1)}, {"b", m.start[1], wave({4}, 1.4)}};
  EXPECT_NEAR((**distance).value(m).item<double>(), 1, 1e-12);
  for (auto& pair : m.pairs) pair.synthetic = pair.real + 0.5 * (pair.synthetic - pair.real);
  EXPECT_NEAR((**distance).value(m).item<double>(), 0.25, 1e-12);
  for (auto& pair : m.pairs) pair.synthetic = pair.real;
  EXPECT_EQ((**distance).value(m).item<double>(), 0);
}

}  // namespace
}  // namespace retort

// Losses on tensors T(n,d,φ)[i][j] = sin(0.7 i + 1.3 j + 0.1 i j + φ), against values that two independent
// double-precision implementations gave (SSL.md 7), and on inputs whose loss is known exactly (SSL.md 5).
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "train/ssl/contrast.h"
#include "train/ssl/crossing.h"
#include "train/ssl/embedding.h"
#include "train/ssl/redundancy.h"

namespace retort::train::ssl {
namespace {

at::Tensor wave(int64_t rows, int64_t columns, double phase) {
  const at::Tensor i = at::arange(rows, at::kDouble).unsqueeze(1), j = at::arange(columns, at::kDouble);
  return at::sin(0.7 * i + 1.3 * j + 0.1 * i * j + phase);
}

const at::Tensor a = wave(4, 3, 0), b = wave(4, 3, .5), c = wave(4, 3, 1), d = wave(4, 3, 1.5);

at::Tensor same(int64_t rows, int64_t columns) { return at::ones({rows, columns}, at::kDouble) * 0.3; }

void expect_near(const at::Tensor& value, const std::vector<double>& expected, double tolerance) {
  const at::Tensor flat = value.to(at::kDouble).reshape({-1});
  ASSERT_EQ(flat.size(0), static_cast<int64_t>(expected.size()));
  for (int64_t i = 0; i < flat.size(0); ++i) EXPECT_NEAR(flat[i].item<double>(), expected[i], tolerance) << "at " << i;
}

TEST(Generator, IsTheOneOfTheTable) {
  expect_near(a,
              {0, .963558, .515501, .644218, .863209, -.350783, .98545, .239249, -.951602, .863209, -.529836, -.832267},
              1e-6);
}

TEST(NtXent, GoldenValues) {
  expect_near(nt_xent(normalise(a), normalise(b), 0.5).loss, {1.309620616868648}, 1e-12);
  expect_near(nt_xent(normalise(a), normalise(b), 0.1).loss, {.9693815652301636}, 1e-12);
}

TEST(NtXent, EqualEmbeddingsCannotBeToldApart) {
  expect_near(nt_xent(normalise(same(5, 3)), normalise(same(5, 3)), 0.5).loss, {std::log(9.)}, 1e-12);
}

TEST(QueueContrast, GoldenValue) {
  const auto result = queue_contrast(normalise(a), normalise(b), normalise(wave(6, 3, 1)), 0.2);
  expect_near(result.loss, {.957571152471085}, 1e-12);
}

TEST(QueueContrast, EqualEmbeddingsCannotBeToldApart) {
  const at::Tensor rows = normalise(same(4, 3));
  expect_near(queue_contrast(rows, rows, normalise(same(6, 3)), 0.2).loss, {std::log(7.)}, 1e-12);
}

TEST(QueueContrast, CountsQueriesWhoseKeyIsNearest) {
  const at::Tensor axes = at::eye(3, at::kDouble);
  const auto result = queue_contrast(axes, at::stack({axes[0], axes[2], axes[2]}), axes.narrow(0, 1, 1), 0.2);
  expect_near(result.accuracy, {2. / 3}, 1e-12);  // the second query meets itself in the queue
}

TEST(BatchContrast, GoldenValues) {
  const auto both = [](double temperature) {
    return batch_contrast(normalise(a), normalise(d), temperature).loss +
           batch_contrast(normalise(b), normalise(c), temperature).loss;
  };
  expect_near(both(0.2), {1.6578680855357064}, 1e-12);
  expect_near(both(1.0), {5.193273395964577}, 1e-12);
}

TEST(MeanCosine, GoldenValuesOfByolAndSimSiam) {
  const at::Tensor sum = mean_cosine(a, d) + mean_cosine(b, c);
  expect_near(4 - 2 * sum, {2.1217167625986395}, 1e-12);
  expect_near(-0.5 * sum, {-.4695708093503401}, 1e-12);
}

TEST(Spread, IsOneOverRootDimensionForWhiteRowsAndZeroForEqualOnes) {
  const at::Tensor signs = at::cat({at::eye(4, at::kDouble), -at::eye(4, at::kDouble)});
  expect_near(spread(signs), {0.5 * std::sqrt(8. / 7)}, 1e-12);  // ±1 in one of four places, unbiased
  expect_near(spread(same(4, 3)), {0}, 1e-12);
}

TEST(CrossCorrelation, GoldenValues) {
  const auto terms = cross_correlation(a, b);
  expect_near(terms.on_diagonal, {.22625076625688198}, 1e-12);
  expect_near(terms.off_diagonal, {2.5762204900791628}, 1e-12);
  expect_near(terms.on_diagonal + .0051 * terms.off_diagonal, {.2393894907562857}, 1e-12);
}

TEST(CrossCorrelation, ADeadDimensionCostsOne) {
  const auto terms = cross_correlation(same(4, 3), same(4, 3));
  expect_near(terms.on_diagonal + terms.off_diagonal, {3}, 1e-9);
}

TEST(VarianceCovariance, GoldenValues) {
  const auto terms = variance_covariance(a, b);
  expect_near(terms.invariance, {.1202763169514194}, 1e-12);
  expect_near(terms.variance, {.4484081095939265}, 1e-12);
  expect_near(terms.covariance, {.18905142773969105}, 1e-12);
  expect_near(25 * terms.invariance + 25 * terms.variance + terms.covariance, {14.406162091373341}, 1e-11);
}

TEST(VarianceCovariance, CollapsedEmbeddingsMissNearlyAllVariance) {
  expect_near(25 * variance_covariance(same(4, 3), same(4, 3)).variance, {24.75}, 1e-12);
}

TEST(Sinkhorn, GoldenCodes) {
  const at::Tensor prototypes = normalise(wave(5, 3, 2));
  const at::Tensor codes = sinkhorn(normalise(a).matmul(prototypes.t()), 0.05, 3);
  expect_near(codes, {0,       0,       0,       .498014, .501986, .981755, .000198, .000165, .016851, .001031,
                      .965988, .033547, .000464, .000001, 0,       .010513, .490563, .498921, .000003, 0},
              1e-6);
  expect_near(codes.sum(0), {1.958256, .524307, .499551, .514869, .503017}, 1e-6);
  expect_near(codes.sum(1), {1, 1, 1, 1}, 1e-12);
}

TEST(Sinkhorn, StaysFiniteWhereTheExponentialDoesNot) {
  const at::Tensor scores = at::tensor({100., -1., -99., -100.}, at::kFloat).view({2, 2});
  const at::Tensor codes = sinkhorn(scores, 0.05, 3);
  expect_near(codes.sum(1), {1, 1}, 1e-5);
}

TEST(CrossedEntropy, GoldenValuesOfSwav) {
  const at::Tensor prototypes = normalise(wave(5, 3, 2));
  const auto scores = [&](const std::vector<at::Tensor>& views) {
    std::vector<at::Tensor> all;
    for (const auto& view : views) all.push_back(normalise(view).matmul(prototypes.t()));
    return at::stack(all);
  };
  const at::Tensor three = scores({a, b, c});
  const at::Tensor codes = at::stack({sinkhorn(three[0], 0.05, 3), sinkhorn(three[1], 0.05, 3)});
  expect_near(crossed_entropy(codes, scores({a, b}), 0.1), {2.466933489416832}, 1e-12);
  expect_near(crossed_entropy(codes, three, 0.1), {3.3769532598880168}, 1e-12);
}

TEST(CrossedEntropy, GoldenValuesOfDino) {
  const at::Tensor teacher = at::stack({wave(4, 5, 0), wave(4, 5, .5)});
  const at::Tensor student = at::stack({wave(4, 5, 1), wave(4, 5, 1.5), wave(4, 5, 2)});
  const auto loss = [&](const at::Tensor& centre, double temperature) {
    return crossed_entropy(at::softmax((teacher - centre) / temperature, 2), student, 0.1);
  };
  const at::Tensor none = at::zeros({1, 5}, at::kDouble);
  expect_near(loss(none, 0.04), {8.095437874134376}, 1e-12);
  expect_near(loss(none, 0.07), {8.031338591557343}, 1e-12);
  const at::Tensor centre = 0.1 * teacher.mean(at::IntArrayRef{0, 1});
  expect_near(centre, {.067077, .02373, -.047268, -.027185, .027313}, 1e-6);
  expect_near(loss(centre, 0.04), {8.030342774808904}, 1e-12);
}

TEST(Entropy, OfOneClusterAndOfUniformAssignments) {
  const at::Tensor one = at::one_hot(at::zeros({4}, at::kLong), 3).to(at::kDouble);
  const at::Tensor spread_out = at::eye(3, at::kDouble);
  expect_near(conditional_entropy(one), {0}, 1e-12);
  expect_near(marginal_entropy(one), {0}, 1e-12);
  expect_near(conditional_entropy(spread_out), {0}, 1e-12);
  expect_near(marginal_entropy(spread_out), {1}, 1e-12);
  expect_near(conditional_entropy(at::full({2, 3}, 1. / 3, at::kDouble)), {1}, 1e-12);
}

TEST(Unused, CountsColumnsThatAreNoRowsFirstChoice) {
  const at::Tensor rows = at::eye(4, at::kDouble).narrow(0, 0, 2);
  expect_near(unused(rows), {0}, 1e-12);  // two rows cannot use more than two of four columns
  expect_near(unused(rows.narrow(1, 0, 2)), {0}, 1e-12);
  expect_near(unused(at::cat({rows[0].unsqueeze(0), rows[0].unsqueeze(0), rows})), {0.5}, 1e-12);
}

TEST(VarianceCovariance, CountsDimensionsOfSmallDeviation) {
  const at::Tensor wide = at::tensor({-2., -0.1, 2., 0.1}).view({2, 2}), narrow = wide * 0.1;
  expect_near(variance_covariance(wide, wide).narrow, {0.5}, 1e-12);
  expect_near(variance_covariance(wide, narrow).narrow, {0.75}, 1e-12);
}

}  // namespace
}  // namespace retort::train::ssl

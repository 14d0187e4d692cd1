// Losses against their definitions, element by element.
#include "train/loss.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "train/accuracy.h"

namespace retort::train {
namespace {

const auto kStudent = [] { return at::tensor({1.0f, -0.5f, 0.25f, 2.0f, 0.0f, -1.0f}).view({2, 3}); };
const auto kTeacher = [] { return at::tensor({0.5f, 0.5f, -1.0f, 1.0f, 3.0f, 0.0f}).view({2, 3}); };

double softmax(const at::Tensor& logits, int64_t row, int64_t k, double t) {
  double sum = 0;
  for (int64_t j = 0; j < 3; ++j) sum += std::exp(logits[row][j].item<double>() / t);
  return std::exp(logits[row][k].item<double>() / t) / sum;
}

TEST(Loss, DistillationIsTheDivergenceFromTheTeacher) {
  double expected = 0;
  for (int64_t i = 0; i < 2; ++i) {
    for (int64_t k = 0; k < 3; ++k) {
      const double p = softmax(kTeacher(), i, k, 4), q = softmax(kStudent(), i, k, 4);
      expected += p * std::log(p / q) / 2;
    }
  }
  EXPECT_NEAR(distillation(kStudent(), kTeacher(), 4, false).item<double>(), expected, 1e-6);
  EXPECT_NEAR(distillation(kStudent(), kTeacher(), 4, true).item<double>(), 16 * expected, 1e-5);
}

TEST(Loss, CrossEntropyTakesClassesAndProbabilities) {
  const auto labels = at::tensor({2, 0}, at::kLong);
  const double expected = -(std::log(softmax(kStudent(), 0, 2, 1)) + std::log(softmax(kStudent(), 1, 0, 1))) / 2;
  EXPECT_NEAR(cross_entropy(kStudent(), labels).item<double>(), expected, 1e-6);
  const auto soft = at::one_hot(labels, 3).to(at::kFloat);
  EXPECT_NEAR(cross_entropy(kStudent(), soft).item<double>(), expected, 1e-6);
  double spread = 0;
  for (int64_t i = 0; i < 2; ++i)
    for (int64_t k = 0; k < 3; ++k) spread -= std::log(softmax(kStudent(), i, k, 1)) / 6;
  EXPECT_NEAR(cross_entropy(kStudent(), labels, 0.1).item<double>(), 0.9 * expected + 0.1 * spread, 1e-6);
  const double squares = (kStudent() - kTeacher()).pow(2).mean().item<double>();
  EXPECT_NEAR(logit_matching(kStudent(), kTeacher(), labels, 0.1).item<double>(), squares + 0.1 * expected, 1e-6);
}

TEST(Accuracy, CountsTheLargestLogits) {
  const auto labels = at::tensor({2, 0}, at::kLong);
  EXPECT_DOUBLE_EQ(accuracy(kStudent(), labels), 50);
  EXPECT_DOUBLE_EQ(accuracy(kStudent(), labels, 2), 100);
  EXPECT_DOUBLE_EQ(accuracy(kStudent(), labels, 5), 100);
}

}  // namespace
}  // namespace retort::train

// Weighted nearest neighbours against sums written out by hand.
#include "train/knn.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace retort::train {
namespace {

TEST(Knn, VotesAreWeightedByCosine) {
  const auto bank = at::tensor({2.0f, 0.0f, 0.0f, 5.0f, -1.0f, 0.0f, 3.0f, 3.0f}).view({4, 2});
  const auto labels = at::tensor({0, 1, 1, 2}, at::kLong);
  const auto query = at::tensor({1.0f, 0.0f}).view({1, 2});
  const auto scores = knn_scores(query, bank, labels, 3, 3, 0.5);
  EXPECT_NEAR(scores[0][0].item<double>(), std::exp(1 / 0.5), 1e-5);
  EXPECT_NEAR(scores[0][1].item<double>(), std::exp(0 / 0.5), 1e-5)
      << "the opposite row is not among the nearest three";
  EXPECT_NEAR(scores[0][2].item<double>(), std::exp(std::sqrt(0.5) / 0.5), 1e-4);
}

TEST(Knn, MoreNeighboursThanRowsAndManyQueries) {
  const auto bank = at::eye(3), labels = at::arange(3, at::kLong);
  const auto scores = knn_scores(bank.repeat({400, 1}), bank, labels, 3, 200, 0.1);
  EXPECT_EQ(scores.size(0), 1200);
  EXPECT_TRUE(at::equal(scores.argmax(1), labels.repeat(400)));
}

}  // namespace
}  // namespace retort::train

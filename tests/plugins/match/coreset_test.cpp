#include "match/coreset.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace retort::match {
namespace {

using Points = std::vector<std::vector<double>>;

Points points(int64_t count, double frequency) {
  Points result;
  for (int64_t i = 0; i < count; ++i)
    result.push_back({std::sin(frequency * static_cast<double>(3 * i + 1)),
                      std::sin(frequency * static_cast<double>(3 * i + 2)),
                      std::sin(frequency * static_cast<double>(3 * i + 3))});
  return result;
}

at::Tensor tensor_of(const Points& all) {
  std::vector<double> flat;
  for (const auto& point : all) flat.insert(flat.end(), point.begin(), point.end());
  return at::tensor(flat, at::kDouble).view({static_cast<int64_t>(all.size()), 3});
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

std::vector<double> mean_of(const Points& all, const std::vector<int64_t>& which) {
  std::vector<double> mean(3, 0);
  for (const auto index : which)
    for (size_t i = 0; i < 3; ++i) mean[i] += all[static_cast<size_t>(index)][i] / static_cast<double>(which.size());
  return mean;
}

/// The rule word for word: of all images left, the one with which the chosen mean is nearest to the mean of all.
std::vector<int64_t> herded(const Points& all, int64_t count) {
  std::vector<int64_t> every, chosen;
  for (size_t i = 0; i < all.size(); ++i) every.push_back(static_cast<int64_t>(i));
  const auto goal = mean_of(all, every);
  while (static_cast<int64_t>(chosen.size()) < count) {
    int64_t best = -1;
    double least = std::numeric_limits<double>::infinity();
    for (const auto candidate : every) {
      if (std::find(chosen.begin(), chosen.end(), candidate) != chosen.end()) continue;
      auto with = chosen;
      with.push_back(candidate);
      const double gap = distance(mean_of(all, with), goal);
      if (gap < least) least = gap, best = candidate;
    }
    chosen.push_back(best);
  }
  return chosen;
}

std::vector<int64_t> farthest_first(const Points& all, int64_t first, int64_t count) {
  std::vector<int64_t> chosen{first};
  while (static_cast<int64_t>(chosen.size()) < count) {
    int64_t best = -1;
    double most = -1;
    for (size_t i = 0; i < all.size(); ++i) {
      double nearest = std::numeric_limits<double>::infinity();
      for (const auto c : chosen) nearest = std::min(nearest, distance(all[i], all[static_cast<size_t>(c)]));
      if (nearest > most) most = nearest, best = static_cast<int64_t>(i);
    }
    chosen.push_back(best);
  }
  return chosen;
}

TEST(Herding, IsTheGreedyRule) {
  for (const double frequency : {0.7, 1.3, 2.1}) {
    const auto all = points(12, frequency);
    EXPECT_EQ(herding(tensor_of(all), 12), herded(all, 12));
  }
}

TEST(KCenter, IsFarthestFirst) {
  for (const double frequency : {0.7, 1.3, 2.1}) {
    const auto all = points(12, frequency);
    EXPECT_EQ(k_center(tensor_of(all), 6, 4), farthest_first(all, 4, 6));
    EXPECT_EQ(k_center(tensor_of(all), 6), farthest_first(all, herded(all, 1)[0], 6));
  }
}

TEST(KCenter, TakesNoImageTwice) { EXPECT_EQ(k_center(at::zeros({3, 2}), 3, 0), (std::vector<int64_t>{0, 1, 2})); }

TEST(Forgetting, CountsTransitionsFromRightToWrong) {
  // Rows: what a training run saw of each image, in order; the events and never-learned flags are counted by hand.
  const std::vector<std::vector<int>> seen = {
      {1, 1, 1, 1, 1}, {0, 1, 0, 1, 0}, {0, 0, 0, 0, 0}, {1, 0, 0, 0, 1}, {0, 0, 0, 1, 1}};
  ForgettingCounts counts(5);
  for (size_t epoch = 0; epoch < 5; ++epoch)
    for (const std::vector<int64_t>& batch : {std::vector<int64_t>{4, 1}, std::vector<int64_t>{0, 2, 3}}) {
      std::vector<int64_t> right;
      for (const auto image : batch) right.push_back(seen[static_cast<size_t>(image)][epoch]);
      counts.see(at::tensor(batch, at::kLong), at::tensor(right, at::kLong).to(at::kBool));
    }
  EXPECT_TRUE(at::equal(counts.events(), at::tensor({0, 2, 0, 1, 0}, at::kLong))) << counts.events();
  EXPECT_TRUE(at::equal(counts.never_learned(), at::tensor({0, 0, 1, 0, 0}, at::kLong).to(at::kBool)));
  EXPECT_EQ(most_forgotten(counts.events(), counts.never_learned(), 4), (std::vector<int64_t>{2, 1, 3, 0}));
  EXPECT_EQ(most_forgotten(counts.events(), {}, 4), (std::vector<int64_t>{1, 3, 0, 2}));
}

}  // namespace
}  // namespace retort::match

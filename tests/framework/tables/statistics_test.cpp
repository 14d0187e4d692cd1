#include "tables/statistics.h"

#include <gtest/gtest.h>

namespace retort {
namespace {

TEST(Statistics, QuantilesAreThoseOfPrintedTables) {
  EXPECT_NEAR(t_quantile(0.95, 1), 12.706, 5e-4);
  EXPECT_NEAR(t_quantile(0.95, 4), 2.776, 5e-4);
  EXPECT_NEAR(t_quantile(0.99, 9), 3.250, 5e-4);
  EXPECT_NEAR(t_quantile(0.95, 100000), 1.95999, 1e-4);
}

TEST(Statistics, MeanSampleDeviationAndInterval) {
  // Of 1, 2, 6: mean 3, sample deviation sqrt((4 + 1 + 9) / 2), half width 4.3027 · 2.6458 / sqrt(3)
  const Summary summary = summary_of({1, 2, 6}, 0.95);
  EXPECT_EQ(summary.n, 3u);
  EXPECT_DOUBLE_EQ(summary.mean, 3);
  EXPECT_NEAR(*summary.deviation, 2.645751, 1e-6);
  EXPECT_NEAR(*summary.interval, 6.572409, 1e-5);
}

TEST(Statistics, OneValueHasNoSpread) {
  const Summary summary = summary_of({5}, 0.95);
  EXPECT_EQ(summary.n, 1u);
  EXPECT_FALSE(summary.deviation);
  EXPECT_FALSE(summary.interval);
  EXPECT_EQ(summary.sign(), 0);
  EXPECT_EQ(summary_of({}, 0.95).n, 0u);
}

TEST(Statistics, ADifferenceHasASignOnlyIfItsIntervalLeavesZeroOut) {
  EXPECT_EQ(summary_of({1, 1.1, 0.9}, 0.95).sign(), 1);
  EXPECT_EQ(summary_of({-1, -1.1, -0.9}, 0.95).sign(), -1);
  EXPECT_EQ(summary_of({1, -0.5, 2}, 0.95).sign(), 0);
}

}  // namespace
}  // namespace retort

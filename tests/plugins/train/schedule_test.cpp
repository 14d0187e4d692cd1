// The forms of METHODS.md 1.7 and SSL.md 2.4, at points whose values are known.
#include "train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace retort::train {
namespace {

TEST(Schedule, CosineEndsWhereEtaSays) {
  Schedule s;
  EXPECT_DOUBLE_EQ(s.factor(0, 0, 10, 200), 1);
  EXPECT_NEAR(s.factor(100, 0, 10, 200), 0.5, 1e-15);
  EXPECT_NEAR(s.factor(199, 9, 10, 200), 0.5 * (1 + std::cos(std::numbers::pi * 199 / 200)), 1e-15) << "moves by epoch";
  s.eta = 2;
  EXPECT_NEAR(s.factor(200, 0, 10, 200), 0.5, 1e-15);
  // SC-DD on CIFAR-100: 200 epochs of a schedule made for 300 and stretched by 2 end at 0.752 (METHODS.md 2.3.3).
  s.schedule_epochs = 300;
  EXPECT_NEAR(s.factor(199, 0, 10, 200), 0.752, 1e-3);
}

TEST(Schedule, WarmUpThenCosineOverWhatIsLeft) {
  Schedule s;
  s.warmup_epochs = 5;
  s.warmup_start = 0.01;
  EXPECT_DOUBLE_EQ(s.factor(0, 3, 10, 50), 0.01);
  EXPECT_NEAR(s.factor(2, 0, 10, 50), 0.01 + 0.99 * 2 / 5, 1e-15);
  EXPECT_DOUBLE_EQ(s.factor(5, 0, 10, 50), 1);
  EXPECT_NEAR(s.factor(27, 5, 10, 50), 0.5 * (1 + std::cos(std::numbers::pi * 22 / 45)), 1e-15);
  s.per_step = true;  // MoCo v3
  s.warmup_start = 0;
  EXPECT_NEAR(s.factor(2, 5, 10, 50), 0.5, 1e-15);
  EXPECT_NEAR(s.factor(27, 5, 10, 50), 0.5, 1e-15);
}

TEST(Schedule, StepsAndLines) {
  Schedule s;
  s.type = "step";
  s.milestones = {60, 80};
  EXPECT_DOUBLE_EQ(s.factor(59, 9, 10, 100), 1);
  EXPECT_DOUBLE_EQ(s.factor(60, 0, 10, 100), 0.1);
  EXPECT_NEAR(s.factor(99, 0, 10, 100), 0.01, 1e-15);
  s.type = "linear";
  s.final = 0.5;
  EXPECT_DOUBLE_EQ(s.factor(50, 0, 10, 100), 0.75);
  s.type = "cosine";
  s.final = 0.001;  // Barlow Twins: base·q + 0.001·base·(1-q)
  EXPECT_NEAR(s.factor(100, 0, 10, 100), 0.001, 1e-15);
}

TEST(Schedule, MomentumOfTheTable) {  // SSL.md 2.3
  EXPECT_DOUBLE_EQ(cosine_momentum(0.996, 0), 0.996);
  EXPECT_NEAR(cosine_momentum(0.996, 0.25), 0.99658579, 1e-8);
  EXPECT_NEAR(cosine_momentum(0.996, 0.5), 0.998, 1e-12);
  EXPECT_NEAR(cosine_momentum(0.996, 0.75), 0.99941421, 1e-8);
  EXPECT_DOUBLE_EQ(cosine_momentum(0.996, 1), 1);
}

}  // namespace
}  // namespace retort::train

#include <gtest/gtest.h>

#include <cmath>

#include "support/fake_run.h"

namespace retort {
namespace {

Artifact accuracy(double value) {
  Artifact one;
  one.kind = "metrics";
  one.meta = {{"accuracy_last", value}};
  return one;
}

Json scores(double full, double hard, double images, double random, double images_plain, double random_plain) {
  test::NodeRun node("evaluate.dd_ranking", Json::object());
  node.input("full_hard", {accuracy(full)})
      .input("images_hard", {accuracy(hard)})
      .input("images", {accuracy(images)})
      .input("random", {accuracy(random)})
      .input("images_plain", {accuracy(images_plain)})
      .input("random_plain", {accuracy(random_plain)})
      .go();
  return node.output("metrics").meta;
}

TEST(DdRanking, IsItsFormula) {
  const auto found = scores(80, 30, 50, 40, 35, 33);
  const double least = std::exp(-1), range = std::exp(1) - least;
  EXPECT_NEAR(found.at("label_robust_score").get<double>(), (std::exp(0.5 * 0.10 - 0.5 * 0.50) - least) / range, 1e-12);
  EXPECT_NEAR(found.at("augmentation_robust_score").get<double>(), (std::exp(0.5 * 0.10 + 0.5 * 0.02) - least) / range,
              1e-12);
  EXPECT_EQ(found.at("hard_label_recovery"), 50.0);
  EXPECT_EQ(found.at("improvement_over_random"), 10.0);
}

TEST(DdRanking, ImagesThatAreAsGoodAsAllDataAndMuchBetterThanRandomApproachOne) {
  EXPECT_NEAR(scores(100, 100, 100, 0, 100, 0).at("augmentation_robust_score").get<double>(), 1, 1e-12);
  EXPECT_NEAR(scores(100, 0, 0, 100, 0, 100).at("label_robust_score").get<double>(), 0, 1e-12);
}

TEST(DdRanking, NamesTheInputWithoutAnAccuracy) {
  test::NodeRun node("evaluate.dd_ranking", Json::object());
  for (const char* port : {"full_hard", "images_hard", "images", "images_plain", "random_plain"})
    node.input(port, {accuracy(1)});
  Artifact other = accuracy(1);
  other.meta = {{"agreement", 3}};
  node.input("random", {other});
  try {
    node.go();
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "input \"random\" has no metric \"accuracy_last\": link an evaluate.student or an evaluate.matching");
  }
}

}  // namespace
}  // namespace retort

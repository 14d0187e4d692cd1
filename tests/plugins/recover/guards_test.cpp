// Recoveries in which one term drowns the other, or whose images stay at chance, say so.
#include <gmock/gmock.h>

#include <cmath>

#include "node/recover/signals.h"
#include "support/fake_run.h"
#include "support/tiny_teacher.h"

namespace retort {
namespace {

using test::NodeRun;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Signals, BothTermsHaveToCountAtTheStart) {
  EXPECT_EQ(recover::doubt_about({405, 0.6, "bn_match", 0.005}),
            "the BatchNorm terms begin at 0.00148 of cross entropy (0.6 beside 405, weights included; both count from "
            "0.01 to 10): the images will follow cross entropy alone. First to try: \"calibrate\" of the teacher's "
            "probe.linear, a \"weight\" of bn_match of about 0.34 instead of 0.005, or \"balance\"");
  EXPECT_THAT(recover::doubt_about({2, 60, "bn_match", 0.3}),
              AllOf(HasSubstr("the images will follow the BatchNorm terms alone"),
                    HasSubstr("a \"weight\" of bn_match of about 0.01 instead of 0.3"), Not(HasSubstr("calibrate"))));
  for (const double ratio : {0.011, 0.3, 9.9})
    EXPECT_EQ(recover::doubt_about({2, 2 * ratio, "bn_match", 1}), "") << ratio;
  EXPECT_EQ(recover::doubt_about({2, 0, "", 0}), "") << "no such term was asked for";
}

TEST(Signals, ImagesThatStayNearChanceAreTold) {
  const double chance = std::log(10.0);
  EXPECT_EQ(recover::doubt_about_end(0.79 * chance, 10, "x"), "");
  EXPECT_EQ(recover::doubt_about_end(2.07, 10, "more of this"),
            "the images end at a cross entropy of 2.07, 90 % of chance (2.3 for 10 classes): their teachers do not see "
            "the classes in them. First to try: more of this");
}

constexpr int64_t kClasses = 4;

std::vector<std::string> warnings(double weight, int64_t iterations, const std::string& name, const Json& more = {}) {
  Json params = {
      {"per_class", 2},      {"iterations", iterations},
      {"lr", 0.1},           {"batch", 4},
      {"groups_at_once", 1}, {"losses", {{{"type", "cross_entropy"}}, {{"type", "bn_match"}, {"weight", weight}}}}};
  if (more.is_object()) params.update(more);
  NodeRun node("recover", params, name);
  node.input("teachers", {test::tiny_teacher(kClasses, 1)}).go();
  return node.run.warnings;
}

TEST(RecoverGuards, TellOfTermsThatDrownEachOtherOnce) {
  const auto weak = warnings(1e-7, 3, "weak");  // two batches one after the other
  EXPECT_EQ(std::count_if(weak.begin(), weak.end(),
                          [](const std::string& one) { return one.starts_with("the BatchNorm terms begin at "); }),
            1);
  EXPECT_THAT(warnings(1e3, 3, "strong"), ::testing::Contains(HasSubstr("follow the BatchNorm terms alone")));
  EXPECT_THAT(warnings(0, 60, "none"), IsEmpty());
  EXPECT_THAT(warnings(1e-7, 3, "balanced", {{"balance", {0, 1}}}),
              Not(::testing::Contains(HasSubstr("the BatchNorm terms begin at "))));
}

TEST(RecoverGuards, TellOfImagesThatTheTeacherDoesNotKnow) {
  EXPECT_THAT(warnings(0.005, 1, "one", {{"lr", 1e-4}}),
              ::testing::Contains(AllOf(HasSubstr("of chance (1.39 for 4 classes)"),
                                        HasSubstr("more \"iterations\" (1), a larger \"lr\" (0.0001)"))));
  EXPECT_THAT(warnings(0.005, 60, "sixty"), IsEmpty());
}

}  // namespace
}  // namespace retort

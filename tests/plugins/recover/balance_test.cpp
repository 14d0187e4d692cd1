// Two terms at a given ratio of their gradients, against gradients worked out by hand, and terms of listed teachers.
#include "node/recover/balance.h"

#include <gmock/gmock.h>

#include "support/fake_run.h"
#include "support/tiny_teacher.h"

namespace retort {
namespace {

using recover::Balance;
using recover::BalancedParts;
using test::NodeRun;
using ::testing::HasSubstr;

const std::vector<std::string> kNames = {"square", "line", "rest"};

/// What `action` says that is wrong with the user's settings.
template <class Action>
std::string refusal(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::user);
    return error.what();
  }
  return "accepted";
}

/// Two groups of two images of one channel, 2×2 pixels; the terms are x², c·x and, of all images, d·x.
struct Toy {
  at::Tensor x, c, d;

  Toy() {
    const auto line = at::arange(16, at::kFloat).view({4, 1, 2, 2});
    x = at::sin(line).requires_grad_(true);
    c = at::cos(2 * line), d = at::cos(3 * line);
  }
  static at::Tensor of_groups(const at::Tensor& each) { return each.reshape({2, -1}).sum(1); }
  BalancedParts parts(bool more) const {
    return {of_groups(x.square()), of_groups(c * x), more ? of_groups(d * x) : at::zeros({2})};
  }
};

TEST(Balance, GivesEachGroupTheWeightOfTheRatio) {
  for (const bool more : {false, true}) {
    const Toy toy;
    const Balance balance({0, 1}, 0.5);
    const auto step = balance.descend(toy.x, toy.parts(more), 0, 0, kNames);
    const auto first = 2 * toy.x.detach();
    for (int64_t g = 0; g < 2; ++g) {
      const auto own = [&](const at::Tensor& all) { return all.narrow(0, 2 * g, 2); };
      const double weight = 0.5 * own(first).norm().item<double>() / own(toy.c).norm().item<double>();
      EXPECT_NEAR(step.weight[g].item<double>(), weight, 1e-6);
      auto wanted = own(first) + weight * own(toy.c);
      if (more) wanted = wanted + own(toy.d);
      EXPECT_TRUE(at::allclose(own(toy.x.grad()), wanted, 1e-5, 1e-6))
          << "group " << g << (more ? ", three terms" : "");
      const auto part = toy.parts(more);
      EXPECT_NEAR(step.value[g].item<double>(), (part.first[g] + weight * part.second[g] + part.rest[g]).item<double>(),
                  1e-5);
    }
  }
}

TEST(Balance, OfAGradientThatIsZeroAtTheStartIsRefused) {
  Toy toy;
  auto parts = toy.parts(false);
  parts.second = Toy::of_groups(0 * toy.x);
  EXPECT_EQ(
      refusal([&] { Balance({0, 1}, 1).descend(toy.x, parts, 0, 6, kNames); }),
      "\"balance\": the gradient of losses[1] (line) is zero in batch 6 at the start, so that no weight gives it a "
      "ratio to the other: balance another pair of losses, or start from other images (\"init\")");
  parts = toy.parts(false);
  parts.first = Toy::of_groups(0 * toy.x);
  EXPECT_THAT(refusal([&] { Balance({0, 1}, 1).descend(toy.x, parts, 0, 0, kNames); }),
              HasSubstr("the gradient of losses[0] (square) is zero in batch 0 at the start"));
}

TEST(Balance, OfAGradientThatBecameZeroLeavesTheOther) {
  Toy toy;
  auto parts = toy.parts(false);
  parts.second = Toy::of_groups(0 * toy.x);
  const auto step = Balance({0, 1}, 1).descend(toy.x, parts, 1, 0, kNames);
  EXPECT_TRUE(at::allclose(toy.x.grad(), 2 * toy.x.detach()));
  EXPECT_EQ(step.weight.abs().sum().item<double>(), 0);
}

TEST(Balance, NeedsTwoDifferentLossesWithAWeight) {
  const auto said = [](std::vector<int64_t> terms, std::vector<double> weights = {1, 1, 1}) {
    return refusal([&] { Balance(std::move(terms), 1).check(kNames, weights); });
  };
  EXPECT_EQ(said({0, 1}), "accepted");
  EXPECT_EQ(said({0}), "\"balance\" names 1 losses; it takes the indices of two: [0, 1]");
  EXPECT_EQ(said({0, 1, 2}), "\"balance\" names 3 losses; it takes the indices of two: [0, 1]");
  EXPECT_EQ(said({1, 1}), "\"balance\" names losses[1] twice; it takes two losses");
  EXPECT_EQ(said({0, 3}), "\"balance\" names losses[3], and there are 3 losses, counted from 0");
  EXPECT_EQ(said({0, 1}, {1, 0, 1}), "\"balance\" names losses[1] (line), which has \"weight\" 0 and is not evaluated");
}

// ---- in the node

constexpr int64_t kClasses = 4;

NodeRun recover(const Json& more, std::vector<Artifact> teachers, const std::string& name) {
  Json all = {{"per_class", 2}, {"iterations", 4}, {"lr", 0.1}, {"batch", 4}, {"groups_at_once", 1}};
  all.update(more);
  NodeRun node("recover", all, name);
  node.input("teachers", std::move(teachers)).go();
  return node;
}

Json losses(double weight, const Json& more = Json::object()) {
  Json bn = {{"type", "bn_match"}, {"weight", weight}};
  bn.update(more);
  return Json::array({{{"type", "cross_entropy"}}, bn});
}

at::Tensor pixels(NodeRun& node) { return read_images(node.output("images")).images; }

double mean_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kFloat) - b.to(at::kFloat)).abs().mean().item<double>();
}

TEST(RecoverBalance, MakesTheWeightOfTheSecondTermIrrelevant) {
  const auto run = [](double weight, double ratio, int64_t groups, const std::string& name) {
    return recover(
        {{"losses", losses(weight)}, {"balance", {0, 1}}, {"balance_ratio", ratio}, {"groups_at_once", groups}},
        {test::tiny_teacher(kClasses, 1)}, name);
  };
  auto one = run(0.01, 1, 1, "one"), other = run(7, 1, 1, "other"), more = run(0.01, 30, 1, "more");
  EXPECT_TRUE(at::equal(pixels(one), pixels(other)));
  EXPECT_GT(mean_difference(pixels(one), pixels(more)), 1);
  auto together = run(0.01, 1, 2, "together");
  EXPECT_LT(mean_difference(pixels(one), pixels(together)), 0.2) << "groups do not see each other";
  EXPECT_GT(one.output("metrics").meta.at("balance_weight").get<double>(), 0);
  EXPECT_TRUE(one.output("metrics").meta.contains("loss.bn_match"));
  EXPECT_FALSE(one.output("metrics").meta.contains("loss.balance_weight"));
}

/// A weight equal to what balancing found in the first step gives the same first step.
TEST(RecoverBalance, IsTheWeightItReports) {
  auto balanced = recover({{"losses", losses(1)}, {"balance", {0, 1}}, {"iterations", 1}, {"per_class", 1}},
                          {test::tiny_teacher(kClasses, 1)}, "balanced");
  const double weight = balanced.output("metrics").meta.at("balance_weight").get<double>();
  auto fixed = recover({{"losses", losses(weight)}, {"iterations", 1}, {"per_class", 1}},
                       {test::tiny_teacher(kClasses, 1)}, "fixed");
  EXPECT_LT(mean_difference(pixels(balanced), pixels(fixed)), 0.05);
}

TEST(RecoverBalance, ResumesBitForBit) {
  const Json more = {{"losses", losses(1)}, {"balance", {0, 1}}};
  auto whole = recover(more, {test::tiny_teacher(kClasses, 1)}, "whole");
  Json all = {{"per_class", 2}, {"iterations", 4}, {"lr", 0.1}, {"batch", 4}, {"groups_at_once", 1}};
  all.update(more);
  NodeRun first("recover", all, "first");
  first.run.cancel_at = 5;
  EXPECT_THROW(first.input("teachers", {test::tiny_teacher(kClasses, 1)}).go(), Error);
  NodeRun second("recover", all, "second");
  std::filesystem::copy(first.run.checkpoint_folder(), second.run.checkpoint_folder(),
                        std::filesystem::copy_options::recursive);
  second.input("teachers", {test::tiny_teacher(kClasses, 1)}).go();
  EXPECT_TRUE(at::equal(pixels(second), pixels(whole)));
  EXPECT_EQ(second.output("metrics").meta, whole.output("metrics").meta);
}

TEST(LossTeachers, ATermIsOfTheTeachersItLists) {
  const auto one = test::tiny_teacher(kClasses, 1), two = test::tiny_teacher(kClasses, 2);
  const auto first_of = [](NodeRun node, const char* name) { return node.run.metrics[name].front().second; };
  const Json together = {{"type", "together"}};
  const auto both = [&](const Json& list) { return Json{{"losses", list}, {"teacher_schedule", together}}; };
  const Json listed = Json::array(
      {{{"type", "cross_entropy"}, {"teachers", {0}}}, {{"type", "bn_match"}, {"weight", 0.01}, {"teachers", {1}}}});
  const auto alone = [&](const Artifact& teacher, const std::string& name) {
    return recover({{"losses", losses(0.01)}}, {teacher}, name);
  };
  EXPECT_NEAR(first_of(recover(both(listed), {one, two}, "a"), "cross_entropy"),
              first_of(alone(one, "b"), "cross_entropy"), 1e-4)
      << "the whole of teacher 0, not half of it";
  EXPECT_NEAR(first_of(recover(both(listed), {one, two}, "c"), "bn_match"), first_of(alone(two, "d"), "bn_match"),
              1e-2);
  // Listing all is the mean of all.
  Json all = listed;
  all[0]["teachers"] = {0, 1}, all[1]["teachers"] = {1, 0};
  EXPECT_NEAR(first_of(recover(both(all), {one, two}, "e"), "cross_entropy"),
              first_of(recover(both(losses(0.01)), {one, two}, "f"), "cross_entropy"), 1e-5);
}

TEST(LossTeachers, DecideTheGradientToo) {
  const auto one = test::tiny_teacher(kClasses, 1), two = test::tiny_teacher(kClasses, 2);
  Json only_first = losses(0.01, {{"teachers", {0}}});
  only_first[0]["teachers"] = {0};
  auto both = recover({{"losses", only_first}, {"teacher_schedule", {{"type", "together"}}}}, {one, two}, "both");
  auto alone = recover({{"losses", losses(0.01)}}, {one}, "alone");
  EXPECT_LT(mean_difference(pixels(both), pixels(alone)), 0.05) << "nothing is asked of the second teacher";
}

TEST(LossTeachers, LetATeacherWithoutBatchNormBesideOneThatHasIt) {
  const auto with = test::tiny_teacher(kClasses, 1), without = test::teacher_without_batch_norm(kClasses);
  const Json schedule = {{"type", "together"}};
  EXPECT_EQ(refusal([&] { recover({{"losses", losses(0.01)}, {"teacher_schedule", schedule}}, {with, without}, "a"); }),
            "a loss matches BatchNorm statistics, but teachers[1] has no BatchNorm layer");
  EXPECT_EQ(refusal([&] {
              recover({{"losses", losses(0.01, {{"teachers", {0}}})}, {"teacher_schedule", schedule}}, {with, without},
                      "b");
            }),
            "accepted");
}

TEST(LossTeachers, ThatAreNotThereOrNeverAskedAreTold) {
  const auto one = test::tiny_teacher(kClasses, 1), two = test::tiny_teacher(kClasses, 2);
  const auto said = [&](const Json& teachers, std::vector<Artifact> linked) {
    return refusal([&] { recover({{"losses", losses(0.01, {{"teachers", teachers}})}}, std::move(linked), "said"); });
  };
  EXPECT_EQ(said({2}, {one, two}), "losses[1] (bn_match): \"teachers\" names 2, and there are 2: 0 to 1");
  EXPECT_EQ(said({1}, {one}), "losses[1] (bn_match): \"teachers\" names 1, and there is one teacher: 0");
  EXPECT_EQ(said({0, 0}, {one, two}), "losses[1] (bn_match): \"teachers\" names 0 twice");
  // The schedule asks teacher 0 alone: what lists teacher 1 is never there.
  auto idle = recover({{"losses", losses(0.01, {{"teachers", {1}}})}}, {one, two}, "idle");
  EXPECT_THAT(idle.run.warnings,
              ::testing::Contains("losses[1] (bn_match) was never evaluated: \"teacher_schedule\" asks none of the "
                                  "teachers that its \"teachers\" lists"));
  Json none = losses(0.01, {{"teachers", {1}}});
  none[0]["teachers"] = {1};
  EXPECT_EQ(refusal([&] { recover({{"losses", none}}, {one, two}, "none"); }),
            "iteration 0 has nothing to lower: no loss is applied to the teachers that \"teacher_schedule\" asks then "
            "(\"teachers\" of losses)");
}

}  // namespace
}  // namespace retort

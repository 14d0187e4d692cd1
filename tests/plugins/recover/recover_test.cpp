#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/fake_run.h"
#include "support/tiny_teacher.h"

namespace retort {
namespace {

using test::NodeRun;

constexpr int64_t kClasses = 4;

Json params(const Json& more) {
  Json all = {{"per_class", 3},      {"iterations", 6},
              {"lr", 0.1},           {"batch", 4},
              {"groups_at_once", 1}, {"views", {{{"type", "roll"}, {"pixels", 2}}, {{"type", "flip"}}}}};
  all.update(more);
  return all;
}

Artifact recovered(const Json& more, const std::string& name) {
  NodeRun node("recover", params(more), name);
  return node.input("teachers", {test::tiny_teacher(kClasses, 1)}).go().output("images");
}

at::Tensor pixels(const Artifact& images) { return read_images(images).images; }

double mean_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kFloat) - b.to(at::kFloat)).abs().mean().item<double>();
}

TEST(Recover, NoIterationsFromRealImagesAreThoseImages) {
  for (const char* codec : {"none", "png"}) {
    NodeRun select("select.random", {{"per_class", 3}}, "select");
    const auto chosen = select.input("data", {test::tiny_data(kClasses, 9, 2)}).go().output("images");
    NodeRun node("recover",
                 params({{"iterations", 0}, {"codec", codec}, {"init", {{"type", "real"}, {"pick", "in_order"}}}}));
    node.input("teachers", {test::tiny_teacher(kClasses, 1)}).input("init.data", {chosen}).go();
    const auto images = read_images(node.output("images")), wanted = read_images(chosen);
    EXPECT_TRUE(at::equal(images.images, wanted.images)) << codec;
    EXPECT_TRUE(at::equal(images.labels, wanted.labels));
  }
}

TEST(Recover, NoIterationsFromRealImagesAreTheRandomOnes) {
  const Artifact data = test::tiny_data(kClasses, 9, 2);
  NodeRun select("select.random", {{"per_class", 3}}, "select");
  const auto random = read_images(select.input("data", {data}).go().output("images"));
  NodeRun node("recover", params({{"iterations", 0}, {"codec", "none"}, {"init", {{"type", "real"}}}}));
  node.input("teachers", {test::tiny_teacher(kClasses, 1)}).input("init.data", {data}).go();
  EXPECT_TRUE(at::equal(read_images(node.output("images")).images, random.images));
}

TEST(Recover, NoiseHasNoIterationsEither) {
  const auto images = read_images(recovered({{"iterations", 0}}, "noise"));
  EXPECT_EQ(images.size(), 12);
  EXPECT_TRUE(at::equal(images.labels, at::arange(4).repeat_interleave(3)));
}

TEST(Recover, ResumesBitForBit) {
  const Json more = {{"groups_at_once", 2}};  // chunks of two batches and one
  const auto whole = pixels(recovered(more, "whole"));
  for (const int64_t stop : {2, 6, 8, 11}) {  // within the first chunk, between two, within the second
    NodeRun first("recover", params(more), "first");
    first.run.cancel_at = stop;
    EXPECT_THROW(first.input("teachers", {test::tiny_teacher(kClasses, 1)}).go(), Error);
    NodeRun second("recover", params(more), "second");
    std::filesystem::copy(first.run.checkpoint_folder(), second.run.checkpoint_folder(),
                          std::filesystem::copy_options::recursive);
    second.input("teachers", {test::tiny_teacher(kClasses, 1)}).go();
    EXPECT_TRUE(at::equal(pixels(second.output("images")), whole)) << "stopped at call " << stop;
    EXPECT_LT(second.run.metrics["cross_entropy"].size(), 12u) << "it began again";
  }
}

TEST(Recover, StagesResumeToo) {
  const Json more = {{"stages", {{"type", "residual"}, {"count", 3}, {"sizes", {12, 16}}}}, {"iterations", 9}};
  const auto whole = pixels(recovered(more, "whole"));
  EXPECT_EQ(whole.size(3), 12);
  NodeRun first("recover", params(more), "first");
  first.run.cancel_at = 7;
  EXPECT_THROW(first.input("teachers", {test::tiny_teacher(kClasses, 1)}).go(), Error);
  NodeRun second("recover", params(more), "second");
  std::filesystem::copy(first.run.checkpoint_folder(), second.run.checkpoint_folder(),
                        std::filesystem::copy_options::recursive);
  second.input("teachers", {test::tiny_teacher(kClasses, 1)}).go();
  EXPECT_TRUE(at::equal(pixels(second.output("images")), whole));
}

/// Where a stage keeps nothing of what was recovered, it begins with the initial images, and in their full size: not
/// with those of a smaller stage before, blown up (METHODS.md 2.8).
TEST(Recover, AStageMixesInitialImagesOfFullSize) {
  NodeRun select("select.random", {{"per_class", 3}}, "select");
  const auto chosen = select.input("data", {test::tiny_data(kClasses, 9, 2)}).go().output("images");
  NodeRun node("recover", params({{"stages", {{"type", "residual"}, {"count", 2}, {"sizes", {8, 16}}, {"keep", 0}}},
                                  {"iterations", 2},
                                  {"lr", 1e-6},
                                  {"views", Json::array()},
                                  {"quantize", "round"},
                                  {"init", {{"type", "real"}, {"pick", "in_order"}}}}));
  node.input("teachers", {test::tiny_teacher(kClasses, 1)}).input("init.data", {chosen}).go();
  EXPECT_TRUE(at::equal(read_images(node.output("images")).images, read_images(chosen).images));
}

TEST(Recover, BatchesSideBySideGiveWhatTheyGiveAlone) {
  const auto alone = pixels(recovered({{"groups_at_once", 1}}, "alone"));
  const auto together = pixels(recovered({{"groups_at_once", 3}}, "together"));
  EXPECT_LT(mean_difference(alone, together), 0.2);  // levels of 256; draws that differed would give tens
}

TEST(Recover, AnotherSeedGivesOtherImages) {
  NodeRun node("recover", params(Json::object()), "other");
  node.run.seed_value = 2;
  node.input("teachers", {test::tiny_teacher(kClasses, 1)}).go();
  EXPECT_GT(mean_difference(pixels(node.output("images")), pixels(recovered(Json::object(), "same"))), 10);
}

TEST(Recover, KeepsWhatTheCodecLeaves) {
  const auto images = recovered({{"codec", "jpeg"}, {"quality", 40}}, "jpeg");
  const auto plain = recovered(Json::object(), "plain");
  EXPECT_FALSE(at::equal(pixels(images), pixels(plain)));
  EXPECT_LT(images.meta.at("bytes").get<int64_t>(), plain.meta.at("bytes").get<int64_t>());
  EXPECT_EQ(images.meta.at("codec"), "jpeg");
}

TEST(Recover, SaysWhenTheObjectiveIsNoNumber) {
  NodeRun node("recover", params({{"clip", false}, {"lr", 1e30}, {"iterations", 200}}));
  node.input("teachers", {test::tiny_teacher(kClasses, 1)});
  try {
    node.go();
    FAIL() << "finished";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_a_number);
    EXPECT_NE(std::string(error.what()).find("iteration"), std::string::npos) << error.what();
  }
}

TEST(Recover, RefusesToMatchStatisticsThatATeacherDoesNotHave) {
  NodeRun node("recover", params(Json::object()));
  node.input("teachers", {test::teacher_without_batch_norm(kClasses)});
  try {
    node.go();
    FAIL() << "finished";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "a loss matches BatchNorm statistics, but teachers[0] has no BatchNorm layer");
  }
}

TEST(Recover, TeachersInTurnAndTogetherDiffer) {
  const auto run = [](const Json& schedule, const std::string& name) {
    NodeRun node("recover", params({{"teacher_schedule", schedule}}), name);
    return pixels(node.input("teachers", {test::tiny_teacher(kClasses, 1), test::tiny_teacher(kClasses, 2)})
                      .go()
                      .output("images"));
  };
  const auto first = run({{"type", "one"}}, "one"), turns = run({{"type", "in_turn"}}, "turns");
  const auto committee = run({{"type", "weighted"}, {"priors", {500, 0}}}, "committee");
  EXPECT_GT(mean_difference(first, turns), 1);
  EXPECT_LT(mean_difference(first, committee), 0.2);  // softmax(100, 0): the second teacher counts nothing
}

/// SRe2L's update written out once more: BatchNorm as a formula in the graph, Adam as a formula, no view, one batch.
TEST(Recover, EqualsSre2lOnPlainAutograd) {
  constexpr int64_t kSteps = 5;
  constexpr double kLr = 0.1, kBeta1 = 0.5, kBeta2 = 0.9, kWeight = 0.01;
  const Json more = {{"per_class", 1}, {"iterations", kSteps}, {"views", Json::array()}, {"quantize", "round"}};
  const auto got = pixels(recovered(more, "fused"));

  auto teacher = test::tiny_model(kClasses, 1);
  test::FakeRun run("recover", {});
  auto x = at::randn({kClasses, 3, 16, 16}, at::detail::createCPUGenerator(run.stream("init", 0)), at::kFloat);
  auto m = at::zeros_like(x), v = at::zeros_like(x);
  for (int64_t t = 0; t < kSteps; ++t) {
    x = x.detach().requires_grad_(true);
    nn::PassOptions tapped;
    tapped.tap_batch_norm = true;
    const auto seen = teacher(x, tapped);
    auto objective = at::cross_entropy_loss(seen.logits, at::arange(kClasses, at::kLong));
    double scale = 10;
    for (const auto& bn : seen.batch_norms) {
      objective =
          objective + kWeight * scale * ((bn.var[0] - bn.running_var).norm() + (bn.mean[0] - bn.running_mean).norm());
      scale = 1;
    }
    objective.backward();
    const auto g = x.grad();
    at::NoGradGuard no_grad;
    m = kBeta1 * m + (1 - kBeta1) * g;
    v = kBeta2 * v + (1 - kBeta2) * g * g;
    const double n = static_cast<double>(t + 1);
    const auto step = (m / (1 - std::pow(kBeta1, n))) / ((v / (1 - std::pow(kBeta2, n))).sqrt() + 1e-8);
    x = x - kLr * 0.5 * (1 + std::cos(M_PI * static_cast<double>(t) / kSteps)) * step;
    teacher.normalization().clip_(x);
  }
  const auto wanted = (teacher.normalization().invert(x.detach()).clamp(0, 1) * 255).round().to(at::kByte);
  const auto off = (got.to(at::kInt) - wanted.to(at::kInt)).abs();
  EXPECT_LT(off.gt(1).to(at::kFloat).mean().item<double>(), 0.005) << "a share of pixels differs by more than a level";
  EXPECT_GT(mean_difference(got, pixels(recovered({{"per_class", 1}, {"iterations", 0}}, "start"))), 3);
}

}  // namespace
}  // namespace retort

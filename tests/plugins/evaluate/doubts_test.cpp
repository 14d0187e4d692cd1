// Students whose answers say nothing, and the number that a loop over running prefixes of the test set prints.
#include "node/evaluate/doubts.h"

#include <gmock/gmock.h>

#include "node/evaluate/prefix_best.h"
#include "support/fake_run.h"
#include "support/tiny_teacher.h"

namespace retort {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

at::Tensor answers(const std::vector<int64_t>& labels, int64_t classes) {
  return at::one_hot(at::tensor(labels, at::kLong), classes).to(at::kFloat);
}

TEST(EffectiveClasses, AreTheExponentialOfTheEntropy) {
  EXPECT_NEAR(evaluate::effective_classes(at::tensor({0, 1, 2, 3}, at::kLong), 4), 4, 1e-12);
  EXPECT_NEAR(evaluate::effective_classes(at::tensor({2, 2, 2}, at::kLong), 4), 1, 1e-12);
  EXPECT_NEAR(evaluate::effective_classes(at::tensor({0, 0, 0, 1}, at::kLong), 2),
              std::exp(-0.75 * std::log(0.75) - 0.25 * std::log(0.25)), 1e-12);
}

TEST(StudentDoubt, OneClassIsTold) {
  const auto labels = at::arange(200, at::kLong).remainder(10);
  std::vector<int64_t> said(200, 3);
  for (size_t i = 0; i < 10; ++i) said[i] = 4;
  EXPECT_EQ(
      evaluate::doubt_about(answers(said, 10), labels),
      "the student answers with nearly one class: the commonest answer is given to 95.0 % of the test images, and "
      "the answers spread as over 1.2 classes, the labels as over 10.0 (10.0 % are right)");
}

TEST(StudentDoubt, AFewOfManyClassesAreTold) {
  const auto labels = at::arange(1000, at::kLong).remainder(100);
  std::vector<int64_t> said;
  for (int64_t i = 0; i < 1000; ++i) said.push_back(i % 8);  // 8 of 100
  EXPECT_THAT(evaluate::doubt_about(answers(said, 100), labels),
              HasSubstr("as over 8.0 classes, the labels as over 100"));
}

TEST(StudentDoubt, ChanceIsTold) {
  std::vector<int64_t> labels, said;
  for (int64_t i = 0; i < 400; ++i) labels.push_back(i % 4), said.push_back((i / 4) % 4);  // a quarter right
  EXPECT_EQ(evaluate::doubt_about(answers(said, 4), at::tensor(labels, at::kLong)),
            "the student stays at chance: 25.0 % of 400 test images are right, the commonest class has 25.0 %");
  // Two deviations of guesses are 2 · sqrt(0.25 · 0.75 / 400) = 4.33 %.
  for (size_t i = 0; i < 20; ++i) said[i] = labels[i];
  const double right =
      answers(said, 4).argmax(1).eq(at::tensor(labels, at::kLong)).to(at::kDouble).mean().item<double>();
  ASSERT_GT(right, 0.28);
  ASSERT_LT(right, 0.2933);
  EXPECT_THAT(evaluate::doubt_about(answers(said, 4), at::tensor(labels, at::kLong)), StartsWith("the student stays"));
  for (size_t i = 20; i < 40; ++i) said[i] = labels[i];
  EXPECT_EQ(evaluate::doubt_about(answers(said, 4), at::tensor(labels, at::kLong)), "");
}

TEST(StudentDoubt, HasNoneOfGoodStudentsAndOfToysThatProveNothing) {
  const auto labels = at::arange(40, at::kLong).remainder(4);
  EXPECT_EQ(evaluate::doubt_about(at::one_hot(labels, 4).to(at::kFloat), labels), "");
  EXPECT_EQ(evaluate::doubt_about(answers(std::vector<int64_t>(19, 0), 4), at::arange(19, at::kLong).remainder(4)), "");
  const auto one_class = at::zeros({40}, at::kLong);
  EXPECT_THAT(evaluate::doubt_about(answers(std::vector<int64_t>(40, 0), 4), one_class),
              StartsWith("the student stays"))
      << "all right, and no better than the commonest class: such test images show nothing";
}

TEST(PrefixBest, IsTheLargestShareOfABatchwiseRunningCount) {
  // 64 right, then 136 wrong: the first prefix is perfect, the whole set has a third.
  std::vector<int64_t> said(200, 1);
  for (size_t i = 0; i < 64; ++i) said[i] = 0;
  const auto labels = at::zeros({200}, at::kLong);
  EXPECT_DOUBLE_EQ(evaluate::prefix_best(answers(said, 2), labels), 100);
  EXPECT_DOUBLE_EQ(evaluate::prefix_best(answers(said, 2), labels, 200), 32);
  EXPECT_DOUBLE_EQ(evaluate::prefix_best(answers(said, 2).flip({0}), labels), 32) << "the last prefix is the whole";
  EXPECT_DOUBLE_EQ(evaluate::prefix_best(answers({0, 1, 0}, 2), at::zeros({3}, at::kLong)), 200.0 / 3);
}

/// The loop of the released script, one image at a time.
TEST(PrefixBest, IsWhatTheReleasedLoopPrints) {
  auto random = at::detail::createCPUGenerator(5);
  const auto logits = at::randn({523, 7}, random, at::TensorOptions().dtype(at::kFloat));
  const auto labels = at::randint(0, 7, {523}, random, at::TensorOptions().dtype(at::kLong));
  double best = 0, right = 0;
  for (int64_t i = 0; i < 523; ++i) {
    right += logits[i].argmax().item<int64_t>() == labels[i].item<int64_t>() ? 1 : 0;
    if ((i + 1) % 64 == 0 || i == 522) best = std::max(best, 100 * right / static_cast<double>(i + 1));
  }
  EXPECT_DOUBLE_EQ(evaluate::prefix_best(logits, labels), best);
}

test::NodeRun student(const Json& more, const Artifact& images, const Artifact& test, const std::string& name) {
  Json params = {{"network", {{"type", "resnet18"}, {"width", 8}}}, {"epochs", 1}, {"batch", 8}, {"test_every", 1}};
  params.update(more);
  test::NodeRun node("evaluate.student", params, name);
  node.input("images", {images}).input("test", {test}).go();
  return node;
}

TEST(Student, ThatLearntNothingSaysSoAndWhatToChange) {
  const auto images = test::tiny_data(3, 8, 1), test_images = test::tiny_data(3, 40, 2);  // noise: nothing to learn
  auto node = student({{"lr", 1e-6}}, images, test_images, "idle");
  ASSERT_EQ(node.run.warnings.size(), 1u);
  EXPECT_THAT(
      node.run.warnings[0],
      ::testing::EndsWith(". First to try: more \"epochs\" (1, 3 steps), another \"lr\" (1e-06); then the images "
                          "and labels it learnt from"));
  EXPECT_THAT(student({{"epochs", 0}}, images, test_images, "none").run.warnings, IsEmpty()) << "it was not to learn";
}

TEST(Student, KeepsThePrefixBestOfEveryTest) {
  auto node = student({{"epochs", 3}}, test::tiny_data(3, 8, 1), test::tiny_data(3, 40, 2), "three");
  const auto& curve = node.run.metrics["accuracy_prefix_best"];
  ASSERT_EQ(curve.size(), 3u);
  double best = 0;
  for (size_t i = 0; i < curve.size(); ++i) {
    EXPECT_GE(curve[i].second, node.run.metrics["accuracy"][i].second);
    best = std::max(best, curve[i].second);
  }
  EXPECT_DOUBLE_EQ(node.output("metrics").meta.at("accuracy_prefix_best").get<double>(), best);
  const auto tensors = read_tensors(node.output("predictions").file("predictions.safetensors"));
  EXPECT_DOUBLE_EQ(curve.back().second, evaluate::prefix_best(tensors[0].second.to(at::kFloat), tensors[1].second));
}

}  // namespace
}  // namespace retort

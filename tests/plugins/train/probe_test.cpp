// What a probe does with held-out images: it calibrates its head, chooses a rate by their cross entropy, and doubts a
// head that is sure and wrong.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>

#include "nn/model.h"
#include "node/probe/held_out.h"
#include "node/probe/temperature.h"
#include "support/tiny_teacher.h"
#include "toy_shapes.h"
#include "train/accuracy.h"
#include "train/tenth.h"

namespace retort::train {
namespace {

using probe::best_temperature;
using probe::cross_entropy_of;
using test::NodeRun;
using test::shapes;
using test::tensors;
using ::testing::IsEmpty;

/// `right` of ten images of two classes are answered right, all with a margin of `margin`: the best temperature makes
/// the sigmoid of margin/T their share.
at::Tensor of_margin(double margin, int64_t right) {
  auto logits = at::zeros({10, 2}, at::kFloat);
  logits.narrow(0, 0, right).select(1, 0).fill_(margin);
  logits.narrow(0, right, 10 - right).select(1, 1).fill_(margin);
  return logits;
}

TEST(Temperature, IsTheOneOfLeastCrossEntropyInClosedForm) {
  const auto labels = at::zeros({10}, at::kLong);
  EXPECT_NEAR(*best_temperature(of_margin(50, 8), labels), 50 / std::log(4.0), 1e-6);
  EXPECT_NEAR(*best_temperature(of_margin(0.02, 9), labels), 0.02 / std::log(9.0), 1e-8);
  EXPECT_NEAR(cross_entropy_of(of_margin(50, 8), labels, 50 / std::log(4.0)),
              -0.8 * std::log(0.8) - 0.2 * std::log(0.2), 1e-6);
}

TEST(Temperature, OfManyClassesIsAMinimumByFiniteDifferences) {
  auto random = at::detail::createCPUGenerator(3);
  const auto labels = at::randint(0, 7, {300}, random, at::TensorOptions().dtype(at::kLong));
  const auto logits =
      30 * (at::randn({300, 7}, random, at::TensorOptions().dtype(at::kFloat)) + 1.5 * at::one_hot(labels, 7));
  const double best = *best_temperature(logits, labels), least = cross_entropy_of(logits, labels, best);
  EXPECT_LT(least, cross_entropy_of(logits, labels, best * 1.01));
  EXPECT_LT(least, cross_entropy_of(logits, labels, best / 1.01));
  EXPECT_LT(least, 0.5 * cross_entropy_of(logits, labels));
  EXPECT_NEAR(*best_temperature(logits / best, labels), 1, 1e-6);
  const auto same = at::cross_entropy_loss(logits.to(at::kDouble) / best, labels).item<double>();
  EXPECT_NEAR(least, same, 1e-12);
}

TEST(Temperature, IsNotToBeHadOfHeadsThatAreAllRightOrNoBetterThanChance) {
  const auto labels = at::zeros({10}, at::kLong);
  EXPECT_FALSE(best_temperature(of_margin(3, 10), labels));
  EXPECT_FALSE(best_temperature(of_margin(3, 5), labels));
  EXPECT_FALSE(best_temperature(of_margin(3, 2), labels));
}

TEST(PriorCrossEntropy, IsTheEntropyOfTheClasses) {
  EXPECT_NEAR(probe::prior_cross_entropy(at::arange(30, at::kLong).remainder(3), 3), std::log(3.0), 1e-12);
  EXPECT_NEAR(probe::prior_cross_entropy(at::tensor({0, 0, 0, 1}, at::kLong), 2),
              0.75 * std::log(4 / 3.0) + 0.25 * std::log(4.0), 1e-12);
}

TEST(Tenth, IsTheEndOfEachClassHoweverTheFileIsSorted) {
  const auto sorted = tenth_of_each_class(at::arange(60, at::kLong).div(20, "floor"));
  EXPECT_TRUE(at::equal(sorted.apart, at::tensor({18, 19, 38, 39, 58, 59}, at::kLong)));
  const auto mixed = tenth_of_each_class(at::arange(60, at::kLong).remainder(3));
  EXPECT_TRUE(at::equal(mixed.apart, at::tensor({54, 55, 56, 57, 58, 59}, at::kLong)));
  for (const auto& one : {sorted, mixed})
    EXPECT_TRUE(at::equal(std::get<0>(at::sort(at::cat({one.kept, one.apart}))), at::arange(60, at::kLong)));
  EXPECT_TRUE(at::equal(tenth_of_each_class(at::tensor({0, 1, 1}, at::kLong)).apart, at::tensor({2}, at::kLong)));
  EXPECT_TRUE(at::equal(tenth_of_each_class(at::arange(4, at::kLong)).apart, at::tensor({3}, at::kLong)))
      << "something has to be asked";
}

Json params(const Json& more) {
  Json all = {{"epochs", 10}, {"batch", 30}, {"cached", true}, {"lr", 0.3}, {"milestones", {6, 8}}};
  all.update(more);
  return all;
}

/// Noise in which one channel of three is a little brighter: learnt, and never for sure.
Artifact tinted(int64_t per_class, uint64_t seed) {
  Output output;
  output.open(test::fresh_folder("tinted" + std::to_string(seed)));
  LabelledImages images;
  images.labels = at::arange(3 * per_class, at::kLong).remainder(3);
  auto noise = at::randint(0, 200, {images.size(), 3, 16, 16}, at::detail::createCPUGenerator(seed),
                           at::TensorOptions().dtype(at::kLong));
  images.images = (noise + 8 * at::one_hot(images.labels, 3).view({-1, 3, 1, 1})).to(at::kByte);
  images.classes = test::class_names(3);
  images.normalization = Normalization::named("cifar-A");
  write_images(output, "dataset", images);
  return {"dataset", "", output.meta, {{"data.safetensors", output.folder() / "data.safetensors"}}};
}

/// A probe of a network that was not trained for it, with images to hold out.
NodeRun probe_of(const Json& more, const std::string& name, bool val = true) {
  NodeRun node("probe.linear", params(more), name);
  node.input("data", {tinted(40, 1)}).input("encoder", {test::tiny_teacher(3, 1)});
  if (val) node.input("val", {tinted(30, 2)});
  return node;
}

double metric(NodeRun& node, const char* name) { return node.output("metrics").meta.at(name).get<double>(); }

TEST(ProbeCalibration, DividesTheHeadAndChangesNoAnswer) {
  auto plain = probe_of({{"lr", 3.0}}, "plain"),
       calibrated = probe_of({{"lr", 3.0}, {"calibrate", true}}, "calibrated");
  plain.go(), calibrated.go();
  const double temperature = metric(calibrated, "calibration_temperature");
  EXPECT_GT(temperature, 1) << "that rate makes logits too large";
  const auto before = tensors(plain.output("classifier")), after = tensors(calibrated.output("classifier"));
  for (const auto& [name, tensor] : before) {
    const bool head = name.starts_with("fc.");
    EXPECT_TRUE(at::allclose(after.at(name), head ? tensor / temperature : tensor, 1e-5, 1e-7)) << name;
  }
  EXPECT_DOUBLE_EQ(metric(plain, "val_accuracy"), metric(calibrated, "val_accuracy"));
  EXPECT_DOUBLE_EQ(metric(plain, "train_accuracy"), metric(calibrated, "train_accuracy"));
  EXPECT_LT(metric(calibrated, "val_nll"), metric(plain, "val_nll"));

  // What was written is what was measured, and a minimum.
  const auto model = nn::Model::read(calibrated.output("classifier"), calibrated.run);
  const auto val = read_images(tinted(30, 2));
  const auto logits = answers(model, val).logits;
  const auto loss = [&](double t) { return at::cross_entropy_loss(logits / t, val.labels).item<double>(); };
  EXPECT_NEAR(loss(1), metric(calibrated, "val_nll"), 1e-4);
  EXPECT_LT(loss(1), loss(1.05));
  EXPECT_LT(loss(1), loss(0.95));
}

TEST(ProbeCalibration, WithoutValKeepsATenthOfEachClassApart) {
  auto node = probe_of({{"calibrate", true}}, "tenth", /*val=*/false);
  node.go();
  EXPECT_TRUE(node.output("metrics").meta.contains("calibration_temperature"));
  EXPECT_TRUE(node.output("metrics").meta.contains("val_nll"));

  NodeRun lone("probe.linear", params({{"calibrate", true}}), "lone");
  lone.input("data", {test::tiny_data(3, 1, 1)}).input("encoder", {test::tiny_teacher(3, 1)});
  EXPECT_EQ(error_of(lone),
            "\"calibrate\" keeps a tenth of each class apart, and class \"class0\" has 1 image: link \"val\"");
}

TEST(ProbeHeldOut, AnEmptyValIsRefused) {
  NodeRun node("probe.linear", params({{"lr_grid", {0.1, 1}}}), "empty");
  node.input("data", {shapes("train")}).input("encoder", {test::tiny_teacher(3, 1)});
  node.input("val", {test::tiny_data(3, 0, 9)});
  EXPECT_EQ(
      error_of(node),
      "\"val\" holds no images: \"val_per_class\" of the data set says how many a class are cut from its training "
      "images");
}

TEST(ProbeHeldOut, ChoosesByCrossEntropyUnlessAccuracyIsAskedFor) {
  const Json grid = {{"lr_grid", {0.001, 3.0}}};
  auto low = probe_of({{"lr", 0.001}}, "low"), high = probe_of({{"lr", 3.0}}, "high");
  low.go(), high.go();
  ASSERT_LT(metric(low, "val_nll"), metric(high, "val_nll"));
  auto by_loss = probe_of(grid, "loss");
  by_loss.go();
  EXPECT_EQ(metric(by_loss, "lr"), 0.001);
  Json by = grid;
  by["choose"] = "accuracy";
  auto by_accuracy = probe_of(by, "accuracy");
  by_accuracy.go();
  EXPECT_DOUBLE_EQ(metric(by_accuracy, "val_accuracy"),
                   std::max(metric(low, "val_accuracy"), metric(high, "val_accuracy")));
}

TEST(ProbeDoubt, AHeadThatIsSureAndWrongIsTold) {
  auto wild = probe_of({{"lr", 3000.0}}, "wild");
  wild.go();
  ASSERT_GT(metric(wild, "train_nll"), std::log(3.0));
  ASSERT_EQ(wild.run.warnings.size(), 1u);
  EXPECT_THAT(
      wild.run.warnings[0],
      ::testing::MatchesRegex(
          "the head's cross entropy on training images is [0-9.e+]+, above the 1.1 of answering with the shares of "
          "the classes: its logits are too large. First to try: \"calibrate\": true, a lower \"lr\" .3000.0., "
          "\"protocol\": \"lightly\""));
  auto calm = probe_of({{"lr", 0.001}}, "calm");
  calm.go();
  EXPECT_LT(metric(calm, "train_nll"), std::log(3.0));
  EXPECT_THAT(calm.run.warnings, IsEmpty());
}

}  // namespace
}  // namespace retort::train

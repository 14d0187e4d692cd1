#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/evaluate/labels.h"
#include "support/fake_run.h"
#include "support/tiny_teacher.h"
#include "vision/codec.h"
#include "vision/draw.h"

namespace retort {
namespace {

using test::NodeRun;

constexpr int64_t kClasses = 3;

/// Images whose class is the channel that is bright: learnt in a few steps.
Artifact coloured(int64_t per_class, uint64_t seed) {
  Output output;
  const auto folder = test::fresh_folder("coloured" + std::to_string(seed));
  output.open(folder);
  LabelledImages images;
  images.labels = at::arange(kClasses * per_class, at::kLong).remainder(kClasses);
  auto noise = at::randint(0, 120, {images.size(), 3, 16, 16}, vision::make_generator(seed),
                           at::TensorOptions().dtype(at::kLong));
  noise += 120 * at::one_hot(images.labels, 3).view({-1, 3, 1, 1});
  images.images = noise.to(at::kByte);
  images.classes = test::class_names(kClasses);
  images.normalization = Normalization::named("cifar-A");
  write_images(output, "dataset", images);
  return {"dataset", "", output.meta, {{"data.safetensors", folder / "data.safetensors"}}};
}

Json params(const Json& more) {
  Json all = {{"network", {{"type", "resnet18"}, {"width", 8}}}, {"epochs", 4}, {"batch", 8}, {"test_every", 2}};
  all.update(more);
  return all;
}

NodeRun trained(const Json& more, std::vector<Artifact> labels, const std::string& name = "student") {
  NodeRun node("evaluate.student", params(more), name);
  node.input("images", {coloured(8, 1)}).input("test", {coloured(30, 2)});
  if (!labels.empty()) node.input("labels", std::move(labels));
  node.go();
  return node;
}

TEST(Student, LearnsFromHardLabelsAndIsTestedOnAllImages) {
  auto node = trained({{"epochs", 10}}, {});
  const auto metrics = node.output("metrics").meta;
  EXPECT_GT(metrics.at("accuracy_last").get<double>(), 90);
  EXPECT_GE(metrics.at("accuracy_best").get<double>(), metrics.at("accuracy_last").get<double>());
  EXPECT_EQ(metrics.at("student_steps"), 30.0);
  EXPECT_EQ(metrics.at("teacher_images"), 0.0);

  const auto tensors = read_tensors(node.output("predictions").file("predictions.safetensors"));
  const auto right =
      tensors[0].second.to(at::kFloat).argmax(1).eq(tensors[1].second).to(at::kDouble).mean().item<double>();
  EXPECT_EQ(tensors[0].second.size(0), 90);
  EXPECT_NEAR(100 * right, metrics.at("accuracy_last").get<double>(), 1e-9);
}

TEST(Student, SameSeedSameStudent) {
  auto one = trained(Json::object(), {}, "one"), two = trained(Json::object(), {}, "two");
  const auto logits = [](NodeRun& node) {
    return read_tensors(node.output("predictions").file("predictions.safetensors"))[0].second;
  };
  EXPECT_TRUE(at::equal(logits(one), logits(two)));
}

TEST(Student, LearnsFromALabeller) {
  NodeRun soft("relabel.soft", Json::object(), "soft");
  const auto labels = soft.input("teachers", {test::tiny_teacher(kClasses, 1)}).go().output("labels");
  auto node = trained({{"mixing", "mixup"}}, {labels});
  EXPECT_EQ(node.output("metrics").meta.at("teacher_images"), 4.0 * 24);
  EXPECT_LT(node.run.metrics["loss"].back().second, node.run.metrics["loss"].front().second);
}

TEST(Student, TakesBatchesFromAReplay) {
  NodeRun soft("relabel.soft", {{"form", "replay"}, {"epochs", 4}, {"batch", 8}, {"mixing", "cutmix"}}, "soft");
  const auto labels =
      soft.input("teachers", {test::tiny_teacher(kClasses, 1)}).input("images", {coloured(8, 1)}).go().output("labels");
  auto node = trained(Json::object(), {labels});
  EXPECT_EQ(node.output("metrics").meta.at("teacher_images"), 4.0 * 24);
  EXPECT_THROW(trained({{"batch", 6}}, {labels}, "batch"), Error);
  EXPECT_THROW(trained({{"epochs", 5}}, {labels}, "epochs"), Error);
}

/// One batch of a replay, and the same views labelled on the spot: the student sees the same images and the same
/// targets.
TEST(Student, ReplayEqualsLabelsOnTheFlyOfTheSameDraws) {
  NodeRun soft("relabel.soft", {{"form", "replay"}, {"epochs", 1}, {"batch", 8}, {"mixing", "mixup"}}, "soft");
  const auto labels =
      soft.input("teachers", {test::tiny_teacher(kClasses, 1)}).input("images", {coloured(8, 1)}).go().output("labels");
  NodeRun live("relabel.soft", Json::object(), "live");
  const auto labeller_artifact = live.input("teachers", {test::tiny_teacher(kClasses, 1)}).go().output("labels");

  test::FakeRun run("relabel.soft", {});  // the node's own streams: the draws it made
  const auto images = read_images(coloured(8, 1));
  auto plugin = test::components().make("augmentation", "standard");
  Declare declare;
  plugin->declare_all(declare);
  ASSERT_TRUE(declare.bind({{"preset", "resized_crop_flip"}}, test::components()).empty());
  const auto& augmentation = static_cast<const vision::Augmentation&>(*plugin);
  const relabel::Mixing mixing{"mixup", 1};
  const evaluate::LossSettings loss;
  evaluate::LabelledViews replayed(run, images, &labels, {}, augmentation, mixing, loss, images.normalization, 8, 1);
  evaluate::LabelledViews on_the_fly(run, images, &labeller_artifact, {}, augmentation, mixing, loss,
                                     images.normalization, 8, 1);
  for (int64_t step = 0; step < 3; ++step) {
    const auto a = replayed.batch({0, step, 3, 1}), b = on_the_fly.batch({0, step, 3, 1});
    EXPECT_TRUE(at::allclose(a.images, b.images, 1e-6, 1e-6));
    EXPECT_TRUE(at::equal(a.labels, b.labels));
    EXPECT_TRUE(at::equal(a.target, b.target.clamp(-65504, 65504).to(at::kHalf).to(at::kFloat)));
  }
}

/// 9 images in batches of 8, which four strides and a pooling bring to 1 × 1: the last batch has one value a channel.
TEST(Student, ABatchOfOneImageThatBatchNormCannotUseIsRefused) {
  NodeRun node("evaluate.student", params({{"network", {{"type", "resnet18"}, {"width", 4}, {"stem", "imagenet"}}}}));
  node.input("images", {coloured(3, 1)}).input("test", {coloured(4, 2)});
  EXPECT_THAT(test::error_of(node),
              testing::HasSubstr("expected more than 1 value per channel when training, got input size [1, "));
}

/// The coloured images as distill.tesla writes them: with probabilities and a learning rate that were learned.
Artifact with_learned(const at::Tensor& probabilities, double lr) {
  Artifact images = coloured(8, 1);
  images.kind = "images";
  images.meta["space"] = "pixels";
  images.files["images.safetensors"] = images.file("data.safetensors");
  images.meta["soft_labels"] = true;
  images.meta["learning_rate"] = lr;
  images.files["soft_labels.safetensors"] = test::fresh_folder("soft") / "soft_labels.safetensors";
  write_tensors(images.files["soft_labels.safetensors"], {{"probabilities", probabilities}});
  return images;
}

at::Tensor last_logits(NodeRun& node) {
  return read_tensors(node.output("predictions").file("predictions.safetensors"))[0].second;
}

TEST(Student, LearnsFromLabelsThatWereLearnedWithTheImages) {
  // All images are said to be of the next class.
  const auto moved = at::one_hot((read_images(coloured(8, 1)).labels + 1).remainder(kClasses), kClasses).to(at::kFloat);
  const auto student = [&](const Json& more, const Artifact& images, const std::string& name) {
    NodeRun node("evaluate.student", params(more), name);
    node.input("images", {images}).input("test", {coloured(30, 2)}).go();
    return node;
  };
  auto learned = student({{"epochs", 10}}, with_learned(moved, 0.1), "learned");
  EXPECT_LT(learned.output("metrics").meta.at("accuracy_last").get<double>(), 10);
  EXPECT_EQ(learned.output("metrics").meta.at("label_bytes").get<double>(),
            static_cast<double>(std::filesystem::file_size(with_learned(moved, 0.1).file("soft_labels.safetensors"))));
  auto classes = student({{"image_labels", "classes"}}, with_learned(moved, 0.1), "classes"),
       plain = student(Json::object(), coloured(8, 1), "plain");
  EXPECT_TRUE(at::equal(last_logits(classes), last_logits(plain)));
  auto linked = student(Json::object(), with_learned(at::full({24, 3}, 1.0 / 3), 0.1), "uniform");
  EXPECT_FALSE(at::equal(last_logits(linked), last_logits(plain)));
  auto mixed = student({{"mixing", "cutmix"}}, with_learned(moved, 0.1), "mixed");
  EXPECT_LT(mixed.run.metrics["loss"].back().second, mixed.run.metrics["loss"].front().second);

  NodeRun few("evaluate.student", params(Json::object()), "few");
  few.input("images", {with_learned(moved.narrow(0, 0, 7), 0.1)}).input("test", {coloured(30, 2)});
  try {
    few.go();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "soft_labels.safetensors holds [7, 3], the images need [24, 3]");
  }
}

TEST(Student, LinkedLabelsComeBeforeLearnedOnes) {
  NodeRun soft("relabel.soft", {{"form", "image"}}, "teacher");
  const auto labels =
      soft.input("teachers", {test::tiny_teacher(kClasses, 1)}).input("images", {coloured(8, 1)}).go().output("labels");
  std::vector<at::Tensor> found;
  for (const auto& images : {coloured(8, 1), with_learned(at::full({24, 3}, 1.0 / 3), 0.1)}) {
    NodeRun node("evaluate.student", params(Json::object()), "student" + std::to_string(found.size()));
    node.input("images", {images}).input("labels", {labels}).input("test", {coloured(30, 2)}).go();
    found.push_back(last_logits(node));
  }
  EXPECT_TRUE(at::equal(found[0], found[1]));
}

TEST(Student, TakesTheLearnedRateIfAsked) {
  const auto uniform = at::one_hot(read_images(coloured(8, 1)).labels, kClasses).to(at::kFloat);
  const Json sgd{{"optimizer", "sgd"}, {"epochs", 2}};
  const auto student = [&](const Json& more, const std::string& name) {
    Json all = sgd;
    all.update(more);
    NodeRun node("evaluate.student", params(all), name);
    node.input("images", {with_learned(uniform, 0.03125)}).input("test", {coloured(30, 2)}).go();
    return node;
  };
  auto asked = student({{"learned_lr", true}}, "asked"), given = student({{"lr", 0.03125}}, "given"),
       other = student(Json::object(), "other");
  EXPECT_TRUE(at::equal(last_logits(asked), last_logits(given)));
  EXPECT_FALSE(at::equal(last_logits(asked), last_logits(other)));
  EXPECT_EQ(asked.output("metrics").meta.at("learned_lr"), 0.03125);
  NodeRun none("evaluate.student", params({{"learned_lr", true}}), "none");
  none.input("images", {coloured(8, 1)}).input("test", {coloured(30, 2)});
  try {
    none.go();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "\"learned_lr\" is true, but no learning rate was learned with the images (distill.mtt and "
                 "distill.tesla do): set \"lr\"");
  }
}

TEST(Student, AveragedWeightsAreTested) {
  auto plain = trained({{"epochs", 2}}, {}, "plain"),
       averaged = trained({{"epochs", 2}, {"ema", 0.999}}, {}, "averaged");
  const auto logits = [](NodeRun& node) {
    return read_tensors(node.output("predictions").file("predictions.safetensors"))[0].second;
  };
  EXPECT_FALSE(at::equal(logits(plain), logits(averaged)));
}

TEST(Student, RefusesTestDataOfOtherClasses) {
  NodeRun node("evaluate.student", params(Json::object()));
  node.input("images", {coloured(8, 1)}).input("test", {test::tiny_data(4, 2, 5)});
  EXPECT_THROW(node.go(), Error);
}

TEST(ExportImages, WritesAFolderOfAClassThatLostItsImages) {
  Artifact artifact = coloured(2, 4);
  LabelledImages images = read_images(artifact);
  const auto kept = (images.labels != 1).nonzero().flatten();
  images.images = images.images.index_select(0, kept);
  images.labels = images.labels.index_select(0, kept);
  images.classes[1] = "sea lion";
  Output output;
  const auto folder = test::fresh_folder("lost_class");
  output.open(folder);
  write_images(output, "dataset", images);
  NodeRun node("export.images", Json::object());
  node.input("images", {{"dataset", "", output.meta, {{"data.safetensors", folder / "data.safetensors"}}}}).go();
  const auto written = node.output("folder");
  EXPECT_EQ(written.files.size(), 5u);
  EXPECT_EQ(read_file(written.file("0001_sea_lion/.empty")), "");
  EXPECT_EQ(written.meta.at("folders"), (Json{"0000_class0", "0001_sea_lion", "0002_class2"}));
  EXPECT_EQ(written.meta.at("classes")[1], "sea lion");
}

TEST(ExportImages, WritesFoldersThatSortLikeTheClasses) {
  NodeRun node("export.images", {{"sheet_per_class", 4}});
  node.input("images", {coloured(5, 1)}).go();
  const auto folder = node.output("folder");
  EXPECT_EQ(folder.files.size(), 15u);
  EXPECT_EQ(folder.files.begin()->first, "0000_class0/0000.png");
  const auto images = read_images(coloured(5, 1));
  const auto bytes = read_file(folder.file("0001_class1/0002.png"));
  const auto wanted = images.images[(images.labels == 1).nonzero().flatten()[2].item<int64_t>()];
  EXPECT_TRUE(at::equal(vision::decode_image(bytes, "0002.png"), wanted));
  EXPECT_EQ(vision::decode_image(read_file(node.output("sheet").file("sheet.png")), "sheet").size(0), 3);
}

}  // namespace
}  // namespace retort

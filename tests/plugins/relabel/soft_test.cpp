#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "relabel/labeller.h"
#include "relabel/replay.h"
#include "support/fake_run.h"
#include "support/tiny_teacher.h"
#include "vision/draw.h"

namespace retort::relabel {
namespace {

using test::NodeRun;

constexpr int64_t kClasses = 4;

at::Tensor pixels(int64_t count) {
  return at::rand({count, 3, 16, 16}, vision::make_generator(8), at::TensorOptions().dtype(at::kFloat));
}

at::Tensor plain_logits(uint64_t seed, const at::Tensor& images) {
  at::NoGradGuard no_grad;
  const auto model = test::tiny_model(kClasses, seed);
  return model(model.normalization().apply(images)).logits;
}

Artifact soft(const Json& params, std::vector<Artifact> teachers, const std::string& name = "soft") {
  NodeRun node("relabel.soft", params, name);
  node.input("teachers", std::move(teachers)).input("images", {test::tiny_data(kClasses, 5, 2)});
  return node.go().output("labels");
}

TEST(Labeller, IsTheMeanOfItsTeachers) {
  test::FakeRun run("evaluate.student", {});
  const auto a = plain_logits(1, pixels(6)), b = plain_logits(2, pixels(6));
  const std::vector<Artifact> teachers{test::tiny_teacher(kClasses, 1), test::tiny_teacher(kClasses, 2)};
  const auto equal = Labeller::read(soft(Json::object(), teachers, "equal"), run).logits(pixels(6));
  EXPECT_TRUE(at::allclose(equal, (a + b) / 2, 1e-4, 1e-4));
  const auto weighted =
      Labeller::read(soft({{"teacher_weights", {3, 1}}}, teachers, "weighted"), run).logits(pixels(6));
  EXPECT_TRUE(at::allclose(weighted, 0.75 * a + 0.25 * b, 1e-4, 1e-4));
}

TEST(Labeller, InTrainModeLabelsDependOnTheBatchAndBuffersStay) {
  test::FakeRun run("evaluate.student", {});
  const auto labeller = Labeller::read(soft({{"mode", "train"}}, {test::tiny_teacher(kClasses, 1)}), run);
  const auto images = pixels(8);
  const auto first = labeller.logits(images);
  EXPECT_TRUE(at::equal(first, labeller.logits(images)));
  EXPECT_FALSE(at::allclose(first.narrow(0, 0, 4), labeller.logits(images.narrow(0, 0, 4)), 1e-3, 1e-3));
  EXPECT_FALSE(at::allclose(first, plain_logits(1, images), 1e-3, 1e-3));
}

TEST(Labeller, HalvesOfASplitBatchDoNotSeeEachOther) {
  test::FakeRun run("evaluate.student", {});
  const auto labeller =
      Labeller::read(soft({{"mode", "train"}, {"splits", 2}}, {test::tiny_teacher(kClasses, 1)}, "split"), run);
  const auto whole = Labeller::read(soft({{"mode", "train"}}, {test::tiny_teacher(kClasses, 1)}, "whole"), run);
  const auto images = pixels(8);
  EXPECT_TRUE(at::allclose(labeller.logits(images).narrow(0, 4, 4), whole.logits(images.narrow(0, 4, 4)), 1e-4, 1e-4));
}

Json replay_params(const std::string& crop, const std::string& mixing) {
  return {{"form", "replay"},
          {"epochs", 3},
          {"batch", 8},
          {"mixing", mixing},
          {"augment", {{"type", "standard"}, {"preset", crop}}}};
}

TEST(Replay, HoldsWhatTheTeacherSaysToTheViewsItHolds) {
  for (const char* crop : {"resized_crop_flip", "crop_flip", "none"}) {
    for (const char* mixing : {"none", "mixup", "cutmix"}) {
      const auto labels =
          soft(replay_params(crop, mixing), {test::tiny_teacher(kClasses, 1)}, std::string(crop) + mixing);
      const auto images = read_images(test::tiny_data(kClasses, 5, 2)).images;
      Replay replay(labels);
      ASSERT_EQ(replay.steps(), 3);  // 20 images
      for (int64_t epoch = 0; epoch < 3; ++epoch) {
        std::vector<at::Tensor> seen;
        for (int64_t step = 0; step < 3; ++step) {
          const auto one = replay.step(epoch, step);
          seen.push_back(one.indices);
          const auto views = apply_views(replay.facts().recipe, one.draws, images.index_select(0, one.indices), 16);
          EXPECT_TRUE(at::allclose(one.logits.to(at::kFloat), plain_logits(1, views), 2e-3, 2e-3)) << crop << mixing;
        }
        EXPECT_TRUE(at::equal(std::get<0>(at::cat(seen).sort()), at::arange(20, at::kLong)));
      }
    }
  }
}

TEST(Replay, EpochsDiffer) {
  const auto labels = soft(replay_params("resized_crop_flip", "cutmix"), {test::tiny_teacher(kClasses, 1)});
  Replay replay(labels);
  const auto first = replay.step(0, 0), second = replay.step(1, 0);
  EXPECT_FALSE(at::equal(first.indices, second.indices));
  EXPECT_FALSE(at::equal(first.draws.boxes, second.draws.boxes));
  EXPECT_NE(first.draws.mix.share, second.draws.mix.share);
}

TEST(Replay, LogitsStayWithinHalfPrecision) {
  Output labels;
  labels.open(test::fresh_folder("half"));
  write_epoch(labels, 0, {{at::zeros({1}, at::kLong), {}, at::tensor({1e6, -1e6, 1.5}, at::kFloat).unsqueeze(0)}});
  labels.finish();
  at::Tensor half;
  for (const auto& [name, tensor] : read_tensors(labels.folder() / "epoch-00000.safetensors"))
    if (name == "logits") half = tensor[0];
  EXPECT_EQ(half.scalar_type(), at::kHalf);
  EXPECT_EQ(half[0].item<float>(), 65504);
  EXPECT_EQ(half[1].item<float>(), -65504);
  EXPECT_EQ(half[2].item<float>(), 1.5);
}

TEST(Replay, RefusesColours) {
  EXPECT_THROW(soft(replay_params("moco_v2", "none"), {test::tiny_teacher(kClasses, 1)}), Error);
}

TEST(ImageLabels, AreTheTeachersLogitsOfEachImage) {
  const auto labels = soft({{"form", "image"}}, {test::tiny_teacher(kClasses, 1)});
  const auto tensors = read_tensors(labels.file("labels.safetensors"));
  const auto images = read_images(test::tiny_data(kClasses, 5, 2)).images.to(at::kFloat) / 255;
  EXPECT_EQ(tensors[0].first, "logits");
  EXPECT_TRUE(at::allclose(tensors[0].second, plain_logits(1, images), 1e-4, 1e-4));
}

}  // namespace
}  // namespace retort::relabel

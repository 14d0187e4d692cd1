// An encoder that knows less than the network did before its first step is told of.
#include "train/untrained.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "support/tiny_teacher.h"
#include "toy_shapes.h"
#include "train/accuracy.h"

namespace retort::train {
namespace {

using test::NodeRun;
using test::shapes;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

/// The twenty nearest by cosine, each with exp(cos / 0.07), image by image.
double neighbours(const nn::Model& model, const LabelledImages& bank, const LabelledImages& queries) {
  const auto unit = [&](const LabelledImages& images) {
    const auto rows = answers(model, images, 500, true).features.to(at::kDouble);
    return rows / rows.norm(2, {1}, true);
  };
  const auto known = unit(bank), asked = unit(queries);
  int64_t right = 0;
  for (int64_t i = 0; i < asked.size(0); ++i) {
    const auto cosine = known.matmul(asked[i]);
    const auto order = std::get<1>(cosine.sort(0, /*descending=*/true));
    std::map<int64_t, double> votes;
    for (int64_t k = 0; k < std::min<int64_t>(20, order.size(0)); ++k) {
      const int64_t one = order[k].item<int64_t>();
      votes[bank.labels[one].item<int64_t>()] += std::exp(cosine[one].item<double>() / 0.07);
    }
    const auto best =
        std::max_element(votes.begin(), votes.end(), [](auto& a, auto& b) { return a.second < b.second; });
    right += best->first == queries.labels[i].item<int64_t>() ? 1 : 0;
  }
  return 100.0 * static_cast<double>(right) / static_cast<double>(asked.size(0));
}

TEST(UntrainedNeighbours, AreTheTwentyNearestOfHeldOutImages) {
  const auto train = read_images(shapes("train", 24)), val = read_images(shapes("val", 24));
  const auto model = test::tiny_model(3, 1, train.images.size(2));
  const vision::DataSet data(train), held(val);
  EXPECT_NEAR(UntrainedNeighbours(data, &held, 1000).look(model), neighbours(model, train, val), 1e-9)
      << "a long training affords all images";
}

TEST(UntrainedNeighbours, AShortTrainingAffordsFew) {
  const auto data = vision::DataSet(read_images(test::tiny_data(4, 1000, 3)));
  // 0.1 of 4,000 images for the one epoch: 80 asked, 320 among which neighbours are sought.
  EXPECT_EQ(
      UntrainedNeighbours(data, nullptr, 1).doubt(50, 38),
      "training made the encoder worse: 38.0 % of 80 held-out images are right by their nearest neighbours, 50.0 % "
      "before the first step");
  EXPECT_THAT(UntrainedNeighbours(data, nullptr, 1000).doubt(50, 40), HasSubstr("of 400 held-out images"));
  // Two standard errors of 80 answers are 11.2 % here, of 400 answers 5 %.
  EXPECT_EQ(UntrainedNeighbours(data, nullptr, 1).doubt(50, 40), "");
  EXPECT_NE(UntrainedNeighbours(data, nullptr, 1000).doubt(50, 40), "");
}

/// Classes that any network tells apart: one channel of three is bright.
Artifact coloured(int64_t per_class, uint64_t seed) {
  Output output;
  output.open(test::fresh_folder("coloured" + std::to_string(seed)));
  LabelledImages images;
  images.labels = at::arange(3 * per_class, at::kLong).remainder(3);
  auto noise = at::randint(0, 20, {images.size(), 3, 16, 16}, at::detail::createCPUGenerator(seed),
                           at::TensorOptions().dtype(at::kLong));
  images.images = (noise + 120 * at::one_hot(images.labels, 3).view({-1, 3, 1, 1})).to(at::kByte);
  images.classes = test::class_names(3);
  images.normalization = Normalization::named("cifar-A");
  write_images(output, "dataset", images);
  return {"dataset", "", output.meta, {{"data.safetensors", output.folder() / "data.safetensors"}}};
}

/// The last layer's scale is zero: every image has the same features.
TEST(UntrainedNeighbours, OfAnEncoderThatForgotEverythingAreChance) {
  const vision::DataSet data(read_images(coloured(40, 1))), held(read_images(coloured(20, 2)));
  const UntrainedNeighbours neighbours(data, &held, 100);
  auto model = test::tiny_model(3, 1);
  const double before = neighbours.look(model);
  EXPECT_GT(before, 75) << "chance is 33";
  const at::NoGradGuard no_grad;
  for (const auto& entry : model.weights().all()) at::Tensor(entry.value).zero_();
  const double after = neighbours.look(model);
  EXPECT_LT(after, 50);
  EXPECT_NE(neighbours.doubt(before, after), "");
}

TEST(PretrainSsl, LooksAtTheNetworkBeforeItsFirstStep) {
  const auto run = [](int64_t epochs, double lr, const std::string& name) {
    NodeRun node("pretrain.ssl",
                 {{"network", {{"type", "resnet18"}, {"width", 4}}},
                  {"method", {{"type", "moco_v2"}, {"queue", 96}, {"splits", 4}, {"dim", 16}}},
                  {"epochs", epochs},
                  {"batch", 24},
                  {"lr", lr}},
                 name);
    node.input("data", {coloured(40, 1)}).input("val", {coloured(20, 2)}).go();
    return node;
  };
  auto idle = run(1, 1e-9, "idle"), busy = run(2, 0.05, "busy"), none = run(0, 0.05, "none");
  ASSERT_EQ(idle.run.metrics["knn_untrained"].size(), 1u);
  EXPECT_EQ(idle.run.metrics["knn_untrained"], busy.run.metrics["knn_untrained"]);
  EXPECT_THAT(idle.run.warnings, Not(Contains(HasSubstr("training made the encoder worse"))));
  EXPECT_FALSE(none.run.metrics.contains("knn_untrained")) << "there is nothing to compare";
}

}  // namespace
}  // namespace retort::train

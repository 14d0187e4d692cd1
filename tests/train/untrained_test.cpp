// An encoder that knows less than the network did before its first step is told of.
#include "train/untrained.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

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
      UntrainedNeighbours(data, nullptr, 1).doubt(50, 40),
      "training made the encoder worse: 40.0 % of 80 held-out images are right by their nearest neighbours, 50.0 % "
      "before the first step");
  EXPECT_THAT(UntrainedNeighbours(data, nullptr, 1000).doubt(50, 40), HasSubstr("of 400 held-out images"));
  EXPECT_EQ(UntrainedNeighbours(data, nullptr, 1).doubt(40, 40), "");
}

TEST(PretrainSsl, AnEncoderThatForgotWhatItBeganWithIsTold) {
  const auto run = [](double decay, const std::string& name) {
    NodeRun node("pretrain.ssl",
                 {{"network", {{"type", "resnet18"}, {"width", 4}}},
                  {"method", {{"type", "moco_v2"}, {"queue", 96}, {"splits", 4}, {"dim", 16}}},
                  {"epochs", 4},
                  {"batch", 24},
                  {"lr", 0.05},
                  {"schedule", "constant"},
                  {"weight_decay", decay}},
                 name);
    node.input("data", {shapes("train", 40)}).input("val", {shapes("val", 40)}).go();
    return node;
  };
  auto forgot = run(19, "forgot");  // every step leaves a twentieth of each weight
  const double before = forgot.run.metrics["knn_untrained"].front().second;
  EXPECT_GT(before, 45) << "chance is 33";
  EXPECT_THAT(
      forgot.run.warnings,
      Contains(::testing::AllOf(HasSubstr("training made the encoder worse: "),
                                HasSubstr("First to try: a \"lr\" (0.05) and \"views\" meant for this \"batch\" (24) "
                                          "and image size, more \"epochs\" (4)"))));
  auto sane = run(5e-4, "sane");
  EXPECT_EQ(sane.run.metrics["knn_untrained"].front().second, before) << "the same network before its first step";
  EXPECT_THAT(sane.run.warnings, Not(Contains(HasSubstr("training made the encoder worse"))));
}

}  // namespace
}  // namespace retort::train

// dataset.shapes: what it promises about its images, without training anything.
#include <ATen/ATen.h>

#include "sdk/torch/tensor_file.h"
#include "support/fake_run.h"

namespace retort {
namespace {

using test::NodeRun;

LabelledImages shapes(const Json& params, const std::string& part, const std::string& name) {
  return read_images(NodeRun("dataset.shapes", params, name).go().output(part));
}

TEST(Shapes, ClassesAreBalancedAndNamed) {
  NodeRun node("dataset.shapes",
               {{"classes", 12}, {"per_class", 7}, {"val_per_class", 2}, {"test_per_class", 3}, {"size", 24}});
  node.go();
  const auto train = read_images(node.output("train"));
  EXPECT_EQ(train.images.sizes(), at::IntArrayRef({84, 3, 24, 24}));
  EXPECT_TRUE(at::bincount(train.labels).eq(7).all().item<bool>());
  EXPECT_EQ(read_images(node.output("val")).size(), 24);
  EXPECT_EQ(read_images(node.output("test")).size(), 36);
  ASSERT_EQ(train.classes.size(), 12u);
  EXPECT_EQ(train.classes[0], "striped disc");
  EXPECT_EQ(train.classes[11], "dotted square");
  EXPECT_EQ(node.output("train").meta["image_size"], 24);
}

TEST(Shapes, SeedAndPartDecideTheImages) {
  const Json params{{"per_class", 4}, {"test_per_class", 4}};
  const auto a = shapes(params, "train", "a"), b = shapes(params, "train", "b"), held_out = shapes(params, "test", "c");
  EXPECT_TRUE(at::equal(a.images, b.images));
  EXPECT_FALSE(at::equal(a.images, held_out.images));
  auto other = params;
  other["seed"] = 1;
  EXPECT_FALSE(at::equal(a.images, shapes(other, "train", "d").images));
}

TEST(Shapes, MoreImagesKeepTheFirstOnes) {
  const auto few = shapes({{"per_class", 3}}, "train", "few"), many = shapes({{"per_class", 5}}, "train", "many");
  EXPECT_TRUE(at::equal(few.images, many.images.narrow(0, 0, few.size())));
}

/// A nearest class mean over mean colours: chance is 10 %.
TEST(Shapes, ColourSaysNothing) {
  const auto train = shapes({{"per_class", 200}}, "train", "train"), test = shapes({{"per_class", 1}}, "test", "test");
  const auto colour = [](const LabelledImages& set) { return set.images.to(at::kFloat).mean({2, 3}); };
  std::vector<at::Tensor> centres;
  for (int64_t c = 0; c < 10; ++c) centres.push_back(colour(train).index({train.labels.eq(c)}).mean(0));
  const auto nearest = at::cdist(colour(test), at::stack(centres)).argmin(1);
  EXPECT_LT(nearest.eq(test.labels).to(at::kFloat).mean().item<double>(), 0.16);
}

}  // namespace
}  // namespace retort

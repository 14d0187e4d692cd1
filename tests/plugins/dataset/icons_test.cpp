// dataset.icons: what it promises about its images, without training anything.
#include <ATen/ATen.h>

#include "core/digest.h"
#include "sdk/torch/tensor_file.h"
#include "support/fake_run.h"

namespace retort {
namespace {

using test::NodeRun;

LabelledImages icons(const Json& params, const std::string& part, const std::string& name) {
  return read_images(NodeRun("dataset.icons", params, name).go().output(part));
}

double share_right(const at::Tensor& answers, const at::Tensor& labels) {
  return answers.eq(labels).to(at::kFloat).mean().item<double>();
}

TEST(Icons, ClassesAreBalancedAndNamed) {
  NodeRun node("dataset.icons", {{"per_class", 7}, {"val_per_class", 2}, {"test_per_class", 3}, {"size", 24}});
  node.go();
  const auto train = read_images(node.output("train"));
  EXPECT_EQ(train.images.sizes(), at::IntArrayRef({70, 3, 24, 24}));
  EXPECT_TRUE(at::bincount(train.labels).eq(7).all().item<bool>());
  EXPECT_EQ(read_images(node.output("val")).size(), 20);
  EXPECT_EQ(read_images(node.output("test")).size(), 30);
  EXPECT_EQ(train.classes, (std::vector<std::string>{"sun", "house", "fish", "star", "flower", "car", "tree", "cat",
                                                     "umbrella", "moon"}));
}

TEST(Icons, SeedAndPartDecideTheImages) {
  const Json params{{"per_class", 4}, {"test_per_class", 4}};
  const auto a = icons(params, "train", "a"), b = icons(params, "train", "b"), held_out = icons(params, "test", "c");
  EXPECT_TRUE(at::equal(a.images, b.images));
  EXPECT_FALSE(at::equal(a.images, held_out.images));
  auto other = params;
  other["seed"] = 1;
  EXPECT_FALSE(at::equal(a.images, icons(other, "train", "d").images));
}

TEST(Icons, MoreImagesAndFewerClassesKeepTheDrawings) {
  const auto few = icons({{"per_class", 3}}, "train", "few"), many = icons({{"per_class", 5}}, "train", "many");
  EXPECT_TRUE(at::equal(few.images, many.images.narrow(0, 0, few.size())));
  EXPECT_EQ(icons({{"per_class", 3}, {"classes", 4}}, "train", "four").classes.back(), "star");
}

/// The drawings use only arithmetic that IEEE 754 fixes: these are the images of every machine.
TEST(Icons, AreTheSameEverywhere) {
  const auto images = icons({{"per_class", 5}}, "train", "five").images.contiguous();
  EXPECT_EQ(sha256_hex(std::string_view(reinterpret_cast<const char*>(images.data_ptr<uint8_t>()),
                                        static_cast<size_t>(images.numel()))),
            "198e00894f22c6f98ef4cd554145838ec7898862868f4a33e332c45ddf91f4e4");
}

/// Nearest class means, chance is 10 %: mean colours say little, forms without colour say much.
TEST(Icons, FormSaysMoreThanColour) {
  const auto train = icons({{"per_class", 200}}, "train", "train"), test = icons({{"per_class", 1}}, "test", "test");
  const auto nearest_mean = [&](auto&& describe) {
    const auto known = describe(train.images.to(at::kFloat)), asked = describe(test.images.to(at::kFloat));
    std::vector<at::Tensor> centres;
    for (int64_t c = 0; c < 10; ++c) centres.push_back(known.index({train.labels.eq(c)}).mean(0));
    return share_right(at::cdist(asked, at::stack(centres)).argmin(1), test.labels);
  };
  const double by_colour = nearest_mean([](const at::Tensor& x) { return x.mean({2, 3}); });
  const double by_form = nearest_mean([](const at::Tensor& x) {
    const auto gray = x.mean(1);
    const auto edges = (gray.narrow(1, 1, 31) - gray.narrow(1, 0, 31)).narrow(2, 0, 31).abs() +
                       (gray.narrow(2, 1, 31) - gray.narrow(2, 0, 31)).narrow(1, 0, 31).abs();
    const auto coarse = at::avg_pool2d(edges.unsqueeze(1), 4, 4).flatten(1);
    return coarse / coarse.norm(2, 1, true);
  });
  EXPECT_LT(by_colour, 0.35);
  EXPECT_GT(by_form, 0.5);
}

}  // namespace
}  // namespace retort

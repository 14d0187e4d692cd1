#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "match/coreset.h"
#include "node/select/ranked.h"
#include "plugins/select/teacher.h"
#include "train/accuracy.h"
#include "vision/draw.h"

namespace retort::test {
namespace {

TEST(Select, TakesWhatTheRuleTakesInEachClass) {
  const auto data = toy_data();
  const Teacher teacher(data);
  const auto features = train::answers(*teacher.model, data.images, 500, true).features;
  for (const std::string type : {"select.herding", "select.k_center"}) {
    NodeRun node(type, {{"per_class", 3}}, type);
    const auto output = node.input("data", {data.artifact}).input("encoder", {teacher.artifact}).go().output("images");
    const auto images = read_images(output);
    std::vector<int64_t> expected;
    for (int64_t label = 0; label < 3; ++label) {
      const auto all = data.images.labels.eq(label).nonzero().flatten();
      const auto own = features.index_select(0, all);
      for (const auto k : type == "select.herding" ? match::herding(own, 3) : match::k_center(own, 3))
        expected.push_back(all[k].item<int64_t>());
    }
    EXPECT_EQ(positions(output), expected) << type;
    EXPECT_TRUE(at::equal(images.images, data.images.images.index_select(0, at::tensor(expected, at::kLong))));
    EXPECT_TRUE(at::equal(images.labels, at::arange(3).repeat_interleave(3)));
  }
}

TEST(Select, RefusesMoreThanAClassHas) {
  const auto data = toy_data();
  NodeRun node("select.forgetting", {{"per_class", 5}});
  node.input("data", {data.artifact});
  EXPECT_EQ(error_of(node), "\"per_class\" is 5, but class \"ant\" has 4 images");
}

TEST(SelectForgetting, TrainsAndRepeatsItself) {
  const auto data = toy_data();
  const Json params = {{"per_class", 2}, {"network", tiny_convnet()}, {"epochs", 4}, {"batch", 4}, {"lr", 0.1}};
  std::vector<std::vector<int64_t>> chosen;
  for (const std::string name : {"first", "second"}) {
    NodeRun node("select.forgetting", params, name);
    const auto output = node.input("data", {data.artifact}).go().output("images");
    chosen.push_back(positions(output));
    for (size_t i = 0; i < 6; ++i)
      EXPECT_EQ(data.images.labels[chosen.back()[i]].item<int64_t>(), static_cast<int64_t>(i) / 2);
  }
  EXPECT_EQ(chosen[0], chosen[1]);
}

TEST(Ranked, TakesTheEasyTheHardOrTheMiddle) {
  auto random = vision::make_generator(1);
  const auto losses = at::tensor({0.5, 0.1, 0.9, 0.3, 0.7, 0.2}, at::kFloat);  // by rising probability: 2 4 0 3 5 1
  const auto places = [&](const char* rank, int64_t count) {
    const auto taken = select::ranked(losses, count, rank, random);
    return std::vector<int64_t>(taken.data_ptr<int64_t>(), taken.data_ptr<int64_t>() + taken.numel());
  };
  EXPECT_EQ(places("easy", 3), (std::vector<int64_t>{1, 5, 3}));
  EXPECT_EQ(places("hard", 2), (std::vector<int64_t>{2, 4}));
  EXPECT_EQ(places("medium", 6), (std::vector<int64_t>{3, 5, 0, 1, 4, 2}));
  auto all = places("random", 6);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, (std::vector<int64_t>{0, 1, 2, 3, 4, 5}));
}

TEST(SelectRded, TakesHarderCropsWhenAsked) {
  const auto data = toy_data();
  const Teacher teacher(data);
  auto loss = [&](const char* rank) {
    NodeRun node("select.rded", {{"per_class", 1}, {"codec", "none"}, {"crops", 3}, {"rank", rank}}, rank);
    const auto images =
        read_images(node.input("data", {data.artifact}).input("teacher", {teacher.artifact}).go().output("images"));
    const auto logits = train::answers(*teacher.model, images).logits;
    return -logits.log_softmax(1).gather(1, images.labels.unsqueeze(1)).mean().item<double>();
  };
  EXPECT_LT(loss("easy"), loss("medium"));
  EXPECT_LT(loss("medium"), loss("hard"));
}

TEST(SelectRded, TilesFourPatches) {
  const auto data = toy_data();
  const Teacher teacher(data);
  NodeRun node("select.rded", {{"per_class", 1}, {"factor", 2}, {"codec", "png"}});
  const auto output = node.input("data", {data.artifact}).input("teacher", {teacher.artifact}).go().output("images");
  EXPECT_EQ(read_images(output).images.sizes(), at::IntArrayRef({3, 3, 8, 8}));
  EXPECT_EQ(output.meta.at("codec"), "png");
}

}  // namespace
}  // namespace retort::test

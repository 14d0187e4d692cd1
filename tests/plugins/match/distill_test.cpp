#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "match/gradients.h"
#include "nn/network.h"
#include "toy_data.h"
#include "vision/draw.h"

namespace retort::test {
namespace {

Json with(Json params, const Json& more) {
  params.update(more);
  return params;
}

/// Small enough for a test; each node takes those it knows.
Json params_of(const std::string& type) {
  Json params = {
      {"per_class", 2}, {"iterations", 3}, {"network", tiny_convnet()}, {"real_batch", 3}, {"checkpoint_seconds", 0}};
  if (type == "distill.dc") params.update({{"outer_loops", 2}, {"inner_epochs", 2}});
  if (type == "distill.cafe")
    params.update({{"max_updates", 2},
                   {"max_epochs", 1},
                   {"watch_batch", 2},
                   {"loss",
                    {{"type", "layer_features"},
                     {"layers", {"relu1", "relu2", "pool2", "features"}},
                     {"weights", {0.1, 0.1, 1, 1}}}}});
  return params;
}

LabelledImages distilled(const std::string& type, const Json& params, const ToyData& data,
                         const std::string& name = "node") {
  NodeRun node(type, params, name);
  return read_images(node.input("data", {data.artifact}).go().output("images"));
}

class Distill : public testing::TestWithParam<const char*> {};

TEST_P(Distill, StartsFromRealImagesBitForBit) {
  const auto data = toy_data();
  const auto result = distilled(GetParam(), with(params_of(GetParam()), {{"iterations", 0}}), data);
  ASSERT_EQ(result.size(), 6);
  EXPECT_FALSE(result.pixels);
  const auto all = data.images.normalization.apply(data.images.images);
  for (int64_t i = 0; i < 6; ++i) {
    EXPECT_EQ(result.labels[i].item<int64_t>(), i / 2);  // class-major
    int64_t found = 0;
    for (int64_t j = 0; j < all.size(0); ++j)
      found += at::equal(result.images[i], all[j]) && data.images.labels[j].item<int64_t>() == i / 2;
    EXPECT_EQ(found, 1);
  }
  EXPECT_FALSE(at::equal(result.images[0], result.images[1]));

  NodeRun random("select.random", {{"per_class", 2}});
  const auto baseline = read_images(random.input("data", {data.artifact}).go().output("images"));
  EXPECT_TRUE(at::equal(result.images, baseline.normalization.apply(baseline.images)));
  EXPECT_TRUE(at::equal(result.labels, baseline.labels));
}

TEST_P(Distill, MovesImagesAndRepeatsItself) {
  const auto data = toy_data();
  for (const char* augment : {"none", "dsa"}) {
    const auto params = with(params_of(GetParam()), {{"augment", augment}});
    const auto first = distilled(GetParam(), params, data), again = distilled(GetParam(), params, data);
    const auto start = distilled(GetParam(), with(params, {{"iterations", 0}}), data);
    EXPECT_TRUE(at::equal(first.images, again.images));
    EXPECT_TRUE(at::isfinite(first.images).all().item<bool>());
    EXPECT_TRUE((first.images - start.images).abs().amax({1, 2, 3}).gt(0).all().item<bool>());  // every image
  }
}

TEST_P(Distill, ResumesBitForBit) {
  const auto data = toy_data();
  const auto params = with(params_of(GetParam()), {{"augment", "dsa"}});
  const auto whole = distilled(GetParam(), params, data);
  NodeRun node(GetParam(), params);
  node.input("data", {data.artifact}).run.cancel_at = std::string(GetParam()) == "distill.dm" ? 2 : 6;
  EXPECT_EQ(error_of(node), "cancelled");
  node.run.cancel_at = -1;
  const auto progress = node.run.done;
  EXPECT_GT(progress, 0);
  EXPECT_TRUE(at::equal(read_images(node.go().output("images")).images, whole.images));
}

TEST_P(Distill, RefusesMoreImagesThanAClassHas) {
  const auto data = toy_data();
  NodeRun node(GetParam(), with(params_of(GetParam()), {{"per_class", 5}}));
  node.input("data", {data.artifact});
  EXPECT_EQ(error_of(node), "\"per_class\" is 5, but class \"ant\" has 4 images");
}

TEST_P(Distill, WorksOnANetworkWithBatchNorm) {
  const auto data = toy_data();
  const auto params = with(params_of(GetParam()), {{"network", with(tiny_convnet(), {{"norm", "batch"}})}});
  EXPECT_TRUE(at::isfinite(distilled(GetParam(), params, data).images).all().item<bool>());
}

INSTANTIATE_TEST_SUITE_P(Methods, Distill, testing::Values("distill.dc", "distill.dm", "distill.cafe"),
                         [](const auto& method) { return std::string(method.param).substr(8); });

/// What both sides of an iteration are, drawn as the nodes draw them.
struct FirstIteration {
  ToyData data = toy_data();
  FakeRun run;
  std::unique_ptr<Plugin> network;
  nn::Weights weights;
  at::Tensor start;
  std::vector<at::Tensor> real;  ///< normalised, a batch a class

  explicit FirstIteration(const std::string& type) : run(type, {}) {
    network = run.component("network", {{"type", "convnet"}, {"params", {{"depth", 2}, {"width", 4}}}});
    weights = nn::initialise(net(), 3, 8, 3, run.stream("network", 0));
    start = distilled(type, with(params_of(type), {{"iterations", 0}}), data).images;
    for (int64_t label = 0; label < 3; ++label) {
      auto random = vision::make_generator(run.stream("real", 0, static_cast<uint64_t>(label)));
      const auto all = data.images.labels.eq(label).nonzero().flatten();
      const auto drawn = all.index_select(0, vision::draw_permutation(all.size(0), random).narrow(0, 0, 3));
      real.push_back(data.images.normalization.apply(data.images.images.index_select(0, drawn)));
    }
  }
  const nn::Network& net() const { return dynamic_cast<const nn::Network&>(*network); }
};

TEST(DistillDm, OneIterationIsOneStepOnTheSquaredGapOfMeans) {
  const FirstIteration first("distill.dm");
  auto images = first.start.clone().requires_grad_(true);
  auto embed = [&](const at::Tensor& x) {
    auto weights = first.weights;
    nn::Pass pass(weights, {});
    return first.net().features(pass, x);
  };
  at::Tensor loss = at::zeros({});
  for (int64_t label = 0; label < 3; ++label)
    loss =
        loss + (embed(first.real[static_cast<size_t>(label)]).mean(0) - embed(images.narrow(0, 2 * label, 2)).mean(0))
                   .square()
                   .sum();
  loss.backward();
  const auto result =
      distilled("distill.dm", with(params_of("distill.dm"), {{"iterations", 1}, {"lr", 3.0}}), first.data);
  const auto expected = first.start - 3.0 * images.grad();
  EXPECT_LT((result.images - expected).abs().max().item<double>(), 1e-5);
  EXPECT_GT(images.grad().abs().max().item<double>(), 1e-4);
}

TEST(DistillDc, OneIterationIsOneStepOnTheCosinesOfEachClass) {
  const FirstIteration first("distill.dc");
  auto images = first.start.clone().requires_grad_(true);
  auto weights = first.weights;
  weights.require_grad(true);
  auto gradient = [&](const at::Tensor& x, int64_t label) {
    nn::Pass pass(weights, {});
    const auto logits = first.net().logits(pass, first.net().features(pass, x), 3);
    return match::gradients(-logits.log_softmax(1).select(1, label).mean(), weights.parameters(), true);
  };
  at::Tensor loss = at::zeros({});
  for (int64_t label = 0; label < 3; ++label) {
    const auto real = gradient(first.real[static_cast<size_t>(label)], label),
               synthetic = gradient(images.narrow(0, 2 * label, 2), label);
    for (size_t i = 0; i < real.size(); ++i) {
      if (real[i].dim() == 1) continue;
      for (int64_t row = 0; row < real[i].size(0); ++row) {
        const auto a = synthetic[i][row].flatten(), b = real[i][row].flatten().detach();
        loss = loss + 1 - a.dot(b) / (a.square().sum().sqrt() * b.square().sum().sqrt() + 1e-6);
      }
    }
  }
  const auto step = match::gradients(loss, {images}, false)[0];
  const auto result = distilled(
      "distill.dc", with(params_of("distill.dc"), {{"iterations", 1}, {"outer_loops", 1}, {"lr", 3.0}}), first.data);
  const auto moved = result.images - first.start;
  EXPECT_LT((moved + 3.0 * step).abs().max().item<double>(), 1e-3 * moved.abs().max().item<double>());
}

TEST(DistillDc, AsksForLoopsWhereNoneArePublished) {
  const auto data = toy_data();
  NodeRun node("distill.dc", {{"per_class", 3}, {"network", tiny_convnet()}});
  node.input("data", {data.artifact});
  EXPECT_EQ(error_of(node),
            "there is no published number of loops for \"per_class\" 3 (there is for 1, 10, 20, 30, 40, 50, 100); give "
            "\"outer_loops\" and "
            "\"inner_epochs\"");
}

TEST(DistillDc, RefusesADistanceOfFeatures) {
  const auto data = toy_data();
  NodeRun node("distill.dc", {{"per_class", 1}, {"network", tiny_convnet()}, {"loss", {{"type", "feature_mean"}}}});
  node.input("data", {data.artifact});
  EXPECT_EQ(error_of(node), "\"loss\" compares features; here it must compare gradients");
}

}  // namespace
}  // namespace retort::test

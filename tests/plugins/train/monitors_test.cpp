// The collapse alarm, the online probe, probe protocols, and every method resumed in the middle of an epoch.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>

#include "nn/model.h"
#include "support/tiny_teacher.h"
#include "toy_shapes.h"
#include "train/collapse.h"
#include "train/online_probe.h"
#include "vision/draw.h"

namespace retort::train {
namespace {

using test::NodeRun;
using test::shapes;
using test::tensors;

at::Tensor randn(at::IntArrayRef shape, uint64_t seed) {
  auto random = vision::make_generator(seed);
  return at::randn(shape, random, at::kFloat);
}

TEST(Collapse, RandomDirectionsAreHealthy) {
  const auto health = health_of({randn({256, 64}, 1), randn({256, 64}, 2)});
  EXPECT_NEAR(health.spread, 1, 0.02);
  EXPECT_NEAR(health.std, 1 / std::sqrt(64.0), 0.003);
  EXPECT_GT(health.rank, 40);
  EXPECT_NEAR(*health.positive_cosine, 0, 0.05);
  EXPECT_NEAR(*health.alignment, 2, 0.1);
  EXPECT_NEAR(health.negative_cosine, 0, 0.01);
  EXPECT_EQ(collapse_in(health, {{"marginal_entropy", 0.9}}), "");
}

TEST(Collapse, EveryKindIsTold) {
  const auto same = health_of({at::ones({32, 16}) + 1e-3 * randn({32, 16}, 1)});
  EXPECT_THAT(collapse_in(same, {}),
              testing::MatchesRegex("the run has collapsed: embeddings of different images are almost the same "
                                    "\\(embedding_spread 0\\.00[0-9]+; healthy runs have about 1, below 0\\.1 nothing "
                                    "tells images apart\\)"));
  EXPECT_NEAR(same.uniformity, 0, 1e-4);
  const auto line = health_of({randn({256, 1}, 1).matmul(randn({1, 64}, 2))});
  EXPECT_EQ(collapse_in(line, {}),
            "the run has collapsed to few dimensions: the embeddings use 1 of 64 (embedding_rank; healthy runs use a "
            "fifth or more)");
  const auto good = health_of({randn({256, 64}, 1)});
  EXPECT_EQ(collapse_in(good, {{"marginal_entropy", 0.01}}),
            "the run has collapsed: nearly all images are assigned to one cluster (marginal_entropy 0.01; healthy runs "
            "stay near 1)");
}

TEST(Doubts, AreNamedAndToldInWords) {
  using testing::ElementsAre;
  using testing::IsEmpty;
  using testing::Pair;
  EXPECT_THAT(doubts_about({{"contrast_accuracy", 0.6}, {"conditional_entropy", 0.8}, {"dead_prototypes", 0.3}}, 1,
                           {{1, 30}, {2, 26}}),
              IsEmpty());
  EXPECT_THAT(doubts_about({{"contrast_accuracy", 0.996}}, 2, {}),
              ElementsAre(Pair("leak",
                               "99.6 % of the queries find their key after 2 epochs (contrast_accuracy): BatchNorm may "
                               "give it away; more \"splits\" of moco_v2 hide it")));
  EXPECT_THAT(doubts_about({{"contrast_accuracy", 0.996}}, 6, {}), IsEmpty()) << "later it is learnt";
  EXPECT_THAT(doubts_about({{"conditional_entropy", 0.999}}, 1, {}),
              ElementsAre(Pair("uniform",
                               "assignments say nothing: each image is spread over all clusters (conditional_entropy "
                               "0.999; healthy runs are clearly below 1). First to try: a lower \"epsilon\" of swav, "
                               "\"teacher_temperature\" of dino")));
  EXPECT_THAT(doubts_about({{"dead_prototypes", 0.75}}, 1, {}),
              ElementsAre(Pair("dead",
                               "75 % of the prototypes that a batch could use are no image's (dead_prototypes): fewer "
                               "\"prototypes\" would do")));
  EXPECT_THAT(doubts_about({}, 9, {{3, 41.5}, {6, 50}, {9, 44.5}}),
              ElementsAre(Pair("fall", "knn_accuracy fell from 50 to 44.5 between epochs 6 and 9")));
}

TEST(Collapse, UniformityAndAlignmentByHand) {
  // Two images at right angles: d² = 2 for the only pair; the second view of each is the other image.
  const at::Tensor a = at::eye(2);
  const auto health = health_of({a, a.flip({0})});
  EXPECT_NEAR(health.uniformity, -4, 1e-12);
  EXPECT_NEAR(*health.alignment, 2, 1e-12);
}

TEST(ByView, CutsPassesIntoViews) {
  const auto views = by_view({at::arange(12).view({6, 2}), at::arange(6).view({3, 2})}, 3);
  ASSERT_EQ(views.size(), 3u);
  EXPECT_EQ(views[1][0][0].item<int64_t>(), 6);
}

TEST(OnlineProbe, TakesTheStepsOfSgdOnCrossEntropy) {
  const auto x = randn({8, 5}, 3), labels = at::arange(8, at::kLong).remainder(3);
  OnlineProbe probe(5, 3, 0.5, x);
  at::Tensor w = at::zeros({3, 5}).requires_grad_(true), b = at::zeros({3}).requires_grad_(true);
  for (int i = 0; i < 4; ++i) {
    probe.learn(x, labels);
    at::cross_entropy_loss(at::addmm(b, x, w.t()), labels).backward();
    at::NoGradGuard no_grad;
    for (at::Tensor* each : {&w, &b}) each->sub_(0.5 * each->grad()), each->mutable_grad().zero_();
  }
  EXPECT_TRUE(at::allclose(probe.state()[0].second, w, 1e-5, 1e-6));
  EXPECT_TRUE(at::allclose(probe.state()[1].second, b, 1e-5, 1e-6));
  EXPECT_GT(probe.take_accuracy(), 100.0 / 3);
  EXPECT_EQ(probe.take_accuracy(), 0) << "taking it starts anew";
}

// ---- the node

Json params(const Json& method, int64_t epochs = 3) {
  return {{"network", {{"type", "resnet18"}, {"width", 4}}},
          {"method", method},
          {"epochs", epochs},
          {"batch", 24},
          {"lr", 0.05},
          {"checkpoint_seconds", 0},
          {"online_probe", 0.1}};
}

class EveryMethod : public testing::TestWithParam<const char*> {};

TEST_P(EveryMethod, ResumesBitForBitAndIsWatched) {
  const Json method = Json::parse(GetParam());
  NodeRun whole("pretrain.ssl", params(method), "whole");
  whole.input("data", {shapes("train", 24)}).go();
  NodeRun first("pretrain.ssl", params(method), "first");
  first.run.cancel_at = 7;  // within the third epoch of three steps
  EXPECT_THROW(first.input("data", {shapes("train", 24)}).go(), Error);
  NodeRun second("pretrain.ssl", params(method), "second");
  std::filesystem::copy(first.run.checkpoint_folder(), second.run.checkpoint_folder(),
                        std::filesystem::copy_options::recursive);
  second.input("data", {shapes("train", 24)}).go();
  EXPECT_EQ(second.run.metrics["loss"].size(), 1u) << "two of three epochs were there";
  for (const char* file : {"weights.safetensors", "heads.safetensors"}) {
    const auto expected = tensors(whole.output("encoder"), file), found = tensors(second.output("encoder"), file);
    EXPECT_EQ(expected.size(), found.size());
    for (const auto& [name, tensor] : expected) EXPECT_TRUE(at::equal(tensor, found.at(name))) << name;
  }
  EXPECT_EQ(whole.output("metrics").meta, second.output("metrics").meta);
  for (const char* name :
       {"embedding_std", "embedding_rank", "uniformity", "alignment", "collapsed", "online_accuracy"})
    EXPECT_TRUE(second.output("metrics").meta.contains(name) || std::string(name) == "alignment") << name;
}

INSTANTIATE_TEST_SUITE_P(
    Methods, EveryMethod,
    testing::Values(R"({"type": "moco_v2", "queue": 96, "splits": 4, "dim": 16})",
                    R"({"type": "moco_v3", "hidden": 16, "dim": 8})", R"({"type": "simclr", "hidden": 16, "dim": 8})",
                    R"({"type": "byol", "hidden": 16, "dim": 8})",
                    R"({"type": "simsiam", "hidden": 16, "bottleneck": 4})",
                    R"({"type": "barlow_twins", "hidden": 16, "dim": 16})",
                    R"({"type": "vicreg", "hidden": 16, "dim": 16})",
                    R"({"type": "swav", "hidden": 16, "dim": 8, "prototypes": 12, "queue": 48, "queue_epoch": 1})",
                    R"({"type": "dino", "hidden": 16, "bottleneck": 8, "outputs": 24})"),
    [](const auto& each) { return Json::parse(each.param)["type"].template get<std::string>(); });

TEST(PretrainSsl, ACollapsedRunSaysSoOnce) {
  auto wild = params({{"type", "simsiam"}, {"hidden", 16}, {"bottleneck", 4}}, 4);
  wild["lr"] = 0;
  wild["check_every"] = 1;
  wild["views"] = Json::parse(R"([{"type": "standard", "preset": "none", "count": 2}])");
  NodeRun node("pretrain.ssl", wild);
  auto flat = shapes("train", 24);
  auto images = read_images(flat);
  images.images.fill_(128);  // all images are one: so are their embeddings
  Output output;
  output.open(test::fresh_folder("flat"));
  write_images(output, "dataset", images);
  node.input("data", {{"dataset", "", output.meta, {{"data.safetensors", output.folder() / "data.safetensors"}}}}).go();
  ASSERT_EQ(node.run.warnings.size(), 2u);
  EXPECT_THAT(node.run.warnings[0], testing::StartsWith("BatchNorm takes its statistics over 24 images"));
  EXPECT_EQ(
      node.run.warnings[1],
      "epoch 1: the run has collapsed: embeddings of different images are almost the same (embedding_spread 0; "
      "healthy runs have about 1, below 0.1 nothing tells images apart). First to try: a lower \"lr\" (it is 0.0)");
  EXPECT_EQ(node.output("metrics").meta["collapsed"], 1);
}

TEST(PretrainSsl, ATransformerLearnsWithItsPatchesFrozen) {
  auto settings = params({{"type", "moco_v3"}, {"hidden", 16}, {"dim", 8}}, 1);
  settings["network"] = {{"type", "vit_tiny"}, {"patch", 4}, {"depth", 1}, {"dialect", "moco_v3"}};
  settings["optimizer"] = "adamw";
  NodeRun before(
      "pretrain.ssl",
      [&] {
        auto s = settings;
        s["epochs"] = 0;
        return s;
      }(),
      "before"),
      after("pretrain.ssl", settings, "after");
  for (auto* node : {&before, &after}) node->input("data", {shapes("train", 24)}).go();
  const auto a = tensors(before.output("encoder")), b = tensors(after.output("encoder"));
  for (const char* fixed : {"patch_embed.proj.weight", "patch_embed.proj.bias", "pos_embed"})
    EXPECT_TRUE(at::equal(a.at(fixed), b.at(fixed))) << fixed;
  for (const char* learnt : {"cls_token", "blocks.0.attn.qkv.weight", "norm.weight"})
    EXPECT_FALSE(at::equal(a.at(learnt), b.at(learnt))) << learnt;
}

TEST(PretrainSsl, DinoTeachesATransformerWithCropsOfTwoSizes) {
  auto settings = params({{"type", "dino"}, {"hidden", 16}, {"bottleneck", 8}, {"outputs", 24}}, 1);
  settings["network"] = {{"type", "vit_tiny"}, {"patch", 4}, {"depth", 1}};
  settings["views"] = Json::parse(R"([{"type": "standard", "preset": "resized_crop_flip", "count": 2},
                                      {"type": "standard", "preset": "resized_crop_flip", "size": 8, "count": 1}])");
  NodeRun node("pretrain.ssl", settings);
  node.input("data", {shapes("train", 24)}).go();
  EXPECT_EQ(node.output("encoder").meta["feature_size"], 192);
}

TEST(PretrainSsl, AFollowingNetworkTellsHowFarItIs) {
  for (const char* method :
       {R"({"type": "moco_v2", "queue": 96, "splits": 4, "dim": 16})", R"({"type": "moco_v3", "hidden": 16, "dim": 8})",
        R"({"type": "byol", "hidden": 16, "dim": 8})",
        R"({"type": "dino", "hidden": 16, "bottleneck": 8, "outputs": 24})"}) {
    NodeRun node("pretrain.ssl", params(Json::parse(method), 1));
    const auto metrics = node.input("data", {shapes("train", 24)}).go().output("metrics").meta;
    EXPECT_GT(metrics.at("ema_distance").get<double>(), 0) << method;
    EXPECT_LT(metrics.at("ema_distance").get<double>(), 1) << method;
    if (metrics.contains("kl")) EXPECT_GT(metrics.at("kl").get<double>(), 0);
  }
}

TEST(PretrainSsl, DropPathChangesTheStudentAndFollowsTheSeed) {
  auto settings = params({{"type", "dino"}, {"hidden", 16}, {"bottleneck", 8}, {"outputs", 24}}, 1);
  settings["network"] = {{"type", "vit_tiny"}, {"patch", 8}, {"depth", 2}, {"drop_path", 0.5}};
  const auto trained = [&](const std::string& name) {
    NodeRun node("pretrain.ssl", settings, name);
    return tensors(node.input("data", {shapes("train", 24)}).go().output("encoder"));
  };
  const auto first = trained("first"), second = trained("second");
  settings["network"]["drop_path"] = 0;
  const auto without = trained("without");
  for (const auto& [name, tensor] : first) EXPECT_TRUE(at::equal(tensor, second.at(name))) << name;
  EXPECT_FALSE(at::equal(first.at("blocks.1.mlp.fc2.weight"), without.at("blocks.1.mlp.fc2.weight")));
}

TEST(ProbeLinear, TakesTheTokensOfATransformersLastBlocks) {
  auto settings = params({{"type", "dino"}, {"hidden", 16}, {"bottleneck", 8}, {"outputs", 24}}, 0);
  settings["network"] = {{"type", "vit_tiny"}, {"patch", 8}, {"depth", 5}};
  NodeRun pretrained("pretrain.ssl", settings, "pretrained");
  pretrained.input("data", {shapes("train", 24)}).go();
  const Json four{{"blocks", 4}, {"epochs", 2}, {"batch", 24}, {"protocol", "dino"}};
  NodeRun probe("probe.linear", four, "probe");
  probe.input("data", {shapes("train", 24)}).input("encoder", {pretrained.output("encoder")}).go();
  const auto classifier = probe.output("classifier");
  EXPECT_EQ(classifier.meta.at("feature_size"), 4 * 192);
  EXPECT_EQ(tensors(classifier).at("head.weight").sizes(), at::IntArrayRef({3, 4 * 192}));
  EXPECT_EQ(nn::Model::read(classifier, probe.run).network().origin()["params"]["feature_blocks"], 4);
  NodeRun wrong("probe.linear", four, "wrong");
  wrong.input("data", {shapes("train", 24)}).input("encoder", {test::tiny_teacher(3, 1)});
  EXPECT_EQ(error_of(wrong), "\"blocks\" 4 asks for a transformer's blocks; the encoder is a resnet18: leave it out");
}

TEST(ProbeLinear, ProtocolsFixTheRecipe) {
  const Json few{{"epochs", 10}, {"batch", 32}, {"cached", true}};
  const auto with = [&](const Json& more, const std::string& name) {
    Json all = few;
    all.update(more);
    NodeRun probe("probe.linear", all, name);
    probe.input("data", {shapes("train", 24)}).input("encoder", {test::tiny_teacher(3, 1)});
    return probe;
  };
  auto swav = with({{"protocol", "swav"}}, "swav"),
       by_hand =
           with({{"lr", 0.3 * 32 / 256}, {"weight_decay", 1e-6}, {"schedule", "cosine"}, {"milestones", Json::array()}},
                "hand");
  swav.go(), by_hand.go();
  EXPECT_TRUE(at::equal(tensors(swav.output("classifier")).at("fc.weight"),
                        tensors(by_hand.output("classifier")).at("fc.weight")));
  auto moco = with({{"protocol", "moco"}}, "moco"),
       steps = with({{"lr", 30.0 * 32 / 256}, {"milestones", {6, 8}}}, "steps");
  moco.go(), steps.go();
  EXPECT_TRUE(at::equal(tensors(moco.output("classifier")).at("fc.weight"),
                        tensors(steps.output("classifier")).at("fc.weight")));
  auto both = with({{"protocol", "swav"}, {"lr", 0.1}}, "both");
  EXPECT_EQ(
      error_of(both),
      "\"protocol\" \"swav\" fixes optimiser, rate and schedule, and the graph gives \"lr\" too: leave out one or "
      "the other");
  auto grid = with({{"protocol", "swav"}, {"lr_grid", {0.1, 1.0}}}, "grid");
  EXPECT_EQ(error_of(grid),
            "\"protocol\" \"swav\" fixes the rate, and the graph gives \"lr_grid\" too: leave out one or the other");
}

}  // namespace
}  // namespace retort::train

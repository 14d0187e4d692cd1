// pretrain.ssl with MoCo v2, probe.linear and evaluate.knn as nodes, and MoCo's own bookkeeping.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include <limits>

#include "nn/model.h"
#include "toy_shapes.h"
#include "train/accuracy.h"
#include "train/ssl_method.h"
#include "vision/draw.h"

namespace retort::train {
namespace {

using test::NodeRun;
using test::shapes;
using test::tensors;

const Json kNarrow{{"type", "resnet18"}, {"width", 4}};

Json params(int64_t epochs = 2) {
  return {{"network", kNarrow},
          {"method", {{"type", "moco_v2"}, {"queue", 96}, {"splits", 4}, {"dim", 16}}},
          {"epochs", epochs},
          {"batch", 24},
          {"lr", 0.05}};
}

TEST(PretrainSsl, WritesAnEncoderThatOthersRead) {
  NodeRun node("pretrain.ssl", params());
  node.input("data", {shapes("train")}).input("val", {shapes("val")}).go();
  const auto encoder = node.output("encoder");
  EXPECT_EQ(encoder.meta["feature_size"], 32);
  EXPECT_EQ(encoder.meta["trained"]["method"]["type"], "moco_v2");
  EXPECT_FALSE(tensors(encoder).contains("fc.weight"));
  EXPECT_EQ(tensors(encoder, "heads.safetensors").at("projector.0.weight").sizes(), at::IntArrayRef({16, 32}));
  const auto metrics = node.output("metrics").meta;
  for (const char* name : {"loss", "knn_accuracy", "effective_rank", "embedding_std", "contrast_accuracy"})
    EXPECT_TRUE(metrics.contains(name)) << name;

  NodeRun knn("evaluate.knn", {{"neighbours", 1}}, "knn");
  knn.input("encoder", {encoder}).input("data", {shapes("train")}).input("test", {shapes("train")}).go();
  EXPECT_DOUBLE_EQ(knn.output("metrics").meta["accuracy"].get<double>(), 100)
      << "each image is its own nearest neighbour";

  NodeRun monitor("evaluate.knn", Json::object(), "monitor");
  monitor.input("encoder", {encoder}).input("data", {shapes("train")}).input("test", {shapes("val")}).go();
  EXPECT_DOUBLE_EQ(monitor.output("metrics").meta["accuracy"].get<double>(), metrics["knn_accuracy"].get<double>());
}

TEST(PretrainSsl, TheSeedDecidesTheResult) {
  NodeRun a("pretrain.ssl", params(1), "a"), b("pretrain.ssl", params(1), "b");
  for (auto* node : {&a, &b}) node->input("data", {shapes("train")}).go();
  const auto first = tensors(a.output("encoder")), second = tensors(b.output("encoder"));
  for (const auto& [name, tensor] : first) EXPECT_TRUE(at::equal(tensor, second.at(name))) << name;
}

TEST(PretrainSsl, SaysWhatDoesNotFit) {
  auto wrong = params();
  wrong["batch"] = 20;
  NodeRun queue("pretrain.ssl", wrong, "queue");
  queue.input("data", {shapes("train")});
  EXPECT_EQ(error_of(queue),
            "moco_v2: \"queue\" 96 is not a multiple of the 20 keys of a step (\"batch\" 20); take 100");
  wrong["method"]["queue"] = 80;
  wrong["method"]["splits"] = 8;
  NodeRun splits("pretrain.ssl", wrong, "splits");
  splits.input("data", {shapes("train")});
  EXPECT_EQ(error_of(splits), "moco_v2: \"splits\" 8 does not divide \"batch\" 20");
  auto one_view = params();
  one_view["views"] = Json::parse(R"([{"type": "standard", "preset": "moco_cifar"}])");
  NodeRun views("pretrain.ssl", one_view, "views");
  views.input("data", {shapes("train")});
  EXPECT_EQ(error_of(views), "\"views\" gives 1 views, the method needs 2");
  one_view["views"] = Json::parse(R"([{"type": "standard", "preset": "moco_cifar"},
                                      {"type": "standard", "preset": "moco_cifar", "size": 24}])");
  NodeRun large("pretrain.ssl", one_view, "large");
  large.input("data", {shapes("train")});
  EXPECT_EQ(error_of(large),
            "\"views[1].size\" 24 is larger than the images, which have 16 pixels: a crop cannot show "
            "more than there is; take at most that");
}

TEST(ProbeLinear, TrainsTheHeadAndNothingElse) {
  NodeRun pretrained("pretrain.ssl", params(), "pretrained");
  pretrained.input("data", {shapes("train")}).go();
  for (bool cached : {true, false}) {
    NodeRun probe("probe.linear",
                  {{"epochs", 20}, {"batch", 30}, {"lr", 0.3}, {"milestones", {12, 16}}, {"cached", cached}},
                  cached ? "cached" : "views");
    probe.input("data", {shapes("train")}).input("encoder", {pretrained.output("encoder")}).go();
    const auto backbone = tensors(pretrained.output("encoder")), whole = tensors(probe.output("classifier"));
    for (const auto& [name, tensor] : backbone) EXPECT_TRUE(at::equal(tensor, whole.at(name))) << name;
    EXPECT_EQ(whole.size(), backbone.size() + 2);
    const auto model = nn::Model::read(probe.output("classifier"), probe.run);
    const auto train = read_images(shapes("train"));
    const double found = accuracy(answers(model, train).logits, train.labels);
    EXPECT_DOUBLE_EQ(found, probe.output("metrics").meta["train_accuracy"].get<double>());
    EXPECT_GT(whole.at("fc.bias").abs().max().item<float>(), 0) << "the head starts at zero bias";
    // Crops of 16 pixels look little like the plain images that accuracy is measured on: learning shows where both are
    // plain.
    if (cached) {
      EXPECT_GT(found, 40) << "chance is 33";
    }
  }
}

TEST(ProbeLinear, ValChoosesAmongRates) {
  NodeRun pretrained("pretrain.ssl", params(1), "pretrained");
  pretrained.input("data", {shapes("train")}).go();
  const Json grid{{"epochs", 10}, {"batch", 30}, {"cached", true}, {"lr_grid", {1e-6, 1.0}}};
  NodeRun blind("probe.linear", grid, "blind");
  blind.input("data", {shapes("train")}).input("encoder", {pretrained.output("encoder")});
  EXPECT_EQ(
      error_of(blind),
      "\"lr_grid\" has 2 rates and nothing to choose one by: link \"val\" (the port val of the data set, which its "
      "\"val_per_class\" cuts from the training images)");
  NodeRun probe("probe.linear", grid, "probe");
  probe.input("data", {shapes("train")}).input("encoder", {pretrained.output("encoder")});
  probe.input("val", {shapes("val")}).go();
  const auto chosen = probe.output("metrics").meta;
  double best = std::numeric_limits<double>::infinity();
  for (double lr : {1e-6, 1.0}) {
    NodeRun alone("probe.linear", {{"epochs", 10}, {"batch", 30}, {"cached", true}, {"lr", lr}}, "alone");
    alone.input("data", {shapes("train")}).input("encoder", {pretrained.output("encoder")});
    alone.input("val", {shapes("val")}).go();
    best = std::min(best, alone.output("metrics").meta["val_nll"].get<double>());
    if (lr != chosen["lr"]) continue;
    EXPECT_TRUE(at::allclose(tensors(probe.output("classifier")).at("fc.weight"),
                             tensors(alone.output("classifier")).at("fc.weight")))
        << "heads trained side by side disturb each other";
  }
  EXPECT_NEAR(chosen["val_nll"].get<double>(), best, 1e-6);
}

/// MoCo v2 on noise, step by step.
class Moco {
 public:
  explicit Moco(Json method_params) : plugin_(test::components().make("ssl_method", "moco_v2")) {
    plugin_->declare_all(declare_);
    EXPECT_TRUE(declare_.bind(method_params, test::components()).empty());
    network_ = test::components().make("network", "resnet18");
    network_->declare_all(network_declare_);
    network_declare_.bind({{"width", 4}}, test::components());
    SslSetup setup;
    setup.network = std::dynamic_pointer_cast<const nn::Network>(network_);
    setup.backbone = nn::initialise(*setup.network, 3, 8, 0, 1);
    setup.backbone.require_grad(true);
    setup.feature_size = 32;
    setup.batch = 4;
    setup.view_sizes = {8, 8};
    setup.stream = [](const std::string& purpose) { return std::hash<std::string>()(purpose); };
    method().start(setup);
  }
  SslMethod& method() { return static_cast<SslMethod&>(*plugin_); }
  std::map<std::string, at::Tensor> state() {
    const auto list = method().state();
    return {list.begin(), list.end()};
  }
  at::Tensor step(uint64_t seed) {
    auto random = vision::make_generator(seed);
    const std::vector<at::Tensor> views{at::randn({4, 3, 8, 8}, random, at::kFloat),
                                        at::randn({4, 3, 8, 8}, random, at::kFloat)};
    SslStep now{views, {}, vision::make_generator(seed)};
    const auto loss = method().loss(now);
    loss.backward();
    method().after_backward(now);
    const at::NoGradGuard no_grad;
    for (const auto& group : method().groups())
      for (auto [name, parameter] : group.parameters)
        parameter.sub_(parameter.grad(), 0.1), parameter.mutable_grad().reset();
    method().after_step(now);
    return loss.detach();
  }

 private:
  std::unique_ptr<Plugin> plugin_;
  std::shared_ptr<Plugin> network_;
  Declare declare_, network_declare_;
};

TEST(MocoV2, KeysReplaceTheOldestAndHaveUnitLength) {
  for (bool symmetric : {false, true}) {
    Moco moco({{"queue", 16}, {"dim", 8}, {"splits", 2}, {"symmetric", symmetric}});
    const auto before = moco.state().at("queue").clone();
    moco.step(1);
    const int64_t written = symmetric ? 8 : 4;
    const auto after = moco.state().at("queue");
    EXPECT_TRUE(at::equal(after.narrow(0, written, 16 - written), before.narrow(0, written, 16 - written)));
    EXPECT_FALSE(at::isclose(after, before).narrow(0, 0, written).all(1).any().item<bool>());
    EXPECT_TRUE(at::allclose(after.norm(2, 1), at::ones({16}), 0, 1e-5));
    for (int i = 1; i < 16 / written; ++i) moco.step(2);
    EXPECT_EQ(moco.state().at("queue_pointer").item<int64_t>(), 0) << "the pointer wraps";
  }
}

TEST(MocoV2, TheKeyNetworkFollowsBeforeTheStepAndKeepsItsStatistics) {
  Moco moco({{"queue", 16}, {"dim", 8}, {"splits", 1}, {"momentum", 0.75}});
  const auto start = moco.state().at("backbone.conv1.weight").detach().clone();
  moco.step(1);
  auto state = moco.state();
  EXPECT_TRUE(at::allclose(state.at("momentum.backbone.conv1.weight"), start, 0, 1e-7))
      << "it still equals the query network";
  const auto online = state.at("backbone.conv1.weight").detach().clone();
  EXPECT_FALSE(at::allclose(online, start));
  moco.step(2);
  state = moco.state();
  EXPECT_TRUE(at::allclose(state.at("momentum.backbone.conv1.weight"), 0.75 * start + 0.25 * online, 1e-5, 1e-7));
  EXPECT_FALSE(at::equal(state.at("momentum.backbone.bn1.running_mean"), state.at("backbone.bn1.running_mean")));
}

TEST(MocoV2, LossIsTheFormulaOnItsOwnEmbeddings) {
  // With momentum 1, one split and equal views, keys are the queries of the first step: the positive has cosine 1.
  Moco moco({{"queue", 8}, {"dim", 8}, {"splits", 1}, {"temperature", 0.5}});
  const auto queue = moco.state().at("queue").clone();
  auto random = vision::make_generator(3);
  const auto view = at::randn({4, 3, 8, 8}, random, at::kFloat);
  const std::vector<at::Tensor> views{view, view};
  SslStep now{views, {}, vision::make_generator(3)};
  const auto loss = moco.method().loss(now).item<double>();
  moco.method().after_backward(now);
  const auto keys = moco.state().at("queue").narrow(0, 0, 4);  // equal to the queries
  double expected = 0;
  for (int64_t i = 0; i < 4; ++i) {
    double sum = std::exp(1 / 0.5);
    for (int64_t j = 0; j < 8; ++j) sum += std::exp(keys[i].dot(queue[j]).item<double>() / 0.5);
    expected += (std::log(sum) - 1 / 0.5) / 4;
  }
  EXPECT_NEAR(loss, expected, 1e-5);
}

}  // namespace
}  // namespace retort::train

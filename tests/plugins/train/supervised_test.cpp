// pretrain.supervised as a node: it learns, resumes and says what it did.
#include <ATen/ATen.h>

#include "nn/model.h"
#include "toy_shapes.h"
#include "train/accuracy.h"

namespace retort::train {
namespace {

using test::NodeRun;
using test::shapes;

const Json kNarrow{{"type", "resnet18"}, {"width", 4}};

Json params() {
  return {{"network", kNarrow},
          {"epochs", 3},
          {"batch", 32},
          {"lr", 0.05},
          {"augment", {{"type", "standard"}, {"preset", "flip"}}}};
}

std::map<std::string, at::Tensor> weights_of(NodeRun& node) { return test::tensors(node.output("classifier")); }

TEST(PretrainSupervised, LearnsAndWritesAClassifier) {
  auto longer = params();
  longer["epochs"] = 12;
  NodeRun node("pretrain.supervised", longer);
  node.input("data", {shapes("train")}).input("val", {shapes("val")}).go();
  const auto metrics = node.output("metrics").meta;
  EXPECT_GT(metrics["train_accuracy"].get<double>(), 60);
  const auto artifact = node.output("classifier");
  const auto model = nn::Model::read(artifact, node.run);
  const auto val = read_images(shapes("val"));
  EXPECT_DOUBLE_EQ(accuracy(answers(model, val).logits, val.labels), metrics["val_accuracy"].get<double>());
  EXPECT_EQ(artifact.meta["classes"].size(), 3u);
  EXPECT_EQ(Json::parse(read_file(node.output("curves").file("curves.json")))["loss"].size(), 12u);
  EXPECT_LT(node.run.metrics["loss"].back().second, node.run.metrics["loss"].front().second);
}

TEST(PretrainSupervised, TheSeedDecidesTheResult) {
  NodeRun a("pretrain.supervised", params(), "a"), b("pretrain.supervised", params(), "b"),
      c("pretrain.supervised", params(), "c");
  c.run.seed_value = 2;
  for (auto* node : {&a, &b, &c}) node->input("data", {shapes("train")}).go();
  const auto first = weights_of(a), second = weights_of(b), third = weights_of(c);
  for (const auto& [name, tensor] : first) EXPECT_TRUE(at::equal(tensor, second.at(name))) << name;
  EXPECT_FALSE(at::equal(first.at("conv1.weight"), third.at("conv1.weight")));
}

TEST(PretrainSupervised, AnAverageIsKeptIfAsked) {
  auto averaged = params();
  averaged["ema"] = 0.9;
  NodeRun a("pretrain.supervised", params(), "a"), b("pretrain.supervised", averaged, "b");
  a.input("data", {shapes("train")}).go();
  b.input("data", {shapes("train")}).go();
  const auto live = weights_of(a), average = weights_of(b);
  EXPECT_FALSE(at::equal(live.at("fc.weight"), average.at("fc.weight")));
  EXPECT_TRUE(at::equal(live.at("bn1.running_mean"), average.at("bn1.running_mean")));
}

}  // namespace
}  // namespace retort::train

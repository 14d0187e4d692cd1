// Every published protocol of the linear probe against the numbers of its source.
#include "node/probe/protocols.h"

#include <gtest/gtest.h>

#include <map>

namespace retort::probe {
namespace {

struct Row {
  const char* source;
  double lr;  ///< at this batch
  int64_t batch;
  double weight_decay;
  std::string optimizer, schedule;
  bool nesterov;
};

const std::map<std::string, Row>& published() {
  static const std::map<std::string, Row> rows = {
      {"moco", {"MoCo, arXiv 1911.05722, 4.1; main_lincls.py", 30, 256, 0, "sgd", "step", false}},
      {"moco_cifar", {"MoCo's CIFAR demo", 30, 512, 0, "sgd", "cosine", false}},
      {"moco_v3", {"MoCo v3, arXiv 2104.02057; README: ResNet-50 .1 per 256", 0.1, 256, 0, "sgd", "cosine", false}},
      {"moco_v3_vit", {"MoCo v3's README: ViT 3 per 256", 3, 256, 0, "sgd", "cosine", false}},
      {"swav", {"SwAV, eval_linear.py", 0.3, 256, 1e-6, "sgd", "cosine", false}},
      {"dino", {"DINO, eval_linear.py: .001 per 256", 0.001, 256, 0, "sgd", "cosine", false}},
      {"dino_resnet", {"DINO's issue 131: about .3", 0.3, 256, 0, "sgd", "cosine", false}},
      {"simsiam", {"SimSiam, arXiv 2011.10566: LARS, .1 per 256", 0.1, 256, 0, "lars", "cosine", false}},
      {"barlow_twins", {"Barlow Twins, evaluate.py", 0.3, 256, 1e-6, "sgd", "cosine", false}},
      {"vicreg", {"VICReg, evaluate.py", 0.02, 256, 1e-6, "sgd", "cosine", false}},
      {"simclr", {"SimCLR, README: .1 per 256, Nesterov", 0.1, 256, 1e-6, "sgd", "cosine", true}},
      {"byol", {"BYOL, arXiv 2006.07733, C.1: .2 per 256, Nesterov", 0.2, 256, 0, "sgd", "cosine", true}},
      {"lightly", {"lightly's ImageNet benchmark", 0.1, 256, 0, "sgd", "cosine", false}},
  };
  return rows;
}

TEST(Protocols, HaveTheNumbersOfTheirSources) {
  for (const auto& name : protocol_names())
    EXPECT_EQ(published().count(name), 1u) << "give protocol \"" << name << "\" a row with its source here";
  EXPECT_EQ(protocol_names().size(), published().size());
  for (const auto& [name, row] : published()) {
    SCOPED_TRACE(name + ": " + row.source);
    train::LoopSettings defaults;
    defaults.epochs = 50;
    defaults.batch = 64;
    defaults.optimizer.momentum = 0.9;
    auto settings = defaults;
    apply_protocol(name, defaults, settings);
    EXPECT_DOUBLE_EQ(settings.lr, row.lr * 64 / static_cast<double>(row.batch)) << "scaled to the batch";
    EXPECT_EQ(settings.optimizer.type, row.optimizer);
    EXPECT_DOUBLE_EQ(settings.optimizer.momentum, 0.9) << "as in every source";
    EXPECT_DOUBLE_EQ(settings.optimizer.weight_decay, row.weight_decay);
    EXPECT_EQ(settings.optimizer.nesterov, row.nesterov);
    if (row.optimizer == "lars") {
      EXPECT_EQ(settings.optimizer.lars, "larc") << "SimSiam probes with apex's LARC";
    }
    EXPECT_EQ(settings.schedule.type, row.schedule);
    if (row.schedule == "step") {
      EXPECT_EQ(settings.schedule.milestones, (std::vector<int64_t>{30, 40})) << "60 and 80 of 100";
    }
    EXPECT_DOUBLE_EQ(settings.schedule.gamma, 0.1);
    EXPECT_DOUBLE_EQ(settings.schedule.eta, 1);
    EXPECT_DOUBLE_EQ(settings.schedule.final, 0);
    EXPECT_DOUBLE_EQ(settings.schedule.warmup_epochs, 0);
    EXPECT_EQ(settings.epochs, 50) << "the node's";
    EXPECT_EQ(settings.batch, 64) << "the node's";
  }
}

}  // namespace
}  // namespace retort::probe

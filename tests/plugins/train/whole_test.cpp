// Whole trainings of pretrain.supervised and probe.linear, and evaluate.knn, written out once more on plain tensors:
// first weights, order, views, loss, clipping, optimiser, schedule and what is kept.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nn/model.h"
#include "support/plain_steps.h"
#include "support/tiny_teacher.h"
#include "vision/draw.h"

namespace retort::train {
namespace {

using test::NodeRun;

constexpr int64_t kClasses = 3, kCount = 21, kSide = 16;

Artifact data() { return test::tiny_data(kClasses, kCount / kClasses, 1); }

std::map<std::string, at::Tensor> weights_of(const Artifact& artifact) {
  const auto list = read_tensors(artifact.file("weights.safetensors"));
  return {list.begin(), list.end()};
}

double largest(const at::Tensor& x) { return x.abs().max().item<double>(); }

/// Images of one step as the node sees them: its place in a shuffled epoch, mirrored by coins of its own.
struct Step {
  at::Tensor pixels, labels;
  Step(const test::FakeRun& run, const LabelledImages& images, int64_t batch, uint64_t epoch, uint64_t step) {
    auto shuffle = vision::make_generator(run.stream("order", epoch));
    const auto from = static_cast<int64_t>(step) * batch;
    const auto chosen =
        at::randperm(images.size(), shuffle, at::kLong).narrow(0, from, std::min(batch, images.size() - from));
    auto random = vision::make_generator(run.stream("views", epoch, step));
    const auto flips = at::rand({chosen.size(0)}, random, at::kFloat) < 0.5;
    const auto x = images.images.index_select(0, chosen).to(at::kFloat) / 255;
    pixels = at::where(flips.view({-1, 1, 1, 1}), x.flip(3), x);
    labels = images.labels.index_select(0, chosen);
  }
};

const Json kFlip{{"type", "standard"}, {"preset", "flip"}};
const Json kNetwork{{"type", "convnet"}, {"depth", 2}, {"width", 4}, {"norm", "batch"}};

/// Scales the gradients so that all of them together are no longer than `limit`; returns their norm before.
double clip(const std::vector<at::Tensor>& parameters, double limit) {
  double squares = 0;
  for (const auto& one : parameters) squares += one.grad().square().sum().item<double>();
  const double norm = std::sqrt(squares), scale = std::min(1.0, limit / (norm + 1e-6));
  for (const auto& one : parameters) one.grad().mul_(scale);
  return norm;
}

TEST(WholeTraining, OfPretrainSupervised) {
  for (const bool drop_last : {false, true}) {
    NodeRun node("pretrain.supervised",
                 {{"network", kNetwork},
                  {"epochs", 4},
                  {"batch", 8},
                  {"lr", 0.3},
                  {"clip", 0.8},
                  {"momentum", 0.7},
                  {"nesterov", true},
                  {"weight_decay", 0.05},
                  {"decay_all", false},
                  {"warmup_epochs", 1},
                  {"warmup_start", 0.2},
                  {"lr_final", 0.1},
                  {"label_smoothing", 0.15},
                  {"augment", kFlip},
                  {"drop_last", drop_last}},
                 drop_last ? "drop" : "keep");
    node.input("data", {data()}).go();
    const auto images = read_images(data());
    const auto net = test::network(kNetwork);
    nn::Model model(net, nn::initialise(*net, 3, kSide, kClasses, node.run.stream("weights")), images.classes,
                    images.normalization, kSide);
    model.weights().require_grad(true);
    std::vector<at::Tensor> decayed, plain;  // more than one dimension, and the rest
    for (const auto& one : model.weights().parameters()) (one.dim() > 1 ? decayed : plain).push_back(one);
    test::PlainSgd with_decay{0.7, 0.05, true}, without{0.7, 0, true};
    const double rates[] = {0.3 * 0.2, 0.3, 0.3 * (0.1 + 0.9 * 0.5 * (1 + std::cos(M_PI / 3))),
                            0.3 * (0.1 + 0.9 * 0.5 * (1 + std::cos(2 * M_PI / 3)))};
    const uint64_t steps = drop_last ? 2 : 3;
    bool clipped = false;
    for (uint64_t epoch = 0; epoch < 4; ++epoch) {
      double sum = 0, norm = 0;
      for (uint64_t step = 0; step < steps; ++step) {
        const Step seen(node.run, images, 8, epoch, step);
        nn::PassOptions training;
        training.mode = nn::Mode::train;
        const auto logits = model(images.normalization.apply(seen.pixels), training).logits;
        const auto target = at::one_hot(seen.labels, kClasses).to(at::kFloat) * 0.85 + 0.15 / kClasses;
        const auto loss = -(target * logits.log_softmax(1)).sum(1).mean();
        sum += loss.item<double>();
        loss.backward();
        norm = clip(model.weights().parameters(), 0.8);
        clipped = clipped || norm > 0.8;
        with_decay.step(decayed, rates[epoch]);
        without.step(plain, rates[epoch]);
      }
      EXPECT_NEAR(node.run.metrics["loss"][epoch].second, sum / static_cast<double>(steps), 1e-4) << epoch;
      EXPECT_NEAR(node.run.metrics["lr"][epoch].second, rates[epoch], 1e-9) << epoch;
      EXPECT_NEAR(node.run.metrics["gradient_norm"][epoch].second, norm, 1e-3 * norm) << epoch;
    }
    EXPECT_TRUE(clipped) << "no gradient was long enough: the test shows nothing";
    const auto got = weights_of(node.output("classifier"));
    for (const auto& one : model.weights().all())
      EXPECT_LT(largest(got.at(one.name).to(at::kFloat) - one.value.detach().to(at::kFloat)), 2e-4) << one.name;
    const at::NoGradGuard no_grad;
    const auto answers = model(images.normalization.apply(images.images)).logits;
    EXPECT_NEAR(node.output("metrics").meta.at("train_accuracy").get<double>(),
                100 * answers.argmax(1).eq(images.labels).to(at::kDouble).mean().item<double>(), 1e-6);
  }
}

/// Steps at milestones on views; and on features that were computed once.
TEST(WholeTraining, OfProbeLinear) {
  const auto teacher = test::tiny_model(kClasses, 1);
  const auto images = read_images(data());
  for (const bool cached : {false, true}) {
    NodeRun node("probe.linear",
                 {{"epochs", 3},
                  {"batch", 8},
                  {"lr", 0.4},
                  {"milestones", {1, 2}},
                  {"gamma", 0.5},
                  {"momentum", 0.6},
                  {"weight_decay", 0.02},
                  {"head_std", 0.3},
                  {"augment", kFlip},
                  {"cached", cached}},
                 cached ? "cached" : "views");
    node.input("data", {data()}).input("encoder", {test::tiny_teacher(kClasses, 1)}).go();
    auto random = vision::make_generator(node.run.stream("head"));
    auto weight = (0.3 * at::randn({kClasses, 64}, random, at::kFloat)).requires_grad_(true);
    auto bias = at::zeros({kClasses}).requires_grad_(true);
    test::PlainSgd sgd{0.6, 0.02};
    const auto features = [&](const at::Tensor& pixels) {
      const at::NoGradGuard no_grad;
      return teacher(teacher.normalization().apply(pixels)).features;
    };
    for (uint64_t epoch = 0; epoch < 3; ++epoch) {
      double sum = 0;
      for (uint64_t step = 0; step < 3; ++step) {
        const Step seen(node.run, images, 8, epoch, step);
        auto shuffle = vision::make_generator(node.run.stream("order", epoch));
        const auto chosen =
            at::randperm(kCount, shuffle, at::kLong).narrow(0, static_cast<int64_t>(step) * 8, seen.labels.size(0));
        const auto x = cached ? features(images.images.index_select(0, chosen)) : features(seen.pixels);
        const auto logits = x.matmul(weight.t()) + bias;
        const auto loss = -logits.log_softmax(1).gather(1, seen.labels.unsqueeze(1)).mean();
        sum += loss.item<double>() / 3;
        loss.backward();
        sgd.step({weight, bias}, 0.4 * std::pow(0.5, static_cast<double>(epoch)));
      }
      EXPECT_NEAR(node.run.metrics["loss"][epoch].second, sum, 1e-4) << epoch;
    }
    const auto got = weights_of(node.output("classifier"));
    EXPECT_LT(largest(got.at("fc.weight") - weight.detach()), 1e-3) << cached;
    EXPECT_LT(largest(got.at("fc.bias") - bias.detach()), 1e-3) << cached;
    const auto answers = features(images.images).matmul(weight.detach().t()) + bias.detach();
    EXPECT_NEAR(node.output("metrics").meta.at("train_accuracy").get<double>(),
                100 * answers.argmax(1).eq(images.labels).to(at::kDouble).mean().item<double>(), 1e-6);
    EXPECT_EQ(node.output("metrics").meta.at("lr"), 0.4);
  }
}

/// Each of the nearest images votes for its class with exp(cosine / temperature).
TEST(WholeEvaluation, OfKnn) {
  const auto bank_data = test::tiny_data(8, 6, 1), test_data = test::tiny_data(8, 3, 2);
  NodeRun node("evaluate.knn", {{"neighbours", 7}, {"temperature", 0.2}});
  node.input("encoder", {test::tiny_teacher(8, 1)}).input("data", {bank_data}).input("test", {test_data}).go();
  const auto teacher = test::tiny_model(8, 1);
  const auto features = [&](const LabelledImages& set) {
    const at::NoGradGuard no_grad;
    const auto x = teacher(teacher.normalization().apply(set.images)).features;
    return x / x.norm(2, {1}, true);
  };
  const auto bank = read_images(bank_data), asked = read_images(test_data);
  const auto cosines = features(asked).matmul(features(bank).t());
  const auto votes = [&](size_t neighbours, double temperature) {
    auto all = at::zeros({asked.size(), 8}, at::kDouble);
    for (int64_t i = 0; i < asked.size(); ++i) {
      std::vector<std::pair<double, int64_t>> near;
      for (int64_t j = 0; j < bank.size(); ++j)
        near.emplace_back(cosines[i][j].item<double>(), bank.labels[j].item<int64_t>());
      std::sort(near.rbegin(), near.rend());
      for (size_t k = 0; k < neighbours; ++k)
        all[i][near[k].second] = all[i][near[k].second].item<double>() + std::exp(near[k].first / temperature);
    }
    return all;
  };
  const auto right = [&](const at::Tensor& scores, int64_t k) {
    double count = 0;
    for (int64_t i = 0; i < asked.size(); ++i) {
      const double own = scores[i][asked.labels[i].item<int64_t>()].item<double>();
      count += scores[i].gt(own).sum().item<int64_t>() < k && own > 0;
    }
    return 100 * count / static_cast<double>(asked.size());
  };
  const auto usual = votes(7, 0.2);
  const auto metrics = node.output("metrics").meta;
  EXPECT_NEAR(metrics.at("accuracy").get<double>(), right(usual, 1), 1e-6);
  EXPECT_NEAR(metrics.at("accuracy_k20").get<double>(), right(votes(20, 0.07), 1), 1e-6);
  const auto logits =
      read_tensors(node.output("predictions").file("predictions.safetensors")).at(0).second.to(at::kDouble);
  const auto voted = usual.gt(0);
  EXPECT_LT(largest((logits - usual.clamp_min(1e-30).log()).masked_select(voted)), 1e-2)
      << "the logarithm of the votes";
}

}  // namespace
}  // namespace retort::train

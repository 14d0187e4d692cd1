// One whole iteration of each distill.* node, and whole trainings of trajectory.experts and evaluate.matching, written
// out once more on plain tensors: which draws, which images, which augmentation, which goal, which update.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "match/dsa.h"
#include "match/gradients.h"
#include "match/trajectories.h"
#include "nn/network.h"
#include "support/plain_steps.h"
#include "toy_data.h"
#include "vision/draw.h"

namespace retort::test {
namespace {

using Tensors = std::vector<at::Tensor>;

const std::string kStrategy = "color_crop_cutout_flip_scale_rotate";

Json with(Json params, const Json& more) {
  params.update(more);
  return params;
}

double largest(const at::Tensor& x) { return x.abs().max().item<double>(); }

/// The toy network as a function of its parameters.
struct Plain {
  FakeRun run;
  std::unique_ptr<Plugin> plugin;
  nn::Weights weights;

  explicit Plain(const std::string& type) : run(type, {}) {
    plugin = run.component("network", {{"type", "convnet"}, {"params", {{"depth", 2}, {"width", 4}}}});
    restart(0);
  }
  const nn::Network& net() const { return dynamic_cast<const nn::Network&>(*plugin); }
  void restart(uint64_t seed) {
    weights = nn::initialise(net(), 3, 8, 3, seed);
    weights.require_grad(true);
  }
  Tensors parameters() const { return weights.parameters(); }
  at::Tensor logits(const Tensors& parameters, const at::Tensor& x) const {
    auto own = weights.with_parameters(parameters);
    nn::Pass pass(own, {});
    return net().logits(pass, net().features(pass, x), 3);
  }
  at::Tensor logits(const at::Tensor& x) const { return logits(parameters(), x); }
  at::Generator random(const std::string& purpose, uint64_t a = 0, uint64_t b = 0) const {
    return vision::make_generator(run.stream(purpose, a, b));
  }
};

/// -log softmax of each image's class, mean over the images; `target` may be probabilities.
at::Tensor entropy(const at::Tensor& logits, const at::Tensor& target) {
  const auto p = target.dim() == 2 ? target : at::one_hot(target, 3).to(logits.scalar_type());
  return -(p * logits.log_softmax(1)).sum(1).mean();
}

at::Tensor normalised(const ToyData& data, const at::Tensor& indices) {
  return data.images.normalization.apply(data.images.images.index_select(0, indices));
}

/// `count` images of one class in random order.
at::Tensor drawn(const ToyData& data, int64_t label, int64_t count, at::Generator& random) {
  const auto all = data.images.labels.eq(label).nonzero().flatten();
  return all.index_select(0, at::randperm(all.size(0), random, at::kLong).narrow(0, 0, std::min(count, all.size(0))));
}

Artifact run_node(const std::string& type, const Json& params, const ToyData& data, const std::string& name,
                  const std::vector<Artifact>& trajectories = {}) {
  NodeRun node(type, params, name);
  node.input("data", {data.artifact});
  if (!trajectories.empty()) node.input("trajectories", trajectories);
  return node.go().output("images");
}

at::Tensor images_of(const Artifact& artifact) { return read_images(artifact).images; }

Json small(const Json& more) {
  return with({{"per_class", 2}, {"iterations", 1}, {"network", tiny_convnet()}, {"real_batch", 3}, {"augment", "dsa"}},
              more);
}

TEST(WholeStep, OfDmShowsRealAndSyntheticImagesTheSameChange) {
  const auto data = toy_data();
  // Iteration 1 is the second one: its network and its draws are its own.
  const auto before = images_of(run_node("distill.dm", small({{"lr", 3}, {"momentum", 0.5}}), data, "one")),
             after = images_of(
                 run_node("distill.dm", small({{"lr", 3}, {"momentum", 0.5}, {"iterations", 2}}), data, "two")),
             start = images_of(run_node("distill.dm", small({{"iterations", 0}}), data, "none"));
  Plain plain("distill.dm");
  const match::Dsa dsa(kStrategy, false, true);
  const auto gradient = [&](const at::Tensor& at_images, uint64_t iteration) {
    plain.restart(plain.run.stream("network", iteration));
    const auto images = at_images.clone().requires_grad_(true);
    at::Tensor loss = at::zeros({});
    for (int64_t label = 0; label < 3; ++label) {
      auto random = plain.random("real", iteration, static_cast<uint64_t>(label));
      const auto real = normalised(data, drawn(data, label, 3, random));
      const auto change = dsa.draw(1, random);
      const auto embedded = [&](const at::Tensor& x) {
        nn::Pass pass(plain.weights, {});
        return plain.net().features(pass, dsa.apply(x, change)).mean(0);
      };
      loss = loss + (embedded(real).detach() - embedded(images.narrow(0, 2 * label, 2))).square().sum();
    }
    return match::gradients(loss, {images}, false)[0];
  };
  const auto g0 = gradient(start, 0);
  EXPECT_LT(largest(before - (start - 3 * g0)), 1e-5 + 1e-4 * largest(3 * g0));
  EXPECT_GT(largest(3 * g0), 1e-3);
  const auto g1 = gradient(before, 1);
  EXPECT_LT(largest(after - (before - 3 * (0.5 * g0 + g1))), 1e-5 + 1e-4 * largest(3 * g1));
}

TEST(WholeStep, OfDcShowsTheSameChangeAndTrainsBetweenUpdates) {
  const auto data = toy_data();
  const Json params = small(
      {{"lr", 3}, {"momentum", 0}, {"outer_loops", 2}, {"inner_epochs", 2}, {"network_lr", 0.1}, {"network_batch", 4}});
  const auto start = images_of(run_node("distill.dc", with(params, {{"iterations", 0}}), data, "none")),
             result = images_of(run_node("distill.dc", params, data, "one"));
  Plain plain("distill.dc");
  const match::Dsa dsa(kStrategy, false, true);
  plain.restart(plain.run.stream("network", 0));
  auto images = start.clone();
  const auto labels = at::arange(3, at::kLong).repeat_interleave(2);
  for (uint64_t outer = 0; outer < 2; ++outer) {
    auto leaf = images.clone().requires_grad_(true);
    at::Tensor loss = at::zeros({});
    for (int64_t label = 0; label < 3; ++label) {
      auto random = plain.random("real", 0, outer * 3 + static_cast<uint64_t>(label));
      const auto real = normalised(data, drawn(data, label, 3, random));
      const auto change = dsa.draw(1, random);
      const auto gradient = [&](const at::Tensor& x) {
        const auto logits = plain.logits(dsa.apply(x, change));
        return match::gradients(-logits.log_softmax(1).select(1, label).mean(), plain.parameters(), true);
      };
      const auto goal = gradient(real), reached = gradient(leaf.narrow(0, 2 * label, 2));
      for (size_t i = 0; i < goal.size(); ++i) {
        if (goal[i].dim() == 1) continue;
        for (int64_t row = 0; row < goal[i].size(0); ++row) {
          const auto a = reached[i][row].flatten(), b = goal[i][row].flatten().detach();
          loss = loss + 1 - a.dot(b) / (a.norm() * b.norm() + 1e-6);
        }
      }
    }
    images = images - 3 * match::gradients(loss, {leaf}, false)[0];
    if (outer == 1) break;
    // Two epochs of plain SGD on the images, augmented image by image.
    for (uint64_t epoch = 0; epoch < 2; ++epoch) {
      auto shuffle = plain.random("order", 0, outer * 2 + epoch), changes = plain.random("dsa", 0, outer * 2 + epoch);
      const auto order = at::randperm(6, shuffle, at::kLong);
      for (const auto& [from, count] : {std::pair{0, 4}, std::pair{4, 2}}) {
        const auto chosen = order.narrow(0, from, count);
        const auto seen = dsa.apply(images.index_select(0, chosen), dsa.draw(count, changes));
        entropy(plain.logits(seen), labels.index_select(0, chosen)).backward();
        PlainSgd().step(plain.parameters(), 0.1);
      }
    }
  }
  EXPECT_GT(largest(result - start), 1e-2);
  EXPECT_LT(largest(result - images), 2e-3 * largest(result - start));
}

/// Every class's change is its own, drawn one after the other; the rate is halved at each drop that has passed.
TEST(WholeStep, OfCafeComparesLayersOfAllClasses) {
  const auto data = toy_data();
  const Json layers{
      {"type", "layer_features"}, {"layers", {"relu1", "relu2", "pool2", "features"}}, {"weights", {0.1, 0.1, 1, 1}}};
  const Json params = small({{"lr", 3},
                             {"momentum", 0},
                             {"max_updates", 1},
                             {"max_epochs", 1},
                             {"watch_batch", 2},
                             {"loss", layers},
                             {"lr_drops", {0}}});
  const auto start = images_of(run_node("distill.cafe", with(params, {{"iterations", 0}}), data, "none")),
             result = images_of(run_node("distill.cafe", params, data, "one")),
             undropped = images_of(run_node("distill.cafe", with(params, {{"lr_drops", {1}}}), data, "undropped"));
  Plain plain("distill.cafe");
  const match::Dsa dsa(kStrategy, false, true);
  plain.restart(plain.run.stream("network", 0));
  auto images = start.clone().requires_grad_(true);
  auto random = plain.random("real", 0, 0);
  Tensors real, synthetic;
  for (int64_t label = 0; label < 3; ++label) {
    const auto own = normalised(data, drawn(data, label, 3, random));
    const auto change = dsa.draw(1, random);
    real.push_back(dsa.apply(own, change));
    synthetic.push_back(dsa.apply(images.narrow(0, 2 * label, 2), change));
  }
  const auto activations = [&](const Tensors& parts) {
    nn::PassOptions tapped;
    tapped.tap_layers = true;
    nn::Pass pass(plain.weights, tapped);
    const auto features = plain.net().features(pass, at::cat(parts));
    std::map<std::string, at::Tensor> all{{"features", features}};
    for (const auto& layer : pass.layers) all[layer.name] = layer.value;
    return all;
  };
  auto seen = activations(real), made = activations(synthetic);
  const auto means = [](const at::Tensor& x, int64_t rows) { return x.flatten(1).view({3, rows, -1}).mean(1); };
  at::Tensor loss = at::zeros({});
  for (const auto& [name, weight] :
       std::map<std::string, double>{{"relu1", 0.1}, {"relu2", 0.1}, {"pool2", 1}, {"features", 1}})
    loss = loss + weight * (means(made[name], 2) - means(seen[name].detach(), 3)).square().sum();
  const auto scores = seen["features"].detach().flatten(1).matmul(means(made["features"], 2).t());
  loss =
      loss + 0.01 * -scores.log_softmax(1).gather(1, at::arange(3, at::kLong).repeat_interleave(3).unsqueeze(1)).sum();
  const auto step = match::gradients(loss, {images}, false)[0];
  EXPECT_LT(largest(undropped - (start - 3 * step)), 1e-5 + 1e-4 * largest(3 * step));
  EXPECT_LT(largest(result - (start - 1.5 * step)), 1e-5 + 1e-4 * largest(3 * step));
  EXPECT_GT(largest(step), 1e-4);
}

/// Parameters after each epoch: two experts, augmented image by image, the rate a tenth from `lr_drop` on.
TEST(WholeTraining, OfExpertsIsSgdOnRealImages) {
  const auto data = toy_data();
  NodeRun node("trajectory.experts", {{"network", tiny_convnet()},
                                      {"experts", 2},
                                      {"epochs", 3},
                                      {"batch", 10},
                                      {"lr", 0.2},
                                      {"lr_drop", 2},
                                      {"momentum", 0.6},
                                      {"weight_decay", 0.01}});
  const auto artifact = node.input("data", {data.artifact}).go().output("trajectories");
  Input input;
  input.set({artifact});
  match::Trajectories kept(input);
  Plain plain("trajectory.experts");
  const match::Dsa dsa(kStrategy, false, true);
  for (uint64_t expert = 0; expert < 2; ++expert) {
    plain.restart(plain.run.stream("network", expert));
    PlainSgd sgd{0.6, 0.01};
    for (uint64_t epoch = 0; epoch <= 3; ++epoch) {
      const auto snapshot = kept.snapshot(static_cast<int64_t>(expert), static_cast<int64_t>(epoch));
      for (size_t i = 0; i < snapshot.size(); ++i)
        EXPECT_LT(largest(snapshot[i] - plain.parameters()[i].detach()), 1e-4) << expert << " " << epoch << " " << i;
      if (epoch == 3) break;
      auto shuffle = plain.random("order", expert, epoch), changes = plain.random("dsa", expert, epoch);
      const auto order = at::randperm(15, shuffle, at::kLong);
      double sum = 0;
      for (const auto& [from, count] : {std::pair{0, 10}, std::pair{10, 5}}) {
        const auto chosen = order.narrow(0, from, count);
        const auto loss = entropy(plain.logits(dsa.apply(normalised(data, chosen), dsa.draw(count, changes))),
                                  data.images.labels.index_select(0, chosen));
        sum += count * loss.item<double>() / 15;
        loss.backward();
        sgd.step(plain.parameters(), epoch < 2 ? 0.2 : 0.02);
      }
      EXPECT_NEAR(node.run.metrics["loss." + std::to_string(expert)][epoch].second, sum, 1e-5);
    }
  }
}

/// An iteration of MTT and of TESLA on experts that move far in an epoch.
struct Trajectory {
  ToyData data = toy_data();
  Artifact experts;
  Json params = {{"per_class", 2}, {"iterations", 1}, {"steps", 3},    {"expert_epochs", 2}, {"max_start", 3},
                 {"batch_syn", 4}, {"lr", 10},        {"lr_lr", 0.01}, {"augment", "dsa"},   {"student_lr", 0.05}};
  Plain plain;
  match::Dsa dsa{kStrategy, false, true};
  Tensors begin, goal;
  at::Tensor start, lr = at::full({}, 0.05).requires_grad_(true);

  explicit Trajectory(const std::string& type) : plain(type) {
    NodeRun node("trajectory.experts",
                 {{"network", tiny_convnet()}, {"experts", 3}, {"epochs", 5}, {"batch", 4}, {"lr", 0.3}}, "experts");
    experts = node.input("data", {data.artifact}).go().output("trajectories");
    Input input;
    input.set({experts});
    match::Trajectories kept(input);
    auto cycle = plain.random("experts", 0), first = plain.random("start", 0);
    const auto expert = at::randperm(3, cycle, at::kLong)[0].item<int64_t>();
    const auto epoch = static_cast<int64_t>(at::rand({1}, first, at::kDouble).item<double>() * 3);
    begin = kept.snapshot(expert, epoch);
    goal = kept.snapshot(expert, epoch + 2);
    start = images_of(run_node(type, with(params, {{"iterations", 0}}), data, "none", {experts}));
  }

  /// Batches of four and two from the end of a shuffled list, then another list.
  at::Tensor inner_loss(const Tensors& parameters, const at::Tensor& images, uint64_t step,
                        const at::Tensor& targets) const {
    auto shuffle = plain.random("batches", 0, step / 2), changes = plain.random("dsa", 0, step);
    const auto order = at::randperm(6, shuffle, at::kLong);
    const auto chosen = step % 2 == 0 ? order.narrow(0, 4, 2) : order.narrow(0, 0, 4);
    const auto seen = dsa.apply(images.index_select(0, chosen), dsa.draw(chosen.size(0), changes));
    return entropy(plain.logits(parameters, seen), targets.index_select(0, chosen));
  }
  at::Tensor distance(const Tensors& reached) const {
    at::Tensor gap = at::zeros({}), way = at::zeros({});
    for (size_t i = 0; i < goal.size(); ++i) {
      gap = gap + (reached[i] - goal[i]).square().sum();
      way = way + (begin[i] - goal[i]).square().sum();
    }
    return gap / way;
  }
  static Tensors leaves(const Tensors& values) {
    Tensors all;
    for (const auto& value : values) all.push_back(value.detach().clone().requires_grad_(true));
    return all;
  }
};

const at::Tensor kLabels = at::arange(3, at::kLong).repeat_interleave(2);

TEST(WholeStep, OfMttDifferentiatesThroughItsStepsTowardsTheExpert) {
  Trajectory t("distill.mtt");
  const auto images = t.start.clone().requires_grad_(true);
  auto theta = Trajectory::leaves(t.begin);
  for (uint64_t step = 0; step < 3; ++step) {
    const auto g = match::gradients(t.inner_loss(theta, images, step, kLabels), theta, true);
    for (size_t i = 0; i < theta.size(); ++i) theta[i] = theta[i] - t.lr * g[i];
  }
  const auto value = t.distance(theta);
  const auto g = match::gradients(value, {images, t.lr}, false);
  const auto result = run_node("distill.mtt", t.params, t.data, "one", {t.experts});
  EXPECT_GT(largest(10 * g[0]), 1e-3);
  EXPECT_LT(largest(images_of(result) - (t.start - 10 * g[0])), 1e-5 + 1e-3 * largest(10 * g[0]));
  EXPECT_NEAR(result.meta.at("learning_rate").get<double>(), 0.05 - 0.01 * g[1].item<double>(), 1e-6);
}

TEST(WholeStep, OfTeslaTakesTheDirectGradientAndTheExpertsLabels) {
  for (const bool soft : {false, true}) {
    Trajectory t("distill.tesla");
    const auto targets = soft ? t.plain.logits(t.goal, t.start).softmax(1).detach() : kLabels;
    const auto images = t.start.clone().requires_grad_(true);
    std::vector<Tensors> path{Trajectory::leaves(t.begin)};
    at::Tensor towards = at::zeros({});
    std::vector<Tensors> steps;
    for (uint64_t step = 0; step < 3; ++step) {
      steps.push_back(match::gradients(t.inner_loss(path.back(), images, step, targets), path.back(), true));
      Tensors next;
      for (size_t i = 0; i < steps.back().size(); ++i)
        next.push_back(path.back()[i].detach() - 0.05 * steps.back()[i].detach());
      path.push_back(Trajectory::leaves(next));
    }
    const auto v = match::gradients(t.distance(path.back()), path.back(), false);
    at::Tensor direct = at::zeros({}), rate = at::zeros({});
    for (const auto& step : steps)
      for (size_t i = 0; i < v.size(); ++i) {
        direct = direct - 0.05 * (v[i].detach() * step[i]).sum();
        rate = rate - (v[i].detach() * step[i].detach()).sum();
      }
    const auto g = match::gradients(direct, {images}, false)[0];
    const auto result = run_node("distill.tesla", with(t.params, {{"soft_labels", soft}}), t.data, "one", {t.experts});
    EXPECT_GT(largest(5 * g), 1e-4);
    EXPECT_LT(largest(images_of(result) - (t.start - 5 * g)), 1e-5 + 1e-3 * largest(5 * g))
        << "half of it, as released";
    EXPECT_NEAR(result.meta.at("learning_rate").get<double>(), 0.05 - 0.01 * rate.item<double>(), 1e-6);
    if (!soft) continue;
    EXPECT_LT(largest(read_tensors(result.file("soft_labels.safetensors")).at(0).second - targets), 1e-5);
  }
}

/// evaluate_synset: one epoch more than asked for, a new optimiser at a tenth of the rate after epoch E/2 + 1.
TEST(WholeTraining, OfMatchingsEvaluationIsThePublishedLoop) {
  const auto data = toy_data();
  const auto images = run_node("distill.dm", small({{"iterations", 0}, {"per_class", 4}}), data, "images");
  NodeRun node("evaluate.matching", {{"network", tiny_convnet()},
                                     {"networks", 2},
                                     {"epochs", 4},
                                     {"batch", 8},
                                     {"lr", 0.1},
                                     {"momentum", 0.6},
                                     {"weight_decay", 0.01}});
  node.input("images", {images}).input("test", {data.artifact}).go();
  const auto inputs = images_of(images);
  const auto labels = at::arange(3, at::kLong).repeat_interleave(4);
  Plain plain("evaluate.matching");
  const match::Dsa dsa(kStrategy, false, true);
  std::vector<double> accuracies;
  at::Tensor logits;
  for (uint64_t network = 0; network < 2; ++network) {
    plain.restart(plain.run.stream("network", network));
    PlainSgd sgd{0.6, 0.01};
    for (uint64_t epoch = 0; epoch <= 4; ++epoch) {
      if (epoch == 4) sgd = PlainSgd{0.6, 0.01};
      auto shuffle = plain.random("order", network, epoch), changes = plain.random("dsa", network, epoch);
      const auto order = at::randperm(12, shuffle, at::kLong);
      for (const auto& [from, count] : {std::pair{0, 8}, std::pair{8, 4}}) {
        const auto chosen = order.narrow(0, from, count);
        entropy(plain.logits(dsa.apply(inputs.index_select(0, chosen), dsa.draw(count, changes))),
                labels.index_select(0, chosen))
            .backward();
        sgd.step(plain.parameters(), epoch < 4 ? 0.1 : 0.01);
      }
    }
    logits = plain.logits(data.images.normalization.apply(data.images.images)).detach();
    accuracies.push_back(100 * logits.argmax(1).eq(data.images.labels).to(at::kDouble).mean().item<double>());
  }
  const auto got = read_tensors(node.output("predictions").file("predictions.safetensors")).at(0).second.to(at::kFloat);
  EXPECT_LT(largest(got - logits), 5e-3);
  const auto metrics = node.output("metrics").meta;
  const double mean = (accuracies[0] + accuracies[1]) / 2;
  EXPECT_NEAR(metrics.at("accuracy_last").get<double>(), mean, 1e-6);
  EXPECT_NEAR(metrics.at("accuracy_std").get<double>(), std::abs(accuracies[0] - accuracies[1]) / 2, 1e-6);
  EXPECT_EQ(metrics.at("student_steps"), 2 * 5 * 2.0);
}

}  // namespace
}  // namespace retort::test

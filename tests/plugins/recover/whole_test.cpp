// `recover` as a whole: batches, views, teachers, losses, optimiser, clipping and what is reported, written out once
// more on plain tensors; and each teacher schedule against its definition.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "sdk/torch/recover_stages.h"
#include "sdk/torch/teacher_schedule.h"
#include "support/fake_run.h"
#include "support/tiny_teacher.h"
#include "vision/draw.h"

namespace retort {
namespace {

using test::NodeRun;

constexpr int64_t kClasses = 4;

/// A component out of its library, bound.
struct Bound {
  std::unique_ptr<Plugin> plugin;
  Declare declare;
  Bound(const std::string& kind, const std::string& type, const Json& params)
      : plugin(test::components().make(kind, type)) {
    plugin->declare_all(declare);
    const auto problems = declare.bind(params, test::components());
    EXPECT_TRUE(problems.empty()) << problems.front();
  }
  template <class Kind>
  Kind& as() {
    return static_cast<Kind&>(*plugin);
  }
};

std::vector<double> weights(const std::string& type, const Json& params, TeacherStep step, uint64_t seed = 1) {
  Bound schedule("teacher_schedule", type, params);
  step.generator = vision::make_generator(seed);
  return schedule.as<TeacherSchedule>().weights(step);
}

TEST(TeacherSchedule, OneAndTogetherAndInTurn) {
  EXPECT_EQ(weights("one", {{"index", 2}}, {3, 0, 0, 5, {}}), (std::vector<double>{0, 0, 1}));
  EXPECT_EQ(weights("one", Json::object(), {3, 4, 2, 5, {}}), (std::vector<double>{1, 0, 0}));
  EXPECT_EQ(weights("together", Json::object(), {4, 0, 0, 5, {}}), (std::vector<double>(4, 0.25)));
  // G-VBSM's counter runs on over the batches: batch 2 of 5 iterations begins at 10, and 10 mod 3 is 1.
  for (int64_t i = 0; i < 5; ++i) {
    std::vector<double> expected(3, 0);
    expected[static_cast<size_t>((10 + i) % 3)] = 1;
    EXPECT_EQ(weights("in_turn", Json::object(), {3, 2, i, 5, {}}), expected) << i;
  }
}

/// CV-DD: softmax of the priors of those drawn, at temperature 5 where no other is given.
TEST(TeacherSchedule, WeightedIsASoftmaxOfPriorsAtItsTemperature) {
  const std::vector<double> priors{60, 52, 55};
  for (const double temperature : {5.0, 2.0}) {
    Json params{{"priors", priors}};
    if (temperature != 5) params["temperature"] = temperature;
    const auto got = weights("weighted", params, {3, 0, 0, 5, {}});
    double sum = 0;
    for (const double prior : priors) sum += std::exp(prior / temperature);
    for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(got[i], std::exp(priors[i] / temperature) / sum, 1e-12) << temperature;
  }
  std::set<std::pair<bool, bool>> committees;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const auto two = weights("weighted", {{"priors", priors}, {"draw", 2}}, {3, 0, 0, 5, {}}, seed);
    std::vector<size_t> drawn;
    for (size_t i = 0; i < 3; ++i)
      if (two[i] > 0) drawn.push_back(i);
    ASSERT_EQ(drawn.size(), 2u);
    const double a = std::exp(priors[drawn[0]] / 5), b = std::exp(priors[drawn[1]] / 5);
    EXPECT_NEAR(two[drawn[0]], a / (a + b), 1e-12);
    EXPECT_NEAR(two[drawn[1]], b / (a + b), 1e-12);
    committees.insert({two[0] > 0, two[1] > 0});
  }
  EXPECT_EQ(committees.size(), 3u) << "every pair is drawn";
}

/// FADRM: equal stages whose sizes are taken in turn, half of the images and half of their start in between.
TEST(RecoverStages, MixTheStartInBetweenTwoResolutions) {
  Bound residual("recover_stages", "residual", {{"count", 3}, {"sizes", {8, 16}}, {"keep", 0.75}});
  auto& stages = residual.as<RecoverStages>();
  const auto all = stages.stages(10, 32);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ((std::vector<int64_t>{all[0].iterations, all[1].iterations, all[2].iterations}),
            (std::vector<int64_t>{3, 3, 4}));
  EXPECT_EQ((std::vector<int64_t>{all[0].image_size, all[1].image_size, all[2].image_size}),
            (std::vector<int64_t>{8, 16, 8}));
  const auto images = at::rand({2, 3, 8, 8}), start = at::rand({2, 3, 8, 8});
  const auto up = [](const at::Tensor& x) { return at::upsample_bilinear2d(x, {16, 16}, false); };
  EXPECT_TRUE(at::allclose(stages.enter(all[1], images, start), 0.75 * up(images) + 0.25 * up(start), 1e-5, 1e-6));
  Bound plain("recover_stages", "residual", Json::object());
  EXPECT_EQ(plain.as<RecoverStages>().stages(8, 32).size(), 4u);
  EXPECT_EQ(plain.as<RecoverStages>().stages(8, 32)[3].image_size, 32);
  EXPECT_TRUE(at::allclose(plain.as<RecoverStages>().enter(all[0], images, start), 0.5 * images + 0.5 * start));
  Bound single("recover_stages", "single", Json::object());
  EXPECT_EQ(single.as<RecoverStages>().stages(7, 32).size(), 1u);
  EXPECT_EQ(single.as<RecoverStages>().stages(7, 32)[0].iterations, 7);
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Two batches of one image a class, two teachers of other constants, all four losses, two views, Adam, clipping.
TEST(Recover, IsAdamOnTheWeightedLossesOfItsViewsAndTeachers) {
  constexpr int64_t kSteps = 3;
  const std::vector<double> priors{60, 55};
  const double first_share = std::exp(12.0) / (std::exp(12.0) + std::exp(11.0));
  const Json losses{{{"type", "cross_entropy"}, {"weight", 0.5}, {"smoothing", 0.1}},
                    {{"type", "bn_match"}, {"weight", 0.02}, {"first_scale", 3}, {"variance_scale", 2}},
                    {{"type", "total_variation"}, {"weight", 0.004}},
                    {{"type", "l2"}, {"weight", 0.03}}};
  NodeRun node("recover", {{"per_class", 2},
                           {"iterations", kSteps},
                           {"lr", 0.2},
                           {"betas", {0.6, 0.8}},
                           {"batch", kClasses},
                           {"groups_at_once", 1},
                           {"quantize", "round"},
                           {"losses", losses},
                           {"init", {{"type", "noise"}, {"deviation", 0.7}}},
                           {"views", {{{"type", "roll"}, {"pixels", 3}}, {{"type", "flip"}, {"probability", 0.4}}}},
                           {"teacher_schedule", {{"type", "weighted"}, {"priors", priors}}}});
  node.input("teachers", {test::tiny_teacher(kClasses, 1), test::tiny_teacher(kClasses, 2)}).go();
  const auto got = read_images(node.output("images"));

  const std::vector<nn::Model> teachers{test::tiny_model(kClasses, 1), test::tiny_model(kClasses, 2)};
  const double shares[] = {first_share, 1 - first_share};
  const auto& constants = teachers[0].normalization();
  const auto labels = at::arange(kClasses, at::kLong);
  std::vector<at::Tensor> pixels;
  std::map<std::string, std::vector<double>> last;
  for (uint64_t batch = 0; batch < 2; ++batch) {
    auto random = vision::make_generator(node.run.stream("init", batch));
    auto x = 0.7 * at::randn({kClasses, 3, 16, 16}, random, at::kFloat);
    auto m = at::zeros_like(x), v = at::zeros_like(x);
    for (int64_t t = 0; t < kSteps; ++t) {
      x = x.detach().requires_grad_(true);
      auto rolls = vision::make_generator(node.run.stream("view0", batch, static_cast<uint64_t>(t))),
           coins = vision::make_generator(node.run.stream("view1", batch, static_cast<uint64_t>(t)));
      const auto shift = at::randint(0, 4, {2}, rolls, at::kLong);
      auto seen = x.roll({shift[0].item<int64_t>(), shift[1].item<int64_t>()}, {2, 3});
      if (at::rand({1}, coins).item<float>() < 0.4) seen = seen.flip(3);
      std::map<std::string, at::Tensor> terms;
      for (size_t k = 0; k < 2; ++k) {
        nn::PassOptions tapped;
        tapped.tap_batch_norm = true;
        const auto answer = teachers[k](seen, tapped);
        const auto target = at::one_hot(labels, kClasses).to(at::kFloat) * 0.9 + 0.1 / kClasses;
        std::map<std::string, at::Tensor> own;
        own["cross_entropy"] = -(target * answer.logits.log_softmax(1)).sum(1).mean();
        at::Tensor match = at::zeros({});
        double scale = 3;
        for (const auto& bn : answer.batch_norms) {
          match = match + scale * ((bn.mean[0] - bn.running_mean).norm() + 2 * (bn.var[0] - bn.running_var).norm());
          scale = 1;
        }
        own["bn_match"] = match;
        const auto s = [&](int64_t r, int64_t c) { return seen.narrow(2, r, 15).narrow(3, c, 15); };
        own["total_variation"] = (seen.narrow(3, 0, 15) - seen.narrow(3, 1, 15)).norm() +
                                 (seen.narrow(2, 0, 15) - seen.narrow(2, 1, 15)).norm() + (s(1, 0) - s(0, 1)).norm() +
                                 (s(0, 0) - s(1, 1)).norm();
        own["l2"] = seen.flatten(1).norm(2, {1}).mean();
        for (const auto& [name, value] : own)
          terms[name] = terms.count(name) ? terms[name] + shares[k] * value : shares[k] * value;
      }
      const auto objective = 0.5 * terms["cross_entropy"] + 0.02 * terms["bn_match"] +
                             0.004 * terms["total_variation"] + 0.03 * terms["l2"];
      objective.backward();
      if (t + 1 == kSteps)
        for (const auto& [name, value] : terms) last[name].push_back(value.item<double>());
      const auto g = x.grad();
      const at::NoGradGuard no_grad;
      m = 0.6 * m + 0.4 * g;
      v = 0.8 * v + 0.2 * g * g;
      const double n = static_cast<double>(t + 1),
                   rate = 0.2 * 0.5 * (1 + std::cos(M_PI * static_cast<double>(t) / kSteps));
      x = x - rate * (m / (1 - std::pow(0.6, n))) / ((v / (1 - std::pow(0.8, n))).sqrt() + 1e-8);
      for (int64_t c = 0; c < 3; ++c) {
        const auto i = static_cast<size_t>(c);
        x.select(1, c).clamp_((0 - constants.mean[i]) / constants.std[i], (1 - constants.mean[i]) / constants.std[i]);
      }
    }
    pixels.push_back((constants.invert(x.detach()).clamp(0, 1) * 255).round().to(at::kByte));
  }
  // Written class by class: image i of class c is row c of batch i.
  EXPECT_TRUE(at::equal(got.labels, labels.repeat_interleave(2)));
  const auto wanted = at::stack(pixels, 1).flatten(0, 1);
  const auto off = (got.images.to(at::kInt) - wanted.to(at::kInt)).abs();
  EXPECT_LT(off.gt(1).to(at::kFloat).mean().item<double>(), 0.01) << "a share of pixels differs by more than a level";
  const auto metrics = node.output("metrics").meta;
  for (const auto& [name, values] : last)
    EXPECT_NEAR(metrics.at("loss." + name).get<double>(), mean_of(values), 2e-3 * std::abs(mean_of(values))) << name;
  EXPECT_EQ(metrics.at("images"), 2.0 * kClasses);
  EXPECT_EQ(metrics.at("steps"), 2.0 * kClasses * kSteps);
}

/// The numbers a run ends with are those of its last step, for each loss, averaged over the batches.
TEST(Recover, ReportsTheLossesOfItsLastStep) {
  NodeRun node("recover",
               {{"per_class", 2}, {"iterations", 30}, {"lr", 0.1}, {"batch", kClasses}, {"groups_at_once", 1}});
  node.input("teachers", {test::tiny_teacher(kClasses, 1)}).go();
  for (const std::string name : {"cross_entropy", "bn_match"}) {
    const auto& seen = node.run.metrics[name];  // of one batch after the other
    std::vector<double> first, last;
    for (const auto& [iteration, value] : seen) {
      if (iteration == 0) first.push_back(value);
      if (iteration == 29) last.push_back(value);
    }
    ASSERT_EQ(last.size(), 2u) << name;
    EXPECT_NEAR(node.output("metrics").meta.at("loss." + name).get<double>(), mean_of(last), 1e-9) << name;
    EXPECT_LT(mean_of(last), 0.9 * mean_of(first)) << name;
    const Json curve = Json::parse(read_file(node.output("curves").file("curves.json"))).at(name);
    EXPECT_EQ(curve.front().at(0), 0);
    EXPECT_NEAR(curve.front().at(1).get<double>(), mean_of(first), 1e-9);
    EXPECT_EQ(curve.back().at(0), 29);
    EXPECT_NEAR(curve.back().at(1).get<double>(), mean_of(last), 1e-9);
  }
}

}  // namespace
}  // namespace retort

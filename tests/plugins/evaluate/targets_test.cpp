// What a student is trained on, for every form that labels have, mixed and not, and whole trainings of
// evaluate.student: written out once more on plain tensors.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "node/evaluate/labels.h"
#include "support/fake_run.h"
#include "support/plain_steps.h"
#include "support/tiny_teacher.h"
#include "vision/draw.h"

namespace retort {
namespace {

using test::NodeRun;

constexpr int64_t kClasses = 3, kCount = 24, kBatch = 10, kSide = 16;

Artifact data() { return test::tiny_data(kClasses, kCount / kClasses, 1); }

Artifact labels(const Json& params, std::vector<Artifact> teachers, const std::string& name) {
  NodeRun node("relabel.soft", params, name);
  return node.input("teachers", std::move(teachers)).input("images", {data()}).go().output("labels");
}

/// A component out of its library, bound.
struct Views {
  std::unique_ptr<Plugin> plugin = test::components().make("augmentation", "standard");
  Declare declare;
  explicit Views(const std::string& preset) {
    plugin->declare_all(declare);
    EXPECT_TRUE(declare.bind({{"preset", preset}}, test::components()).empty());
  }
  const vision::Augmentation& operator*() const { return static_cast<const vision::Augmentation&>(*plugin); }
};

/// The draws of one step, from the streams the node names, and what they do to plain tensors.
struct Draws {
  at::Tensor indices, partner;
  double share = 1;
  std::optional<vision::Box> box;

  Draws(const test::FakeRun& run, const std::string& mixing, double alpha, int64_t epoch, int64_t step) {
    auto order = vision::make_generator(run.stream("order", static_cast<uint64_t>(epoch)));
    const auto all = at::randperm(kCount, order, at::kLong);
    indices = all.narrow(0, step * kBatch, std::min(kBatch, kCount - step * kBatch));
    auto random =
        vision::make_generator(run.stream("mixing", static_cast<uint64_t>(epoch), static_cast<uint64_t>(step)));
    if (mixing == "none") return;
    const auto mix = mixing == "mixup" ? vision::draw_mixup(indices.size(0), alpha, random)
                                       : vision::draw_cutmix(indices.size(0), kSide, kSide, alpha, random);
    partner = mix.partner;
    share = mix.share;
    if (mixing == "cutmix") box = {mix.box.top, mix.box.left, mix.box.height, mix.box.width};
  }
  at::Tensor line(const at::Tensor& x) const {
    return partner.defined() ? share * x + (1 - share) * x.index_select(0, partner) : x;
  }
  at::Tensor picture(const at::Tensor& x) const {
    if (!box) return line(x);
    auto out = x.clone();
    for (int64_t i = 0; i < x.size(0); ++i)
      for (int64_t r = box->top; r < box->top + box->height; ++r)
        for (int64_t c = box->left; c < box->left + box->width; ++c)
          out[i].select(1, r).select(1, c).copy_(x[partner[i].item<int64_t>()].select(1, r).select(1, c));
    return out;
  }
};

at::Tensor row_select(const at::Tensor& x, const at::Tensor& indices) { return x.index_select(0, indices); }

bool close(const at::Tensor& a, const at::Tensor& b, double tolerance = 1e-5) {
  return a.sizes() == b.sizes() && (a - b).abs().max().item<double>() < tolerance;
}

class Targets : public testing::TestWithParam<const char*> {
 protected:
  test::FakeRun run{"evaluate.student", {}};
  LabelledImages images = read_images(data());
  Views views{"none"};
  relabel::Mixing mixing{GetParam(), 0.8};
  evaluate::LossSettings loss;
  Normalization constants = Normalization::named("cifar-B");  // other than the images'

  /// `check` gets what each step of two epochs is trained on, and its draws.
  template <class Check>
  void each_step(const Artifact* soft, const at::Tensor& learned, Check check) {
    evaluate::LabelledViews all(run, images, soft, learned, *views, mixing, loss, constants, kBatch, 2);
    ASSERT_EQ(all.steps(), 3);
    for (int64_t epoch = 0; epoch < 2; ++epoch)
      for (int64_t step = 0; step < 3; ++step) {
        const Draws draws(run, mixing.type, mixing.alpha, epoch, step);
        const auto batch = all.batch({epoch, step, 3, 2});
        const auto pixels = draws.picture(row_select(images.images, draws.indices).to(at::kFloat) / 255);
        EXPECT_TRUE(close(batch.images, constants.apply(pixels))) << epoch << "." << step;
        EXPECT_TRUE(at::equal(batch.labels, row_select(images.labels, draws.indices)));
        check(all, batch, draws, pixels);
      }
  }
};

TEST_P(Targets, HardLabelsOfMixedImagesAreMixed) {
  loss.smoothing = 0.2;
  each_step(nullptr, {}, [&](auto& all, const train::Batch& batch, const Draws& draws, const at::Tensor&) {
    const auto hot = at::one_hot(row_select(images.labels, draws.indices), kClasses).to(at::kFloat);
    if (mixing.type == "none")
      EXPECT_FALSE(batch.target.defined());
    else
      EXPECT_TRUE(close(batch.target, draws.line(hot)));
    const auto logits = at::sin(at::arange(batch.images.size(0) * kClasses, at::kFloat)).view({-1, kClasses});
    const auto wanted = 0.8 * draws.line(hot) + 0.2 / kClasses;
    EXPECT_NEAR(all.loss(logits, batch).template item<double>(),
                -(wanted * logits.log_softmax(1)).sum(1).mean().item<double>(), 1e-5);
  });
}

TEST_P(Targets, LearnedProbabilitiesMixAsTheImagesDo) {
  const auto learned = at::softmax(at::sin(at::arange(kCount * kClasses, at::kFloat)).view({kCount, kClasses}) * 2, 1);
  each_step(nullptr, learned, [&](auto&, const train::Batch& batch, const Draws& draws, const at::Tensor&) {
    EXPECT_TRUE(close(batch.target, draws.line(row_select(learned, draws.indices))));
  });
}

TEST_P(Targets, OneSoftLabelAnImageIsMixedAsADistributionAtTheTemperatureOfTheLoss) {
  const auto soft = labels({{"form", "image"}}, {test::tiny_teacher(kClasses, 1)}, "image");
  const auto logits = read_tensors(soft.file("labels.safetensors")).at(0).second.to(at::kFloat);
  for (const double temperature : {1.0, 4.0}) {
    loss.temperature = temperature;
    loss.temperature_squared = temperature == 4;
    each_step(&soft, {}, [&](auto& all, const train::Batch& batch, const Draws& draws, const at::Tensor&) {
      const auto own = row_select(logits, draws.indices);
      if (mixing.type == "none") {
        EXPECT_TRUE(close(batch.target, own));
      }
      const auto p = draws.line(at::softmax(own / temperature, 1));
      EXPECT_TRUE(close(at::softmax(batch.target / temperature, 1), p));
      const auto answers = at::sin(at::arange(own.numel(), at::kFloat)).view_as(own) * 3;
      const auto q = at::log_softmax(answers / temperature, 1);
      const double divergence = (p * (p.log() - q)).sum(1).mean().item<double>();
      EXPECT_NEAR(all.loss(answers, batch).template item<double>(),
                  divergence * (loss.temperature_squared ? temperature * temperature : 1), 1e-4);
    });
  }
}

TEST_P(Targets, ALabellerIsAskedAboutTheMixedImage) {
  const auto soft =
      labels(Json::object(), {test::tiny_teacher(kClasses, 1), test::tiny_teacher(kClasses, 2)}, "labeller");
  loss.type = "mse";
  loss.hard_weight = 0.3;
  const auto one = test::tiny_model(kClasses, 1), two = test::tiny_model(kClasses, 2);
  each_step(&soft, {}, [&](auto& all, const train::Batch& batch, const Draws&, const at::Tensor& pixels) {
    const at::NoGradGuard no_grad;
    const auto wanted =
        (one(one.normalization().apply(pixels)).logits + two(two.normalization().apply(pixels)).logits) / 2;
    EXPECT_TRUE(close(batch.target, wanted, 1e-3));
    EXPECT_EQ(all.teacher_images(), 2 * kCount);
    const auto answers = at::cos(at::arange(wanted.numel(), at::kFloat)).view_as(wanted);
    const double squares = (answers - batch.target).square().mean().template item<double>();
    const double hard = -answers.log_softmax(1).gather(1, batch.labels.unsqueeze(1)).mean().template item<double>();
    EXPECT_NEAR(all.loss(answers, batch).template item<double>(), squares + 0.3 * hard, 1e-4);
  });
}

INSTANTIATE_TEST_SUITE_P(Mixing, Targets, testing::Values("none", "mixup", "cutmix"),
                         [](const auto& one) { return std::string(one.param); });

TEST(ReplayTargets, AreTheEpochsOwnFileAndItsViews) {
  const auto soft = labels({{"form", "replay"},
                            {"epochs", 3},
                            {"batch", kBatch},
                            {"mixing", "mixup"},
                            {"augment", {{"type", "standard"}, {"preset", "flip"}}}},
                           {test::tiny_teacher(kClasses, 1)}, "replay");
  test::FakeRun run("evaluate.student", {});
  const auto images = read_images(data());
  const Views views("none");
  const relabel::Mixing none;
  const evaluate::LossSettings loss;
  const auto constants = Normalization::named("cifar-B");
  evaluate::LabelledViews all(run, images, &soft, {}, *views, none, loss, constants, kBatch, 2);
  EXPECT_EQ(all.teacher_images(), 0) << "they were asked before";
  for (int64_t epoch = 0; epoch < 2; ++epoch) {
    std::map<std::string, at::Tensor> file;
    for (auto& [name, tensor] : read_tensors(soft.file("epoch-0000" + std::to_string(epoch) + ".safetensors")))
      file[name] = tensor;
    for (int64_t step = 0; step < 3; ++step) {
      const int64_t begin = step * kBatch, count = std::min(kBatch, kCount - begin);
      const auto part = [&](const char* name) { return file.at(name).narrow(0, begin, count); };
      const auto order = part("order").to(at::kLong), partner = part("mix_partner").to(at::kLong);
      const double share = file.at("mix_share")[step].item<double>();
      auto pixels = images.images.index_select(0, order).to(at::kFloat) / 255;
      pixels = at::where(part("flips").to(at::kBool).view({-1, 1, 1, 1}), pixels.flip(3), pixels);
      pixels = share * pixels + (1 - share) * pixels.index_select(0, partner);
      const auto batch = all.batch({epoch, step, 3, 2});
      EXPECT_TRUE(close(batch.images, constants.apply(pixels)));
      EXPECT_TRUE(at::equal(batch.labels, images.labels.index_select(0, order)));
      EXPECT_TRUE(at::equal(batch.target, part("logits").to(at::kFloat)));
    }
  }
}

/// Two epochs of three steps on mixed images with a labeller, at a cosine: weights, order, mixing, targets, loss,
/// optimiser and schedule together.
TEST(StudentTraining, IsPlainAdamWOnTheTargets) {
  const auto soft = labels(Json::object(), {test::tiny_teacher(kClasses, 1)}, "labeller");
  const Json network{{"type", "convnet"}, {"depth", 2}, {"width", 4}};
  NodeRun node("evaluate.student", {{"network", network},
                                    {"epochs", 2},
                                    {"batch", kBatch},
                                    {"lr", 0.02},
                                    {"weight_decay", 0.05},
                                    {"mixing", "mixup"},
                                    {"mixing_alpha", 0.8},
                                    {"temperature", 3},
                                    {"augment", {{"type", "standard"}, {"preset", "none"}}}});
  const auto test_data = test::tiny_data(kClasses, 5, 7);
  node.input("images", {data()}).input("labels", {soft}).input("test", {test_data}).go();

  const auto images = read_images(data());
  const auto net = test::network(network);
  nn::Model student(net, nn::initialise(*net, 3, kSide, kClasses, node.run.stream("weights")),
                    test::class_names(kClasses), images.normalization, kSide);
  student.weights().require_grad(true);
  const auto parameters = student.weights().parameters();
  const auto teacher = test::tiny_model(kClasses, 1);
  test::PlainAdamW adam{0.05};
  std::vector<double> losses;
  for (int64_t epoch = 0; epoch < 2; ++epoch) {
    const double rate = 0.02 * 0.5 * (1 + std::cos(M_PI * static_cast<double>(epoch) / 2));
    losses.push_back(0);
    for (int64_t step = 0; step < 3; ++step) {
      const Draws draws(node.run, "mixup", 0.8, epoch, step);
      const auto pixels = draws.picture(row_select(images.images, draws.indices).to(at::kFloat) / 255);
      at::Tensor p;
      {
        const at::NoGradGuard no_grad;
        p = at::softmax(teacher(teacher.normalization().apply(pixels)).logits / 3, 1);
      }
      nn::PassOptions training;
      training.mode = nn::Mode::train;
      const auto q = at::log_softmax(student(images.normalization.apply(pixels), training).logits / 3, 1);
      const auto loss = (p * (p.log() - q)).sum(1).mean();
      losses.back() += loss.item<double>() / 3;
      loss.backward();
      adam.step(parameters, rate);
    }
  }
  const at::NoGradGuard no_grad;
  const auto held_out = read_images(test_data);
  const auto wanted = student(images.normalization.apply(held_out.images)).logits;
  const auto got = read_tensors(node.output("predictions").file("predictions.safetensors")).at(0).second.to(at::kFloat);
  EXPECT_TRUE(close(got, wanted, 5e-3)) << (got - wanted).abs().max();
  EXPECT_GT((wanted - wanted.mean(0)).abs().max().item<double>(), 0.1) << "answers differ enough to compare";
  ASSERT_EQ(node.run.metrics["loss"].size(), 2u);
  for (size_t i = 0; i < 2; ++i) EXPECT_NEAR(node.run.metrics["loss"][i].second, losses[i], 1e-4);
  const double right = wanted.argmax(1).eq(held_out.labels).to(at::kDouble).mean().item<double>();
  EXPECT_NEAR(node.output("metrics").meta.at("accuracy_last").get<double>(), 100 * right, 1e-6);
}

/// The average that is tested: a += (1 - m)(θ - a) after each step, from the first weights.
TEST(StudentTraining, TestsTheMovingAverageOfItsMomentum) {
  const Json network{{"type", "convnet"}, {"depth", 2}, {"width", 4}};
  const auto test_data = test::tiny_data(kClasses, 5, 7);
  NodeRun node("evaluate.student", {{"network", network},
                                    {"epochs", 2},
                                    {"batch", kCount},
                                    {"lr", 0.1},
                                    {"optimizer", "sgd"},
                                    {"momentum", 0.8},
                                    {"weight_decay", 0.001},
                                    {"schedule", "constant"},
                                    {"ema", 0.7},
                                    {"label_smoothing", 0.1},
                                    {"augment", {{"type", "standard"}, {"preset", "none"}}}});
  node.input("images", {data()}).input("test", {test_data}).go();
  const auto images = read_images(data());
  const auto net = test::network(network);
  nn::Model student(net, nn::initialise(*net, 3, kSide, kClasses, node.run.stream("weights")),
                    test::class_names(kClasses), images.normalization, kSide);
  student.weights().require_grad(true);
  const auto parameters = student.weights().parameters();
  std::vector<at::Tensor> average;
  for (const auto& one : parameters) average.push_back(one.detach().clone());
  test::PlainSgd sgd{0.8, 0.001};
  const auto hot = at::one_hot(images.labels, kClasses).to(at::kFloat) * 0.9 + 0.1 / kClasses;
  for (int64_t epoch = 0; epoch < 2; ++epoch) {
    const auto logits = student(images.normalization.apply(images.images)).logits;
    (-(hot * logits.log_softmax(1)).sum(1).mean()).backward();
    sgd.step(parameters, 0.1);
    for (size_t i = 0; i < average.size(); ++i) average[i] = 0.7 * average[i] + 0.3 * parameters[i].detach();
  }
  const at::NoGradGuard no_grad;
  const auto wanted = student
                          .run_with(student.weights().with_parameters(average),
                                    images.normalization.apply(read_images(test_data).images))
                          .logits;
  const auto got = read_tensors(node.output("predictions").file("predictions.safetensors")).at(0).second.to(at::kFloat);
  EXPECT_TRUE(close(got, wanted, 5e-3)) << (got - wanted).abs().max();
}

}  // namespace
}  // namespace retort

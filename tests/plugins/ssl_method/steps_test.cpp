// Three whole optimisation steps of each method, from the middle of a schedule, against plain PyTorch
// (tests/whole/peers/ssl_steps.py): the same initial state and views, double precision. Every tensor must come as close
// to where PyTorch's ended as 1e-3 of the way it went; against each mistake made there on purpose, one must not.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "method_under_test.h"
#include "peers.h"
#include "train/schedule.h"
#include "vision/draw.h"

namespace retort::train {
namespace {

struct Case {
  const char* name;
  const char* plugin;
  int64_t views;
  const char* params;
};

constexpr const char* kSwav =
    R"({"hidden": 6, "dim": 4, "prototypes": 5, "queue": 13, "queue_epoch": 5, "freeze_epochs": 5})";
constexpr const char* kSwavFrozen =
    R"({"hidden": 6, "dim": 4, "prototypes": 5, "queue": 13, "queue_epoch": 5, "freeze_epochs": 6})";
constexpr const char* kDino =
    R"({"hidden": 6, "bottleneck": 4, "outputs": 5, "momentum": 0.9, "teacher_warmup_epochs": 8, "clip": 0.05,
        "freeze_epochs": 5})";
constexpr const char* kDinoFrozen =
    R"({"hidden": 6, "bottleneck": 4, "outputs": 5, "momentum": 0.9, "teacher_warmup_epochs": 8, "clip": 0.05,
        "freeze_epochs": 6})";

const Case kCases[] = {
    {"barlow_twins", "barlow_twins", 2, R"({"hidden": 6, "dim": 4, "layers": 2})"},
    {"byol", "byol", 2, R"({"hidden": 6, "dim": 4, "momentum": 0.9})"},
    {"dino", "dino", 4, kDino},
    {"dino_frozen", "dino", 4, kDinoFrozen},
    {"moco_v2", "moco_v2", 2, R"({"mlp": true, "hidden": 6, "dim": 4, "queue": 12, "momentum": 0.9, "splits": 2})"},
    {"moco_v2_symmetric", "moco_v2", 2,
     R"({"mlp": true, "hidden": 6, "dim": 4, "queue": 12, "momentum": 0.9, "splits": 2, "symmetric": true})"},
    {"moco_v3", "moco_v3", 2, R"({"hidden": 6, "dim": 4, "momentum": 0.9})"},
    {"simclr", "simclr", 2, R"({"hidden": 6, "dim": 4})"},
    {"simclr_joint", "simclr", 2, R"({"hidden": 6, "dim": 4, "joint": true})"},
    {"simsiam", "simsiam", 2, R"({"hidden": 6, "bottleneck": 4})"},
    {"swav", "swav", 4, kSwav},
    {"swav_frozen", "swav", 4, kSwavFrozen},
    {"vicreg", "vicreg", 2, R"({"hidden": 6, "dim": 4, "layers": 2})"},
};

constexpr int64_t kEpoch = 5, kEpochs = 10, kSteps = 4;
constexpr double kRate = 0.5, kTolerance = 1e-3;

std::filesystem::path steps_folder() {
  static const std::filesystem::path folder = peer_file("ssl_steps", "");
  return folder;
}

/// What PyTorch computed for one case.
struct Expected {
  explicit Expected(const std::string& name) {
    at::Tensor flat;
    for (auto& [key, value] : read_tensors(steps_folder() / (name + ".safetensors"))) {
      if (key == "losses") losses = value;
      if (key == "after") flat = value;
      if (key.starts_with("before.")) before.emplace_back(key.substr(7), value);
      if (key.find('!') != std::string::npos)
        mistakes[key.substr(0, key.find('!'))] = {key.substr(key.find('!') + 1), value};
    }
    std::sort(before.begin(), before.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    int64_t start = 0;
    for (const auto& [key, value] : before) {
      after.emplace_back(key, flat.narrow(0, start, value.numel()).view(value.sizes()));
      start += value.numel();
    }
  }
  at::Tensor losses;
  TensorList before, after;
  std::map<std::string, std::pair<std::string, at::Tensor>> mistakes;  ///< by name: the tensor, and where it then ended
};

const at::Tensor& tensor_of(const TensorList& list, const std::string& name) {
  for (const auto& [key, value] : list)
    if (key == name) return value;
  ADD_FAILURE() << "no tensor " << name;
  return list.front().second;
}

/// How far `value` is from `expected`, relative to the way from `before`; 0 or infinite for one that should not move
/// (the mean of what follows BatchNorm without affine parameters is zero up to rounding).
double error(const at::Tensor& value, const at::Tensor& expected, const at::Tensor& before) {
  const auto distance = [](const at::Tensor& x, const at::Tensor& y) {
    return (x.to(at::kDouble) - y.to(at::kDouble)).abs().max().item<double>();
  };
  const double off = distance(value, expected), way = distance(expected, before);
  if (way < 1e-9) return off < 1e-9 ? 0 : std::numeric_limits<double>::infinity();
  return off / way;
}

/// Runs three steps from the expected initial state.
class ThreeSteps {
 public:
  ThreeSteps(const Case& each, const Expected& expected) : method_(each.plugin, each.params) {
    for (int64_t step = 0; step < 3; ++step) views_.emplace_back(static_cast<size_t>(each.views));
    for (auto& [key, value] : read_tensors(steps_folder() / "views.safetensors")) {
      const auto step = static_cast<size_t>(key[0] - '0'), view = static_cast<size_t>(key[2] - '0');
      if (view < views_[step].size()) views_[step][view] = value.to(at::kDouble);
    }
    start();
    begin_at(expected.before);
    OptimizerSettings settings;
    settings.weight_decay = 0.1;
    const auto optimizer = make_optimizer(settings, method_->groups());
    for (int64_t step = 0; step < 3; ++step) losses.push_back(one_step(step, *optimizer));
    state = method_->state();
  }

  std::vector<double> losses;
  TensorList state;

 private:
  void start() {
    SslSetup setup;
    setup.network = std::make_shared<TinyNetwork>();
    setup.backbone = nn::initialise(*setup.network, 3, 5, 0, 1).to(at::kCPU, at::kDouble);
    setup.backbone.require_grad(true);
    setup.feature_size = 4;
    setup.batch = views_[0][0].size(0);
    for (const auto& view : views_[0]) setup.view_sizes.push_back(view.size(3));
    setup.steps = kSteps, setup.epochs = kEpochs;
    setup.stream = [](const std::string& purpose) { return std::hash<std::string>()(purpose); };
    method_->start(setup);
  }

  void begin_at(const TensorList& before) {
    const at::NoGradGuard no_grad;
    const TensorList live = method_->state();
    EXPECT_EQ(live.size(), before.size());
    for (auto [name, tensor] : live) tensor.copy_(tensor_of(before, name));
  }

  double one_step(int64_t index, Optimizer& optimizer) {
    Schedule schedule;
    schedule.per_step = true;
    const int64_t at = index + 1;
    const SslStep step{
        views_[static_cast<size_t>(index)], {kEpoch, at, kSteps, kEpochs}, vision::make_generator(7 + at)};
    const at::Tensor loss = method_->loss(step);
    loss.backward();
    method_->after_backward(step);
    optimizer.step(kRate * schedule.factor(kEpoch, at, kSteps, kEpochs), kRate);
    optimizer.zero();
    method_->after_step(step);
    return loss.item<double>();
  }

  MethodUnderTest method_;
  std::vector<std::vector<at::Tensor>> views_;
};

std::ostream& operator<<(std::ostream& out, const Case& each) { return out << each.name; }

class Steps : public testing::TestWithParam<Case> {};

TEST_P(Steps, EndWherePyTorchEnds) {
  const Expected expected(GetParam().name);
  const ThreeSteps ours(GetParam(), expected);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(ours.losses[i], expected.losses[static_cast<int64_t>(i)].item<double>(), 1e-9) << "step " << i;
  double worst = 0;
  for (const auto& [name, value] : expected.after) {
    const double off = error(tensor_of(ours.state, name), value, tensor_of(expected.before, name));
    EXPECT_LE(off, kTolerance) << name;
    worst = std::max(worst, off);
  }
  RecordProperty("worst", std::to_string(worst));
}

TEST_P(Steps, WouldShowEachMistake) {
  const Expected expected(GetParam().name);
  const ThreeSteps ours(GetParam(), expected);
  EXPECT_FALSE(expected.mistakes.empty());
  for (const auto& [mistake, end] : expected.mistakes)
    EXPECT_GT(error(tensor_of(ours.state, end.first), end.second, tensor_of(expected.before, end.first)), kTolerance)
        << mistake;
}

INSTANTIATE_TEST_SUITE_P(Methods, Steps, testing::ValuesIn(kCases), [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace retort::train

// A frozen pass with taps against the same network written with plain operations, in double precision: what recover's
// BatchNorm loss sees and sends back to the images.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "nn/freeze.h"
#include "nn/network.h"

namespace retort::nn {
namespace {

using at::Tensor;

class Small : public Network {
 public:
  void declare(Declare&) override {}
  Tensor features(Pass& pass, const Tensor& images) const override {
    const Tensor x = pass.conv_bn("conv1", "bn1", images, {.out = 8}, true);
    Tensor y = pass.conv_bn("a.conv", "a.bn", x, {.out = 8, .groups = 2}, true);
    y = pass.conv_bn("b.conv", "b.bn", y, {.out = 8}, true, x);
    return pass.batch_norm("last", y, false).mean({2, 3});
  }
};

struct Reference {
  const Weights& weights;
  std::vector<Tensor> means, vars, running_means, running_vars;
  int64_t groups;

  Tensor batch_norm(const std::string& name, const Tensor& a) {
    for (const Tensor& part : a.chunk(groups)) {
      const Tensor rows = part.transpose(0, 1).flatten(1);
      means.push_back(rows.mean(1)), vars.push_back(rows.var(1, false));
      running_means.push_back(weights.at(name + ".running_mean")),
          running_vars.push_back(weights.at(name + ".running_var"));
    }
    const auto column = [&](const Tensor& t) { return t.view({1, -1, 1, 1}); };
    Tensor z =
        (a - column(weights.at(name + ".running_mean"))) / (column(weights.at(name + ".running_var")) + 1e-5).sqrt();
    if (!weights.contains(name + ".weight")) return z;
    return z * column(weights.at(name + ".weight")) + column(weights.at(name + ".bias"));
  }
  Tensor conv(const std::string& name, const Tensor& x, int64_t conv_groups = 1) {
    return at::conv2d(x, weights.at(name + ".weight"), {}, 1, 1, 1, conv_groups);
  }
  Tensor features(const Tensor& images) {
    const Tensor x = at::relu(batch_norm("bn1", conv("conv1", images)));
    Tensor y = at::relu(batch_norm("a.bn", conv("a.conv", x, 2)));
    y = at::relu(batch_norm("b.bn", conv("b.conv", y)) + x);
    return batch_norm("last", y).mean({2, 3});
  }
};

Weights trained_weights() {
  at::manual_seed(5);
  Weights weights = initialise(Small(), 3, 8, 0, 1).to(at::kCPU, at::kDouble);
  for (const NamedTensor& each : weights.all()) {
    Tensor value = each.value;
    if (each.name.ends_with("running_var")) value.copy_(at::rand_like(value) + 0.5);
    if (each.name.ends_with("running_mean")) value.copy_(at::randn_like(value));
    if (each.name.ends_with("bn.weight") || each.name == "bn1.weight") {
      value.copy_(at::randn_like(value));
      value[1] = 0, value[2] = 1e-9;  // dead channels
    }
    if (each.name.ends_with("bias")) value.copy_(at::randn_like(value));
  }
  return weights;
}

/// SRe2L's: the stem counts `first` times.
Tensor bn_loss(const Tensor& mean, const Tensor& var, const Tensor& running_mean, const Tensor& running_var,
               double factor) {
  return factor * ((mean - running_mean).norm() + (var - running_var).norm());
}

TEST(Frozen, TapsAndImageGradientsEqualPlainAutograd) {
  constexpr double kFirst = 10;
  const Weights weights = trained_weights();
  const Weights frozen = freeze(weights);
  for (const int64_t groups : {1, 3}) {
    const Tensor images = at::randn({6, 3, 8, 8}, at::kDouble).requires_grad_(true);
    PassOptions options;
    options.mode = Mode::frozen, options.tap_batch_norm = true, options.groups = groups;
    Pass pass(frozen, options);
    const Tensor features = Small().features(pass, images);
    ASSERT_EQ(pass.batch_norms.size(), 4);
    EXPECT_EQ(pass.batch_norms[0].name, "bn1");
    EXPECT_EQ(pass.batch_norms[3].name, "last");
    Tensor loss = features.sin().sum();
    for (size_t layer = 0; layer < 4; ++layer) {
      const BatchNormTap& tap = pass.batch_norms[layer];
      for (int64_t g = 0; g < groups; ++g) {
        loss = loss + bn_loss(tap.mean[g], tap.var[g], tap.running_mean, tap.running_var, layer == 0 ? kFirst : 1);
      }
    }
    Reference reference{weights, {}, {}, {}, {}, groups};
    const Tensor expected_features = reference.features(images);
    Tensor expected = expected_features.sin().sum();
    for (size_t i = 0; i < reference.means.size(); ++i) {
      expected = expected + bn_loss(reference.means[i], reference.vars[i], reference.running_means[i],
                                    reference.running_vars[i], i < static_cast<size_t>(groups) ? kFirst : 1);
    }
    EXPECT_TRUE(at::allclose(features, expected_features, 1e-11, 1e-12));
    EXPECT_NEAR(loss.item<double>(), expected.item<double>(), 1e-9 * std::abs(expected.item<double>()));
    const auto made = torch::autograd::grad({loss}, {images})[0];
    const auto wanted = torch::autograd::grad({expected}, {images})[0];
    EXPECT_GT(wanted.abs().max().item<double>(), 0.1);
    EXPECT_TRUE(at::allclose(made, wanted, 1e-9, 1e-11));
  }
}

TEST(Frozen, EvalModeTapsTheSame) {
  const Weights weights = trained_weights();
  const Tensor images = at::randn({4, 3, 8, 8}, at::kDouble);
  PassOptions options;
  options.tap_batch_norm = true, options.groups = 2;
  Pass eval(weights, options);
  Small().features(eval, images);
  Reference reference{weights, {}, {}, {}, {}, 2};
  reference.features(images);
  for (size_t layer = 0; layer < 4; ++layer) {
    for (int64_t g = 0; g < 2; ++g) {
      EXPECT_TRUE(at::allclose(eval.batch_norms[layer].mean[g], reference.means[2 * layer + g], 1e-11, 1e-12));
      EXPECT_TRUE(at::allclose(eval.batch_norms[layer].var[g], reference.vars[2 * layer + g], 1e-11, 1e-12));
    }
  }
}

TEST(Frozen, TapsOnlyWhenAsked) {
  const Weights frozen = freeze(trained_weights());
  PassOptions options;
  options.mode = Mode::frozen;
  Pass pass(frozen, options);
  Small().features(pass, at::randn({2, 3, 8, 8}, at::kDouble));
  EXPECT_TRUE(pass.batch_norms.empty());
}

TEST(Frozen, HalfPrecisionStaysNearAndItsStatisticsAreFloat) {
  const Weights weights = trained_weights();
  const Tensor images = at::randn({8, 3, 8, 8}, at::kDouble);
  PassOptions options;
  options.mode = Mode::frozen, options.tap_batch_norm = true;
  const Weights exact = freeze(weights), half = freeze(weights.to(at::kCPU, at::kBFloat16));
  Pass wide(exact, options), narrow(half, options);
  const Tensor expected = Small().features(wide, images);
  const Tensor made = Small().features(narrow, images.to(at::kBFloat16)).to(at::kDouble);
  EXPECT_LT((made - expected).norm().item<double>(), 0.03 * expected.norm().item<double>());
  EXPECT_EQ(narrow.batch_norms[0].var.scalar_type(), at::kFloat);
}

}  // namespace
}  // namespace retort::nn

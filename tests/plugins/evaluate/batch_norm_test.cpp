// diagnose.batch_norm and model.recalibrate_bn against sums written out here.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include <cmath>

#include "core/files.h"
#include "support/tiny_teacher.h"

namespace retort {
namespace {

using test::NodeRun;

constexpr int64_t kClasses = 3;

/// The input of every BatchNorm layer, from a network that saves it: two passes, no taps.
at::Tensor first_input(const nn::Model& model, const at::Tensor& images) {
  return at::conv2d(images, model.weights().at("conv1.weight"), {}, 1, 1);
}

TEST(DiagnoseBatchNorm, FirstLayerByHand) {
  const auto data = test::tiny_data(kClasses, 20, 5);
  NodeRun node("diagnose.batch_norm", {{"batch", 30}, {"noise", 40}, {"first_scale", 10}});
  node.input("model", {test::tiny_teacher(kClasses, 1)}).input("real", {data}).go();
  const auto model = test::tiny_model(kClasses, 1);
  const Json report = Json::parse(read_file(node.output("report").file("batch_norm.json")));
  ASSERT_EQ(report["layers"].size(), 20u);
  const Json& stem = report["layers"][0];
  EXPECT_EQ(stem["layer"], "bn1");
  EXPECT_EQ(stem["channels"], 8);

  const at::Tensor mean = model.weights().at("bn1.running_mean").to(at::kDouble),
                   var = model.weights().at("bn1.running_var").to(at::kDouble);
  const auto near = [](const Json& found, double expected) {
    EXPECT_NEAR(found.get<double>(), expected, 1e-4 * std::abs(expected) + 1e-7);
  };
  near(stem["running_var"]["mean"], var.mean().item<double>());
  near(stem["running_var"]["max"], var.max().item<double>());
  const auto sorted = std::get<0>(var.sort());
  near(stem["running_var"]["median"], (sorted[3].item<double>() + sorted[4].item<double>()) / 2);
  near(stem["running_mean"]["mean"], mean.abs().mean().item<double>());
  double entropy = 0;
  for (int64_t i = 0; i < 8; ++i) {
    const double p = (var[i] / var.sum()).item<double>();
    entropy -= p * std::log(p);
  }
  near(stem["variance_entropy"], entropy / std::log(8.0));

  const auto images = read_images(data).normalised(model.normalization());
  double mean_norm = 0, var_norm = 0, relative = 0;
  for (int64_t batch = 0; batch < 2; ++batch) {
    const auto a = first_input(model, images.narrow(0, 30 * batch, 30)).to(at::kDouble);
    const auto m = a.mean({0, 2, 3}) - mean, v = a.var(at::IntArrayRef{0, 2, 3}, false) - var;
    mean_norm += m.square().sum().sqrt().item<double>() / 2;
    var_norm += v.square().sum().sqrt().item<double>() / 2;
    relative += (v / (var + 1e-5)).square().mean().sqrt().item<double>() / 2;
  }
  near(stem["distance"]["real"]["mean"], mean_norm);
  near(stem["distance"]["real"]["var"], var_norm);
  near(stem["distance"]["real"]["relative_var"], relative);

  double loss = 0;
  for (size_t k = 0; k < 20; ++k)
    loss += (k == 0 ? 10 : 1) * (report["layers"][k]["distance"]["noise"]["mean"].get<double>() +
                                 report["layers"][k]["distance"]["noise"]["var"].get<double>());
  EXPECT_NEAR(node.output("metrics").meta["bn_loss_noise"].get<double>(), loss, 1e-6 * loss);

  const std::string csv = read_file(node.output("report").file("batch_norm.csv"));
  EXPECT_THAT(csv, testing::StartsWith("layer,channels,mean_mean,mean_median,mean_max,var_mean,var_median,var_max,"
                                       "variance_entropy,noise_mean,noise_var,noise_relative_mean,noise_relative_var,"
                                       "real_mean"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 21);
  const std::string svg = read_file(node.output("report").file("batch_norm.svg"));
  EXPECT_THAT(svg, testing::HasSubstr("layer4.1.bn2"));
  EXPECT_THAT(svg, testing::HasSubstr("BN loss of a layer"));
}

/// METHODS.md 6.2: scaling a convolution with its BatchNorm buffers leaves the function and changes L_BN.
TEST(DiagnoseBatchNorm, RelativeDifferencesDoNotSeeARescaledLayer) {
  const auto data = test::tiny_data(kClasses, 20, 5);
  const auto diagnosed = [&](double scale, const std::string& name) {
    auto model = test::tiny_model(kClasses, 1);
    const at::NoGradGuard no_grad;
    at::Tensor weight = model.weights().at("layer2.0.conv1.weight"),
               mean = model.weights().at("layer2.0.bn1.running_mean"),
               var = model.weights().at("layer2.0.bn1.running_var");
    weight.mul_(scale), mean.mul_(scale), var.mul_(scale * scale);
    Output output;
    output.open(test::fresh_folder(name));
    model.write(output, Json::object());
    NodeRun node("diagnose.batch_norm", {{"batch", 60}, {"noise", 0}}, name + "_node");
    node.input("model",
               {{"classifier", "", output.meta, {{"weights.safetensors", output.folder() / "weights.safetensors"}}}})
        .input("real", {data})
        .go();
    return node.output("metrics").meta;
  };
  const Json plain = diagnosed(1, "plain"), scaled = diagnosed(3, "scaled");
  EXPECT_GT(scaled["bn_loss_real"].get<double>(), plain["bn_loss_real"].get<double>() + 15);
  for (const char* name : {"relative_mean_real", "relative_var_real"})
    EXPECT_NEAR(scaled[name].get<double>(), plain[name].get<double>(), 1e-3 * plain[name].get<double>()) << name;
}

TEST(BatchNorm, ANetworkWithoutItIsRefusedByName) {
  const auto net = test::network({{"type", "vit_tiny"}, {"patch", 4}, {"depth", 1}});
  const nn::Model model(net, nn::initialise(*net, 3, 16, kClasses, 1), test::class_names(kClasses),
                        Normalization::named("cifar-A"), 16);
  Output output;
  output.open(test::fresh_folder("vit"));
  model.write(output, Json::object());
  const Artifact vit{"classifier", "", output.meta, {{"weights.safetensors", output.folder() / "weights.safetensors"}}};
  NodeRun diagnose("diagnose.batch_norm", Json::object(), "diagnose");
  diagnose.input("model", {vit});
  EXPECT_EQ(error_of(diagnose), "the network \"vit_tiny\" has no BatchNorm layer: there is nothing to diagnose");
  NodeRun again("model.recalibrate_bn", {{"batch", 10}}, "again");
  again.input("model", {vit}).input("data", {test::tiny_data(kClasses, 10, 5)});
  EXPECT_EQ(error_of(again), "the network \"vit_tiny\" has no BatchNorm layer: there is nothing to recalibrate");
  NodeRun recover("recover", {{"per_class", 1}, {"iterations", 2}, {"losses", {{{"type", "bn_match"}}}}}, "recover");
  recover.input("teachers", {vit});
  EXPECT_EQ(error_of(recover), "a loss matches BatchNorm statistics, but teachers[0] has no BatchNorm layer");
}

TEST(RecalibrateBn, IsTheMeanOfBatchStatisticsAndLeavesWeightsAlone) {
  const auto data = test::tiny_data(kClasses, 15, 5);
  NodeRun node("model.recalibrate_bn", {{"batch", 20}});
  node.input("model", {test::tiny_teacher(kClasses, 1)}).input("data", {data}).go();
  const auto list = read_tensors(node.output("classifier").file("weights.safetensors"));
  const std::map<std::string, at::Tensor> found(list.begin(), list.end());
  const auto model = test::tiny_model(kClasses, 1);
  for (const auto& each : model.weights().all()) {
    if (each.buffer) continue;
    EXPECT_TRUE(at::equal(found.at(each.name), each.value)) << each.name;
  }
  const auto images = read_images(data).normalised(model.normalization());
  at::Tensor mean = at::zeros({8}, at::kDouble), var = mean.clone();
  for (int64_t batch = 0; batch < 2; ++batch) {  // 45 images: two full batches
    const auto a = first_input(model, images.narrow(0, 20 * batch, 20)).to(at::kDouble);
    mean += a.mean({0, 2, 3}) / 2;
    var += a.var(at::IntArrayRef{0, 2, 3}, true) / 2;  // unbiased, as torch's running variance
  }
  EXPECT_TRUE(at::allclose(found.at("bn1.running_mean").to(at::kDouble), mean, 1e-4, 1e-5));
  EXPECT_TRUE(at::allclose(found.at("bn1.running_var").to(at::kDouble), var, 1e-4, 1e-5));
  EXPECT_FALSE(at::allclose(found.at("layer4.1.bn2.running_mean"), model.weights().at("layer4.1.bn2.running_mean")));

  NodeRun large("model.recalibrate_bn", {{"batch", 100}}, "large");
  large.input("model", {test::tiny_teacher(kClasses, 1)}).input("data", {data});
  EXPECT_EQ(error_of(large), "\"batch\" 100 is larger than the data set; it has 45 images: take at most that");
}

}  // namespace
}  // namespace retort

#include "nn/model.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/files.h"
#include "networks.h"
#include "sdk/torch/tensor_file.h"

namespace retort::nn {
namespace {

namespace fs = std::filesystem;

/// Lends networks only.
class NetworkRun : public Run {
 public:
  std::string device() const override { return "cpu"; }
  std::string precision() const override { return "float32"; }
  int threads() const override { return 1; }
  uint64_t seed() const override { return 0; }
  void progress(int64_t, int64_t) override {}
  void metric(const std::string&, int64_t, double) override {}
  void log(const std::string&) override {}
  void warn(const std::string&) override {}
  void stop_if_cancelled() override {}
  std::unique_ptr<Plugin> component(const std::string& kind, const Json& origin) override {
    EXPECT_EQ(kind, "network");
    EXPECT_EQ(origin.at("type"), "resnet18");
    return std::make_unique<TestResNet>(origin.at("params").dump());
  }
  fs::path checkpoint_folder() const override { return {}; }

 protected:
  std::string stream_name() const override { return "test"; }
};

class ModelFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("retort-model-" + std::to_string(getpid()));
    fs::create_directories(folder_);
    at::manual_seed(1);
    Weights weights = initialise(*network_, 3, 16, 3, 7);
    for (const NamedTensor& each : weights.all()) {
      at::Tensor value = each.value;
      if (each.name.ends_with("running_mean")) value.normal_();
      if (each.name.ends_with("running_var")) value.uniform_(0.5, 2);
    }
    model_ = std::make_unique<Model>(network_, weights, std::vector<std::string>{"cat", "dog", "fox"},
                                     Normalization::named("cifar-A"), 16);
  }
  void TearDown() override { fs::remove_all(folder_); }

  Artifact written() {
    Output output;
    output.open(folder_);
    model_->write(output, {{"epochs", 3}});
    return {"classifier", "", output.meta, {{"weights.safetensors", folder_ / "weights.safetensors"}}};
  }
  std::string refusal(const TensorList& tensors) {
    const Artifact artifact = written();
    write_tensors(artifact.file("weights.safetensors"), tensors);
    try {
      Model::read(artifact, run_);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return error.what();
    }
    return "accepted";
  }

  fs::path folder_;
  NetworkRun run_;
  std::shared_ptr<const Network> network_ = std::make_shared<TestResNet>(R"({"width": 4})");
  std::unique_ptr<Model> model_;
};

TEST_F(ModelFile, ReadsWhatItWrote) {
  const Artifact artifact = written();
  EXPECT_EQ(artifact.meta["architecture"]["type"], "resnet18");
  EXPECT_EQ(artifact.meta["architecture"]["classes"], 3);
  EXPECT_EQ(artifact.meta["feature_size"], 32);
  EXPECT_EQ(artifact.meta["trained"]["epochs"], 3);
  const Model again = Model::read(artifact, run_);
  EXPECT_EQ(again.classes(), model_->classes());
  EXPECT_EQ(again.normalization(), model_->normalization());
  EXPECT_EQ(again.image_size(), 16);
  const at::Tensor images = at::randn({2, 3, 16, 16});
  EXPECT_TRUE(at::equal(again(images).logits, (*model_)(images).logits));
}

TEST_F(ModelFile, NamesEveryTensorThatDoesNotFit) {
  TensorList tensors = read_tensors(written().file("weights.safetensors"));
  for (auto& [name, tensor] : tensors) {
    if (name == "bn1.bias") name = "bn1.bais";
    if (name == "fc.weight") tensor = at::zeros({5, 32});
  }
  EXPECT_EQ(refusal(tensors),
            "weights.safetensors does not fit resnet18:\n"
            "  \"bn1.bias\" is missing\n"
            "  \"fc.weight\" has shape [5, 32], the network has [3, 32]\n"
            "  \"bn1.bais\" is unknown to the network");
}

TEST_F(ModelFile, WholeNumbersAreNoWeights) {
  TensorList tensors = read_tensors(written().file("weights.safetensors"));
  for (auto& [name, tensor] : tensors)
    if (name == "conv1.weight") tensor = tensor.to(at::kChar);
  EXPECT_EQ(refusal(tensors),
            "weights.safetensors does not fit resnet18:\n"
            "  \"conv1.weight\" holds whole numbers (Char), the network's are Float");
}

TEST_F(ModelFile, NoNetworkHasValuesThatAreNoNumbers) {
  const auto refused = [](const std::function<void()>& call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::not_a_number);
      return error.what();
    }
    return "accepted";
  };
  const float marked = 123.456F, nan = std::nanf("");
  model_->weights().at("layer1.0.bn1.running_var")[2] = marked;
  const Artifact artifact = written();
  // Behind the back of write_tensors, which refuses it.
  std::string bytes = read_file(artifact.file("weights.safetensors"));
  const size_t place = bytes.find(std::string(reinterpret_cast<const char*>(&marked), sizeof marked));
  ASSERT_NE(place, std::string::npos);
  bytes.replace(place, sizeof nan, reinterpret_cast<const char*>(&nan), sizeof nan);
  write_file(artifact.file("weights.safetensors"), bytes);
  const std::string text =
      " holds values that no network can compute with:\n"
      "  \"layer1.0.bn1.running_var\" has 1 of 4 values that are not finite, the first NaN at [2]";
  EXPECT_EQ(refused([&] { Model::read(artifact, run_); }), "weights.safetensors of this classifier" + text);
  model_->weights().at("layer1.0.bn1.running_var")[2] = nan;
  EXPECT_EQ(refused([&] { written(); }), "weights.safetensors" + text);
  model_->weights().at("layer1.0.bn1.running_var")[2] = -0.5;
  EXPECT_EQ(refused([&] { written(); }),
            "weights.safetensors holds values that no network can compute with:\n"
            "  \"layer1.0.bn1.running_var\" has a variance of -0.500000");
}

TEST_F(ModelFile, FrozenAnswersAsEvalDoes) {
  const at::Tensor images = at::randn({4, 3, 16, 16});
  const Prediction plain = (*model_)(images), frozen = model_->frozen()(images);
  EXPECT_TRUE(at::allclose(frozen.logits, plain.logits, 1e-4, 1e-5));
  EXPECT_TRUE(at::allclose(frozen.features, plain.features, 1e-4, 1e-5));
}

TEST_F(ModelFile, TrainModeMovesTheModelsStatistics) {
  PassOptions options;
  options.mode = Mode::train;
  const at::Tensor before = model_->weights().at("bn1.running_mean").clone();
  (*model_)(at::randn({4, 3, 16, 16}), options);
  EXPECT_FALSE(at::equal(before, model_->weights().at("bn1.running_mean")));
}

TEST_F(ModelFile, WithoutClassesThereIsNoHead) {
  const Model encoder(network_, initialise(*network_, 3, 16, 0, 1), {}, Normalization::named("none"), 16);
  const Prediction seen = encoder(at::randn({2, 3, 16, 16}));
  EXPECT_FALSE(seen.logits.defined());
  EXPECT_EQ(seen.features.sizes(), at::IntArrayRef({2, 32}));
}

}  // namespace
}  // namespace retort::nn

// Data sets that are stored encoded: every node that reads one computes what it computes from the decoded one, where
// both see the same pixels; resized crops are cut from the pictures themselves; and nothing depends on how many threads
// decode.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "core/file_tree.h"
#include "support/tiny_teacher.h"
#include "train/view_loader.h"
#include "vision/decode.h"
#include "vision/draw.h"

namespace retort::train {
namespace {

using test::NodeRun;

constexpr int64_t kClasses = 3, kPerClass = 8;

/// JPEGs of 64 × 64 pixels.
class Encoded : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(archive())) GTEST_SKIP() << "there is no " << archive();
  }
  static std::filesystem::path archive() { return test::test_data() / "tiny-imagenet-20.tar"; }

  static Artifact data(const Json& params, const std::string& name) {
    Json all{{"path", archive().string()}, {"train_folder", "train"}, {"classes", kClasses},
             {"per_class", kPerClass},     {"image_size", 64},        {"val_per_class", 2}};
    all.update(params);
    return NodeRun("dataset.image_folder", all, name).go().output("train");
  }
  static Artifact decoded(const Json& params = Json::object()) { return data(params, "decoded"); }
  static Artifact encoded(Json params = Json::object()) {
    params["stored"] = "encoded";
    return data(params, "encoded");
  }
};

/// Names and bytes of all files of an output.
std::map<std::string, std::string> bytes(const Artifact& artifact) {
  std::map<std::string, std::string> all{{"meta", artifact.meta.dump()}};
  for (const auto& [name, file] : artifact.files) all[name] = read_file(file);
  return all;
}

const Json kNetwork{{"type", "resnet18"}, {"width", 4}, {"stem", "imagenet"}};

Json training(const Json& more) {
  Json all{{"network", kNetwork}, {"epochs", 2}, {"batch", 8}, {"lr", 0.05}};
  all.update(more);
  return all;
}

TEST_F(Encoded, PicturesOfTheSetsSizeTrainAsDecodedOnes) {
  const Artifact plain = decoded(), packed = encoded();
  const Json ssl{{"method", {{"type", "moco_v2"}, {"queue", 32}, {"splits", 2}, {"dim", 8}}}};
  const struct {
    const char *type, *output;
    Json params;
  } trainings[] = {
      {"pretrain.supervised", "classifier", training({{"augment", {{"type", "standard"}, {"preset", "simclr"}}}})},
      {"pretrain.ssl", "encoder", training(ssl)}};
  for (const auto& each : trainings) {
    const auto trained = [&](const Artifact& data, int64_t decoders, const std::string& name) {
      Json params = each.params;
      params["decoders"] = decoders;
      NodeRun node(each.type, params, name);
      node.input("data", {data}).input("val", {data}).go();
      return std::pair(bytes(node.output(each.output)), node.output("metrics").meta);
    };
    const auto expected = trained(plain, 1, "from_decoded");
    EXPECT_EQ(trained(packed, 1, "one_thread"), expected) << each.type;
    EXPECT_EQ(trained(packed, 5, "five_threads"), expected) << each.type;
  }
}

TEST_F(Encoded, OtherNodesReadThemToo) {
  const Artifact plain = decoded(), packed = encoded();
  const Artifact teacher = [&] {
    NodeRun node("pretrain.supervised", training({{"epochs", 1}}), "teacher");
    return node.input("data", {plain}).go().output("classifier");
  }();
  const struct {
    const char *type, *output;
    Json params;
    std::vector<std::pair<const char*, Artifact>> inputs;
  } nodes[] = {
      {"probe.linear", "classifier", {{"epochs", 2}, {"batch", 8}}, {{"encoder", teacher}}},
      {"probe.linear", "classifier", {{"epochs", 2}, {"batch", 8}, {"cached", true}}, {{"encoder", teacher}}},
      {"evaluate.knn", "predictions", Json::object(), {{"encoder", teacher}, {"test", plain}}},
      {"select.random", "images", {{"per_class", 2}}, {}},
      {"model.recalibrate_bn", "classifier", {{"batch", 7}}, {{"model", teacher}}},
  };
  for (const auto& each : nodes) {
    const auto made = [&](const Artifact& data, const std::string& name) {
      NodeRun node(each.type, each.params, name);
      node.input("data", {data});
      for (const auto& [port, artifact] : each.inputs) node.input(port, {artifact});
      return bytes(node.go().output(each.output));
    };
    EXPECT_EQ(made(packed, "packed"), made(plain, "plain")) << each.type;
  }
  const auto tested = [&](const Artifact& test, const std::string& name) {
    NodeRun node("evaluate.student", training({{"epochs", 1}}), name);
    return bytes(node.input("images", {plain}).input("test", {test}).go().output("predictions"));
  };
  EXPECT_EQ(tested(packed, "packed"), tested(plain, "plain"));
  const auto recovered = [&](const Artifact& real, const std::string& name) {
    NodeRun node("recover",
                 {{"per_class", 1},
                  {"iterations", 0},
                  {"init", {{"type", "real"}}},
                  {"losses", Json::parse(R"([{"type": "cross_entropy"}])")}},
                 name);
    return bytes(node.input("teachers", {teacher}).input("init.data", {real}).go().output("images"));
  };
  EXPECT_EQ(recovered(packed, "packed"), recovered(plain, "plain"));
}

TEST_F(Encoded, ATrainingGoesOnWhereItWasStopped) {
  const Artifact packed = encoded();
  const Json params = training({{"epochs", 3}, {"checkpoint_seconds", 0}});
  NodeRun whole("pretrain.supervised", params, "whole"), cut("pretrain.supervised", params, "cut"),
      resumed("pretrain.supervised", params, "resumed");
  whole.input("data", {packed}).go();
  cut.run.cancel_at = 7;  // within the third epoch of three steps
  EXPECT_THROW(cut.input("data", {packed}).go(), Error);
  std::filesystem::copy(cut.run.checkpoint_folder(), resumed.run.checkpoint_folder(),
                        std::filesystem::copy_options::recursive);
  resumed.input("data", {packed}).go();
  EXPECT_EQ(bytes(resumed.output("classifier")), bytes(whole.output("classifier")));
}

TEST_F(Encoded, APictureDamagedLaterIsNamed) {
  Artifact packed = encoded();
  std::string all = read_file(packed.file("images.bin"));
  const EncodedImages set(packed);
  const std::string third = set.bytes(3);
  all.replace(all.find(third), 3, "???");
  write_file(packed.file("images.bin"), all);
  NodeRun node("pretrain.supervised", training(Json::object()), "training");
  try {
    node.input("data", {packed}).go();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_STREQ(error.what(), "cannot decode image 3 of images.bin: neither JPEG nor PNG");
  }
}

TEST_F(Encoded, ACutOffJpegIsNamedAndLeftOutOnlyIfAsked) {
  const auto folder = test::fresh_folder("pictures");
  const FileTree tree(archive().string());
  for (const char* name : {"1", "2"}) {
    std::string jpeg = tree.read("train/n04099969/images/n04099969_" + std::string(name) + ".JPEG");
    if (name == std::string("2")) jpeg.resize(jpeg.size() / 2);
    std::filesystem::create_directories(folder / "chair");
    write_file(folder / "chair" / (std::string(name) + ".jpg"), jpeg);
  }
  for (const char* stored : {"pixels", "encoded"}) {
    Json params{{"path", folder.string()}, {"image_size", 64}, {"stored", stored}};
    try {
      NodeRun("dataset.image_folder", params, "strict").go();
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::StartsWith("1 of 2 images cannot be read (\"damaged\": \"skip\" leaves such "
                                                    "out):\n  cannot decode " +
                                                    (folder / "chair" / "2.jpg").string() + ": "));
    }
    params["damaged"] = "skip";
    NodeRun lenient("dataset.image_folder", params, "lenient");
    EXPECT_EQ(lenient.go().output("train").meta["count"], 1) << stored;
    ASSERT_EQ(lenient.run.warnings.size(), 1u);
    EXPECT_THAT(lenient.run.warnings[0], testing::StartsWith("left out: cannot decode "));
  }
}

/// Pictures of many sizes.
class Pictures : public testing::Test {
 protected:
  void SetUp() override {
    const auto archive = test::test_data() / "imagenet-sample.tar";
    if (!std::filesystem::exists(archive)) GTEST_SKIP() << "there is no " << archive;
    const auto made = [&](const char* stored) {
      return NodeRun("dataset.image_folder",
                     {{"path", archive.string()},
                      {"train_folder", "train"},
                      {"classes", 6},
                      {"image_size", 32},
                      {"resize", 36},
                      {"stored", stored}},
                     stored)
          .go()
          .output("train");
    };
    decoded = made("pixels"), encoded = made("encoded");
  }
  /// The views of two steps of three images.
  static std::vector<at::Tensor> views(const Artifact& artifact, const std::vector<Json>& recipes, int64_t decoders) {
    const auto data = vision::DataSet(artifact, decoders);
    std::vector<std::unique_ptr<Plugin>> plugins;
    std::vector<Declare> declared(recipes.size());
    for (size_t i = 0; i < recipes.size(); ++i) {
      plugins.push_back(test::components().make("augmentation", "standard"));
      plugins[i]->declare_all(declared[i]);
      EXPECT_TRUE(declared[i].bind(recipes[i], test::components()).empty());
    }
    ViewLoader loader(data, Normalization(), 2, 1, [&](int64_t, int64_t step) {
      ViewRequest request{at::arange(3, at::kLong) * 2 + step, {}};
      for (size_t i = 0; i < plugins.size(); ++i)
        request.views.push_back(
            {static_cast<const vision::Augmentation*>(plugins[i].get()), static_cast<uint64_t>(10 * step) + i});
      return request;
    });
    std::vector<at::Tensor> all;
    for (int64_t step = 0; step < 2; ++step)
      for (const auto& view : loader({0, step, 2, 1}).views) all.push_back(view);
    return all;
  }
  static bool equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const at::Tensor& x, const at::Tensor& y) { return x.equal(y); });
  }
  Artifact decoded, encoded;
};

TEST_F(Pictures, ViewsThatAreNoResizedCropsSeeThemFitted) {
  const std::vector<Json> recipes{{{"preset", "crop_flip"}},
                                  {{"preset", "flip"}, {"jitter", 0.8}, {"jitter_strength", {0.4, 0.4, 0.4, 0.1}}}};
  EXPECT_TRUE(equal(views(encoded, recipes, 1), views(decoded, recipes, 1)));
  EXPECT_TRUE(equal(views(encoded, recipes, 4), views(decoded, recipes, 1)));
}

TEST_F(Pictures, ResizedCropsAreCutFromThem) {
  const std::vector<Json> recipes{
      {{"preset", "resized_crop_flip"}}, {{"preset", "crop_flip"}}, {{"preset", "moco_v2"}, {"size", 16}}};
  const auto found = views(encoded, recipes, 1);
  ASSERT_EQ(found.size(), 6u);
  EXPECT_EQ(found[2].sizes(), at::IntArrayRef({3, 3, 16, 16}));
  EXPECT_TRUE(equal(views(encoded, recipes, 4), found)) << "the number of threads changed a view";
  EXPECT_FALSE(found[0].equal(views(decoded, recipes, 1)[0])) << "cut from the fitted image";

  // The first view of the second step by hand, from torchvision's rule for the box and PIL's resize.
  const EncodedImages set(encoded);
  auto random = vision::make_generator(10);
  const vision::Recipe recipe = vision::Recipe::preset("resized_crop_flip");
  const at::Tensor files = at::arange(3, at::kLong) * 2 + 1;
  std::vector<vision::Box> boxes;
  for (int64_t i = 0; i < 3; ++i)
    boxes.push_back(vision::draw_crop_box(set.heights()[2 * i + 1].item<int64_t>(),
                                          set.widths()[2 * i + 1].item<int64_t>(), recipe.range, random));
  const at::Tensor flips = vision::draw_coins(3, 0.5, random);
  for (int64_t i = 0; i < 3; ++i) {
    const auto picture = vision::decode_picture(set.bytes(2 * i + 1), "picture");
    EXPECT_EQ(picture.height, set.heights()[2 * i + 1].item<int64_t>());
    const auto& box = boxes[static_cast<size_t>(i)];
    const auto cut =
        vision::resize(vision::cut_out(picture, int(box.top), int(box.left), int(box.height), int(box.width)), 32, 32,
                       vision::Filter::bilinear);
    at::Tensor planes = at::empty({3, 32, 32}, at::kByte);
    vision::write_planes(cut, planes.data_ptr<uint8_t>());
    if (flips[i].item<bool>()) planes = planes.flip(2);
    EXPECT_TRUE(found[3][i].equal(planes.to(at::kFloat) / 255)) << i;
  }
}

}  // namespace
}  // namespace retort::train

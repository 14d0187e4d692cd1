// The sample archives hold real images: what their README says of them must come out.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/file_tree.h"
#include "node_under_test.h"
#include "sdk/torch/tensor_file.h"
#include "vision/codec.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

class SampleArchives : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(out_); }

  /// The archive, or nothing if the shared data are not there.
  static fs::path sample(const std::string& name) {
    const char* set = std::getenv("RETORT_DATA");
    return (set ? fs::path(set) : fs::path(std::getenv("RETORT_SOURCE")) / "../shared/data") / name;
  }
  NodeUnderTest node(const std::string& library, Json params, const std::string& archive) {
    params["path"] = sample(archive).string();
    return {library, params, out_};
  }
  const fs::path out_ = fs::path(testing::TempDir()) / "retort_sample_archives_test";
};

#define NEED_SAMPLE(name) \
  if (!fs::exists(sample(name))) GTEST_SKIP() << "there is no " << sample(name) << "; set RETORT_DATA"

TEST_F(SampleArchives, TinyImageNetHasItsClassesAndImages) {
  NEED_SAMPLE("tiny-imagenet-20.tar");
  NodeUnderTest made = node("dataset.tiny_imagenet", {{"classes", 20}, {"val_per_class", 20}}, "tiny-imagenet-20.tar");
  made.run();
  const LabelledImages train = read_images(made.artifact("train")), val = read_images(made.artifact("val")),
                       test = read_images(made.artifact("test"));
  EXPECT_EQ(train.images.sizes(), at::IntArrayRef({3600, 3, 64, 64}));
  EXPECT_TRUE(at::bincount(train.labels).eq(180).all().item<bool>());
  EXPECT_TRUE(at::bincount(val.labels).eq(20).all().item<bool>());
  EXPECT_TRUE(at::bincount(test.labels).eq(50).all().item<bool>());
  EXPECT_EQ(test.size(), 1000);
  ASSERT_EQ(train.classes.size(), 20u);
  EXPECT_EQ(train.classes.front(), "n01742172");
  EXPECT_EQ(train.classes.back(), "n12267677");
  EXPECT_EQ(made.artifact("train").meta.at("titles").at(0), "boa constrictor");
  EXPECT_EQ(made.artifact("train").meta.at("titles").at(19), "acorn");
  EXPECT_EQ(train.normalization.name, "tiny");
  // The first image, decoded on its own.
  const FileTree tree(sample("tiny-imagenet-20.tar"));
  const std::string first = "train/n01742172/images/n01742172_0.JPEG";
  EXPECT_TRUE(train.images[0].equal(vision::decode_image(tree.read(first), first)));
  // val_annotations.txt is the only witness of a test image's class.
  const std::string list = tree.read("val/val_annotations.txt");
  const std::string file = list.substr(0, list.find('\t'));
  const std::string wnid = list.substr(file.size() + 1, 9);
  EXPECT_EQ(train.classes[static_cast<size_t>(test.labels[0].item<int64_t>())], wnid);
  EXPECT_TRUE(test.images[0].equal(vision::decode_image(tree.read("val/images/" + file), file)));
}

TEST_F(SampleArchives, ASubsetNeedsItsNumberOfClasses) {
  NEED_SAMPLE("tiny-imagenet-20.tar");
  NodeUnderTest whole = node("dataset.tiny_imagenet", Json::object(), "tiny-imagenet-20.tar");
  EXPECT_EQ(failure_of(whole, ErrorKind::user),
            sample("tiny-imagenet-20.tar").string() + ": wnids.txt has 20 classes; \"classes\" asks for 200");
  NodeUnderTest two = node("dataset.tiny_imagenet", {{"classes", 2}, {"per_class", 3}}, "tiny-imagenet-20.tar");
  two.run();
  EXPECT_EQ(read_images(two.artifact("train")).size(), 6);
  EXPECT_EQ(read_images(two.artifact("test")).size(), 100);
}

TEST_F(SampleArchives, ImageNetIsResizedAndCropped) {
  NEED_SAMPLE("imagenet-sample.tar");
  NodeUnderTest made = node("dataset.imagenet", {{"classes", 100}}, "imagenet-sample.tar");
  made.run();
  const LabelledImages train = read_images(made.artifact("train"));
  EXPECT_EQ(train.images.sizes(), at::IntArrayRef({100, 3, 224, 224}));
  EXPECT_TRUE(train.labels.equal(at::arange(100)));
  EXPECT_FALSE(made.has("test"));
  // Each picture shows something: no plane is empty.
  EXPECT_GT(train.images.to(at::kFloat).std(at::IntArrayRef{1, 2, 3}).min().item<float>(), 5);
}

TEST_F(SampleArchives, AnArchiveOfAnotherLayoutIsNamed) {
  NEED_SAMPLE("imagenet-sample.tar");
  NodeUnderTest wrong = node("dataset.tiny_imagenet", Json::object(), "imagenet-sample.tar");
  EXPECT_EQ(failure_of(wrong, ErrorKind::data),
            "there is no " + sample("imagenet-sample.tar").string() + ": wnids.txt");
}

}  // namespace
}  // namespace retort

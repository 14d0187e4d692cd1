#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "core/files.h"
#include "node_under_test.h"
#include "sdk/torch/tensor_file.h"
#include "vision/codec.h"
#include "vision/data_set.h"
#include "vision/decoding_loader.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class ImageFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(root_);
    fs::create_directories(tree_ / "b" / "deeper");
    fs::create_directories(tree_ / "a");
    put("b/1.png", 10);
    put("b/deeper/0.PNG", 11);
    put("b/2.png", 12);
    put("a/10.png", 20);
    put("a/9.png", 21);
    put("a/8.png", 22);
    write_file(tree_ / "a" / "notes.txt", "no image");
  }
  void TearDown() override { fs::remove_all(root_); }

  /// A 6 × 6 picture of one value.
  void put(const std::string& name, int value) {
    write_file(tree_ / name, vision::encode_png(at::full({3, 6, 6}, value, at::kByte)));
  }
  NodeUnderTest node(Json params = Json::object()) {
    params["path"] = params.value("path", tree_.string());
    if (!params.contains("image_size")) params["image_size"] = 6;
    return {"dataset.image_folder", params, root_ / "out"};
  }
  /// The value of each picture.
  static std::vector<int64_t> values(const LabelledImages& set) {
    const at::Tensor first = set.images.select(3, 0).select(2, 0).select(1, 0).to(at::kLong).contiguous();
    EXPECT_TRUE(set.images.eq(first.view({-1, 1, 1, 1})).all().item<bool>());
    return {first.data_ptr<int64_t>(), first.data_ptr<int64_t>() + first.numel()};
  }
  static std::vector<int64_t> labels(const LabelledImages& set) {
    return {set.labels.data_ptr<int64_t>(), set.labels.data_ptr<int64_t>() + set.labels.numel()};
  }

  const fs::path root_ = fs::path(testing::TempDir()) / "retort_image_folder_test";
  const fs::path tree_ = root_ / "tree";
};

TEST_F(ImageFolderTest, ClassesAreFoldersByNameAndFilesAreInTorchvisionsOrder) {
  NodeUnderTest made = node();
  made.run();
  const Artifact artifact = made.artifact("train");
  const LabelledImages set = read_images(artifact);
  EXPECT_THAT(set.classes, ElementsAre("a", "b"));
  EXPECT_THAT(labels(set), ElementsAre(0, 0, 0, 1, 1, 1));
  EXPECT_THAT(values(set), ElementsAre(20, 22, 21, 10, 12, 11));
  EXPECT_EQ(artifact.meta.at("normalization").at("name"), "in");
  EXPECT_EQ(artifact.meta.at("image_size"), 6);
  EXPECT_FALSE(made.has("val"));
  EXPECT_FALSE(made.has("test"));
}

TEST_F(ImageFolderTest, AnArchiveGivesTheSame) {
  ASSERT_EQ(std::system(("tar -cf " + (root_ / "x.tar").string() + " -C " + tree_.string() + " .").c_str()), 0);
  NodeUnderTest folder = node();
  folder.run();
  const LabelledImages expected = read_images(folder.artifact("train"));
  NodeUnderTest archive = node({{"path", (root_ / "x.tar").string()}, {"decoders", 1}});
  archive.run();
  const LabelledImages set = read_images(archive.artifact("train"));
  EXPECT_TRUE(set.images.equal(expected.images));
  EXPECT_TRUE(set.labels.equal(expected.labels));
}

TEST_F(ImageFolderTest, ValIsCutFromTheEndAndPerClassTakesTheStartOfTheRest) {
  NodeUnderTest made = node({{"val_per_class", 1}, {"per_class", 1}});
  made.run();
  EXPECT_THAT(values(read_images(made.artifact("train"))), ElementsAre(20, 10));
  EXPECT_THAT(values(read_images(made.artifact("val"))), ElementsAre(21, 11));
}

TEST_F(ImageFolderTest, SubfoldersMakeTheSplits) {
  fs::create_directories(root_ / "split");
  fs::rename(tree_, root_ / "split" / "learn");
  fs::copy(root_ / "split" / "learn", root_ / "split" / "exam", fs::copy_options::recursive);
  write_file(root_ / "split" / "exam" / "a" / "8.png", vision::encode_png(at::full({3, 6, 6}, 99, at::kByte)));
  NodeUnderTest made =
      node({{"path", (root_ / "split").string()}, {"train_folder", "learn"}, {"test_folder", "exam"}, {"classes", 1}});
  made.run();
  EXPECT_THAT(values(read_images(made.artifact("train"))), ElementsAre(20, 22, 21));
  EXPECT_THAT(values(read_images(made.artifact("test"))), ElementsAre(20, 99, 21));
}

/// As `retort export` writes the output of export.images.
class ExportedFolder : public ImageFolderTest {
 protected:
  void SetUp() override {
    ImageFolderTest::SetUp();
    fs::remove_all(tree_);
    for (const char* folder : {"0000_zebra", "0001_sea_lion", "0002_ant"}) fs::create_directories(tree_ / folder);
    put("0000_zebra/0000.png", 10);
    put("0002_ant/0000.png", 30);
    put("0002_ant/0001.png", 31);
    write_file(tree_ / "0001_sea_lion" / ".empty", "");
    meta({{"classes", {"zebra", "sea lion", "ant"}}, {"folders", {"0000_zebra", "0001_sea_lion", "0002_ant"}}});
  }
  void meta(const Json& json) { write_file(tree_ / "meta.json", json.dump()); }
};

TEST_F(ExportedFolder, HasTheNamesAndTheOrderItHadAndItsEmptyClasses) {
  NodeUnderTest made = node();
  made.run();
  const LabelledImages set = read_images(made.artifact("train"));
  EXPECT_THAT(set.classes, ElementsAre("zebra", "sea lion", "ant"));
  EXPECT_THAT(labels(set), ElementsAre(0, 2, 2));
  EXPECT_THAT(values(set), ElementsAre(10, 30, 31));
  NodeUnderTest first = node({{"classes", 1}});
  first.run();
  EXPECT_THAT(read_images(first.artifact("train")).classes, ElementsAre("zebra"));
}

TEST_F(ExportedFolder, IsFoundBesideOtherOutputsOfItsNode) {
  fs::create_directories(root_ / "whole" / "sheet");
  fs::rename(tree_, root_ / "whole" / "folder");
  write_file(root_ / "whole" / "datasheet.json", "{}");
  NodeUnderTest made = node({{"path", (root_ / "whole").string()}});
  made.run();
  EXPECT_THAT(read_images(made.artifact("train")).classes, ElementsAre("zebra", "sea lion", "ant"));
}

TEST_F(ExportedFolder, IsTrainedOnAndTestedOnTheOriginal) {
  fs::create_directories(root_ / "both");
  fs::rename(tree_, root_ / "both" / "train");
  for (const char* name : {"ant", "sea lion", "zebra"}) fs::create_directories(root_ / "both" / "test" / name);
  for (const auto& [name, value] : std::map<std::string, int>{{"ant", 3}, {"sea lion", 2}, {"zebra", 1}})
    write_file(root_ / "both" / "test" / name / "x.png", vision::encode_png(at::full({3, 6, 6}, value, at::kByte)));
  NodeUnderTest made = node({{"path", (root_ / "both").string()}, {"train_folder", "train"}, {"test_folder", "test"}});
  made.run();
  EXPECT_THAT(values(read_images(made.artifact("test"))), ElementsAre(1, 2, 3));
}

TEST_F(ExportedFolder, RefusesWhatCameOrWentSince) {
  fs::create_directories(tree_ / "0003_mine");
  NodeUnderTest more = node();
  EXPECT_THAT(failure_of(more, ErrorKind::data), testing::HasSubstr("0003_mine was put into an exported set"));
  fs::remove_all(tree_ / "0003_mine");
  fs::remove_all(tree_ / "0002_ant");
  NodeUnderTest less = node();
  EXPECT_THAT(failure_of(less, ErrorKind::data), testing::HasSubstr("0002_ant is gone"));
  meta({{"classes", {"zebra"}}, {"folders", {"0000_zebra", "0001_sea_lion"}}});
  NodeUnderTest unlike = node();
  EXPECT_THAT(failure_of(unlike, ErrorKind::data), testing::HasSubstr("not two lists of one length"));
}

TEST_F(ImageFolderTest, ShorterSideIsResizedAndTheMiddleIsKept) {
  fs::remove_all(tree_);
  fs::create_directories(tree_ / "wide");
  at::Tensor wide = at::zeros({3, 4, 12}, at::kByte);
  wide.slice(2, 4, 8).fill_(200);
  write_file(tree_ / "wide" / "0.png", vision::encode_png(wide));
  NodeUnderTest kept = node({{"image_size", 4}});
  kept.run();
  EXPECT_TRUE(read_images(kept.artifact("train")).images.eq(200).all().item<bool>());
  NodeUnderTest smaller = node({{"image_size", 6}, {"resize", 4}});
  smaller.run();
  at::Tensor expected = at::zeros({1, 3, 6, 6}, at::kByte);
  expected.slice(2, 1, 5).slice(3, 1, 5).fill_(200);
  EXPECT_TRUE(read_images(smaller.artifact("train")).images.equal(expected));
}

TEST_F(ImageFolderTest, DamagedImagesAreNamed) {
  write_file(tree_ / "a" / "8.png", "broken");
  write_file(tree_ / "b" / "1.png", "");
  const std::string a = "cannot decode " + (tree_ / "a/8.png").string() + ": neither JPEG nor PNG";
  const std::string b = "cannot decode " + (tree_ / "b/1.png").string() + ": the file is empty";
  NodeUnderTest strict = node();
  EXPECT_EQ(failure_of(strict, ErrorKind::data),
            "2 of 6 images cannot be read (\"damaged\": \"skip\" leaves such out):\n  " + a + "\n  " + b);
  NodeUnderTest lenient = node({{"damaged", "skip"}});
  lenient.run();
  EXPECT_THAT(lenient.lent.warnings, ElementsAre("left out: " + a, "left out: " + b));
  const LabelledImages set = read_images(lenient.artifact("train"));
  EXPECT_THAT(values(set), ElementsAre(20, 21, 12, 11));
  EXPECT_THAT(labels(set), ElementsAre(0, 0, 1, 1));
}

TEST_F(ImageFolderTest, EncodedFilesDecodeToTheSamePixels) {
  at::Tensor noise = at::randint(0, 256, {3, 40, 23}, at::kByte);
  write_file(tree_ / "b" / "9.jpg", vision::encode_jpeg(noise, 80));
  write_file(tree_ / "b" / "91.png", "broken");
  const Json params = {{"damaged", "skip"}, {"image_size", 8}, {"resize", 10}, {"interpolation", "bicubic"}};
  NodeUnderTest plain = node(params);
  plain.run();
  const LabelledImages expected = read_images(plain.artifact("train"));
  Json packed_params = params;
  packed_params["stored"] = "encoded";
  NodeUnderTest packed = node(packed_params);
  packed.run();
  const Artifact artifact = packed.artifact("train");
  ASSERT_TRUE(EncodedImages::is(artifact));
  const EncodedImages set(artifact);
  EXPECT_EQ(set.bytes(6), read_file(tree_ / "b" / "deeper" / "0.PNG"));
  EXPECT_TRUE(set.labels().equal(expected.labels));
  EXPECT_EQ(artifact.meta.at("count"), 7);
  EXPECT_FALSE(set.uniform());
  EXPECT_THROW(read_images(artifact), Error);

  // Through what nodes read with: all, some, a part, batch by batch.
  const vision::DataSet data(artifact, 3);
  EXPECT_TRUE(data.all().images.equal(expected.images));
  const at::Tensor some = at::tensor({6, 1, 1}, at::kLong);
  EXPECT_TRUE(data.at(some).images.equal(expected.images.index_select(0, some)));
  EXPECT_TRUE(data.at(some).labels.equal(expected.labels.index_select(0, some)));
  EXPECT_TRUE(
      data.part(2, 4).at(at::tensor({1, 3}, at::kLong)).images.equal(expected.images.index({at::tensor({3, 5})})));
  std::vector<at::Tensor> parts, part_labels;
  data.part(1, 6).each(
      4, [&](const LabelledImages& part) { parts.push_back(part.images), part_labels.push_back(part.labels); });
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_TRUE(at::cat(parts).equal(expected.images.narrow(0, 1, 6)));
  EXPECT_TRUE(at::cat(part_labels).equal(expected.labels.narrow(0, 1, 6)));

  // Any order, any number of threads, fewer batches ahead than asked for.
  vision::DecodingLoader loader(set, 3, 2);
  const std::vector<std::vector<int64_t>> batches = {{6, 0, 0}, {}, {3}, {1, 2, 3, 4, 5}, {6}};
  for (const auto& batch : batches) loader.ask(batch);
  for (const auto& batch : batches) {
    EXPECT_TRUE(loader.next().at(0).equal(expected.images.index_select(0, at::tensor(batch, at::kLong))))
        << batch.size();
  }
}

TEST_F(ImageFolderTest, DamageAfterPackingIsNamedAndStopsNothingElse) {
  NodeUnderTest packed = node({{"stored", "encoded"}});
  packed.run();
  const Artifact artifact = packed.artifact("train");
  std::string bytes = read_file(artifact.file("images.bin"));
  bytes[0] ^= 1;
  write_file(artifact.file("images.bin"), bytes);
  const EncodedImages set(artifact);
  vision::DecodingLoader loader(set, 2);
  loader.ask({1, 0});
  loader.ask({1, 2});
  try {
    loader.next();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), "cannot decode image 0 of images.bin: neither JPEG nor PNG");
  }
  EXPECT_EQ(loader.next().at(0).size(0), 2);
  write_file(artifact.file("images.bin"), bytes.substr(0, bytes.size() - 1));
  EXPECT_THROW(EncodedImages{artifact}, Error);
}

TEST_F(ImageFolderTest, WhatIsMissingIsNamed) {
  NodeUnderTest many = node({{"classes", 3}});
  EXPECT_EQ(failure_of(many, ErrorKind::user), tree_.string() + " has 2 classes; \"classes\" asks for 3");
  NodeUnderTest few = node({{"per_class", 4}});
  EXPECT_EQ(failure_of(few, ErrorKind::user), "class a has 3 images; 4 were asked for");
  NodeUnderTest none = node({{"val_per_class", 3}});
  EXPECT_EQ(failure_of(none, ErrorKind::user), "class a has 3 training images; cutting 3 for val leaves none");
  fs::create_directories(tree_ / "c");
  fs::create_directories(tree_ / "d");
  NodeUnderTest empty = node();
  EXPECT_EQ(failure_of(empty, ErrorKind::data),
            "no image in the folder of a class: " + (tree_ / "c").string() + ", " + (tree_ / "d").string());
  NodeUnderTest flat = node({{"path", (tree_ / "b" / "deeper").string()}});
  EXPECT_EQ(failure_of(flat, ErrorKind::data), (tree_ / "b" / "deeper").string() + " has no folders, so no classes");
}

TEST_F(ImageFolderTest, WhatToolsLeaveBehindIsNoClassAndNoImage) {
  for (const char* folder : {".ipynb_checkpoints", "__MACOSX", "a/.ipynb_checkpoints", ".empty"})
    fs::create_directories(tree_ / folder);
  put(".ipynb_checkpoints/1-checkpoint.png", 90);
  put("__MACOSX/1.png", 91);
  put("a/.ipynb_checkpoints/8-checkpoint.png", 92);
  put("a/._8.png", 93);
  put("loose.png", 94);
  write_file(tree_ / "b" / "moving.gif", "GIF89a");
  NodeUnderTest made = node();
  made.run();
  const LabelledImages set = read_images(made.artifact("train"));
  EXPECT_THAT(set.classes, ElementsAre("a", "b"));
  EXPECT_THAT(values(set), ElementsAre(20, 22, 21, 10, 12, 11));
  EXPECT_THAT(made.lent.warnings,
              ElementsAre("5 hidden files or folders are left out: .empty, .ipynb_checkpoints, __MACOSX, a/._8.png, "
                          "a/.ipynb_checkpoints",
                          "1 images outside the folders of classes are left out: loose.png",
                          "1 pictures in formats that are not read are left out: b/moving.gif"));
}

TEST_F(ImageFolderTest, TestImagesOfAClassThatTrainLacksAreNamed) {
  const fs::path exam = root_ / "split" / "exam";
  fs::create_directories(root_ / "split");
  fs::rename(tree_, root_ / "split" / "learn");
  fs::copy(root_ / "split" / "learn", exam, fs::copy_options::recursive);
  fs::create_directories(exam / "cc");
  const Json params = {
      {"path", (root_ / "split").string()}, {"train_folder", "learn"}, {"test_folder", "exam"}, {"classes", 1}};
  NodeUnderTest with_empty = node(params);
  with_empty.run();  // a folder without files loses nobody's images
  write_file(exam / "cc" / "1.png", vision::encode_png(at::zeros({3, 6, 6}, at::kByte)));
  NodeUnderTest made = node(params);
  EXPECT_EQ(failure_of(made, ErrorKind::data),
            "there are test images of classes that train does not have:\n  " + (exam / "cc").string());
}

TEST_F(ImageFolderTest, TheFolderOfTestIsNoClass) {
  fs::create_directories(tree_ / "exam");
  fs::copy(tree_ / "a", tree_ / "exam" / "a", fs::copy_options::recursive);
  fs::copy(tree_ / "b", tree_ / "exam" / "b", fs::copy_options::recursive);
  NodeUnderTest made = node({{"test_folder", "exam"}});
  made.run();
  EXPECT_THAT(read_images(made.artifact("train")).classes, ElementsAre("a", "b"));
  EXPECT_EQ(read_images(made.artifact("train")).size(), 6);
  EXPECT_THAT(made.lent.warnings, testing::IsEmpty());
  fs::create_directories(root_ / "split");
  fs::rename(tree_, root_ / "split" / "train");
  NodeUnderTest parts = node({{"path", (root_ / "split").string()}});
  EXPECT_EQ(failure_of(parts, ErrorKind::user),
            (root_ / "split").string() +
                " has the folders train, which are parts of a data set, not classes: name the "
                "one to learn from as \"train_folder\"");
}

TEST_F(ImageFolderTest, ASkippedImageTakesNobodysPlace) {
  write_file(tree_ / "a" / "10.png", "broken");  // the first of a
  write_file(tree_ / "b" / "2.png", "broken");   // the second of b; its last is deeper/0.PNG
  NodeUnderTest first = node({{"damaged", "skip"}, {"per_class", 2}});
  first.run();
  EXPECT_THAT(values(read_images(first.artifact("train"))), ElementsAre(22, 21, 10, 11));
  EXPECT_EQ(first.lent.warnings.size(), 2u);
  NodeUnderTest cut = node({{"damaged", "skip"}, {"per_class", 1}, {"val_per_class", 1}});
  cut.run();
  EXPECT_THAT(values(read_images(cut.artifact("train"))), ElementsAre(22, 10));
  EXPECT_THAT(values(read_images(cut.artifact("val"))), ElementsAre(21, 11));
  NodeUnderTest many = node({{"damaged", "skip"}, {"per_class", 3}});
  EXPECT_EQ(failure_of(many, ErrorKind::user), "class a has 2 images; 3 were asked for");
  for (const char* name : {"a/9.png", "a/8.png"}) write_file(tree_ / name, "broken");
  for (const Json& stored : {Json("pixels"), Json("encoded")}) {
    NodeUnderTest none = node({{"damaged", "skip"}, {"stored", stored}});
    EXPECT_EQ(failure_of(none, ErrorKind::data), "no image of a class can be read: a");
  }
}

TEST_F(ImageFolderTest, ALinkThatLeadsNowhereIsADamagedImage) {
  fs::create_symlink("gone.png", tree_ / "a" / "1.png");
  fs::create_symlink("elsewhere", tree_ / "latest");
  NodeUnderTest strict = node();
  EXPECT_EQ(failure_of(strict, ErrorKind::data),
            "1 of 7 images cannot be read (\"damaged\": \"skip\" leaves such out):\n  cannot read " +
                (tree_ / "a/1.png").string() + ": it is no file, and no link to one");
  NodeUnderTest lenient = node({{"damaged", "skip"}});
  lenient.run();
  EXPECT_EQ(read_images(lenient.artifact("train")).size(), 6);
}

}  // namespace
}  // namespace retort

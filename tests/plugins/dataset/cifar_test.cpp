// The readers of CIFAR's binary files: real ones where they are at hand, small made ones for every way they can be
// wrong.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <fstream>

#include "support/fake_run.h"
#include "vision/cifar_binary.h"
#include "vision/cuts.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using test::NodeRun;

constexpr size_t kPixels = 3072;

vision::CifarLayout two_classes() {
  vision::CifarLayout layout;
  layout.train_files = {"train.bin"};
  layout.test_files = {"test.bin"};
  layout.names_file = "names.txt";
  layout.label_bytes = 2;
  layout.label_at = 1;
  layout.classes = 2;
  layout.train_per_class = 2;
  layout.test_per_class = 1;
  return layout;
}

std::string record(int label, char fill) { return std::string(1, 9) + char(label) + std::string(kPixels, fill); }

fs::path folder_with(const std::string& train, const std::string& names = "cat\ndog\n") {
  const auto folder = test::fresh_folder("data");
  write_file(folder / "train.bin", train);
  write_file(folder / "test.bin", record(0, 5) + record(1, 6));
  write_file(folder / "names.txt", names);
  return folder;
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string reading(const fs::path& folder) {
  return error_of([&] { vision::read_cifar(folder, two_classes(), true); });
}

TEST(CifarBinary, RecordsBecomeImages) {
  auto first = record(1, 0);
  first[2 + 1024 + 33] = 77;  // green, row 1, column 1
  const auto folder = folder_with(first + record(0, 2) + record(0, 3) + record(1, 4));
  const auto set = vision::read_cifar(folder, two_classes(), true);
  EXPECT_EQ(set.images.sizes(), at::IntArrayRef({4, 3, 32, 32}));
  EXPECT_EQ(set.images[0][1][1][1].item<int>(), 77);
  EXPECT_EQ(set.images[0].sum().item<int>(), 77);
  EXPECT_TRUE(at::equal(set.labels, at::tensor({1, 0, 0, 1}, at::kLong)));
  EXPECT_EQ(set.classes, (std::vector<std::string>{"cat", "dog"}));
}

TEST(CifarBinary, NamesMayEndInThreeWays) {
  const auto records = record(0, 1) + record(0, 2) + record(1, 3) + record(1, 4);
  for (const char* names : {"cat\ndog", "cat\ndog\n", "cat\ndog\n\n"})
    EXPECT_EQ(vision::read_cifar(folder_with(records, names), two_classes(), true).classes.size(), 2u) << names;
  const auto folder = folder_with(records, "cat\n");
  EXPECT_EQ(reading(folder), (folder / "names.txt").string() + " names 1 classes, expected 2");
}

TEST(CifarBinary, SaysWhatIsWrongWithAFile) {
  auto folder = folder_with(record(0, 1) + record(1, 2).substr(0, 100));
  EXPECT_EQ(reading(folder), (folder / "train.bin").string() + " is truncated: record 1 has 100 of 3074 bytes");
  folder = folder_with(record(0, 1) + record(2, 2));
  EXPECT_EQ(reading(folder), (folder / "train.bin").string() + ": record 1 has label 2, expected 0 to 1");
  folder = folder_with(record(0, 1) + record(0, 2) + record(0, 3) + record(1, 4));
  EXPECT_EQ(reading(folder),
            folder.string() + ": class \"cat\" has 3 training images, the official files have 2: they were altered");
  fs::remove(folder / "train.bin");
  EXPECT_THAT(reading(folder), testing::HasSubstr((folder / "train.bin").string()));
}

LabelledImages labelled(const std::vector<int64_t>& labels) {
  LabelledImages set;
  set.labels = at::tensor(labels, at::kLong);
  set.images = at::arange(set.size(), at::kByte).view({-1, 1, 1, 1}).expand({-1, 3, 2, 2});
  set.classes = {"cat", "dog", "eel"};
  return set;
}

TEST(Cuts, ValComesFromTheEndOfEachClass) {
  const auto parts = vision::cut(labelled({0, 1, 2, 0, 1, 0, 1, 0}), 2, {.per_class = 1, .val_per_class = 1}, "here");
  EXPECT_TRUE(at::equal(parts.train.images.select(1, 0).select(1, 0).select(1, 0), at::tensor({0, 1}, at::kByte)));
  EXPECT_TRUE(at::equal(parts.val.labels, at::tensor({1, 0}, at::kLong)));
  EXPECT_TRUE(at::equal(parts.val.images.select(1, 0).select(1, 0).select(1, 0), at::tensor({6, 7}, at::kByte)));
  EXPECT_EQ(parts.train.classes, (std::vector<std::string>{"cat", "dog"}));
}

TEST(Cuts, SaysWhichClassIsTooSmall) {
  const auto few = labelled({0, 0, 0, 1, 1});
  EXPECT_EQ(error_of([&] { vision::cut(few, 2, {.per_class = 2, .val_per_class = 1}, "here"); }),
            "here: class \"dog\" has 2 images, but \"per_class\" 2 and \"val_per_class\" 1 need 3");
  EXPECT_EQ(error_of([&] { vision::cut(few, 3, {}, "here"); }), "here: class \"eel\" has no images");
}

TEST(Cifar100, ReadsTheRealFiles) {
  const auto folder = test::test_data() / "cifar-100-binary";
  if (!fs::exists(folder / "train.bin")) GTEST_SKIP() << "no " << folder << "; set RETORT_DATA";
  NodeRun node("dataset.cifar100", {{"path", folder.string()}, {"val_per_class", 50}});
  node.go();
  const auto train = read_images(node.output("train")), test = read_images(node.output("test"));
  EXPECT_EQ(train.size(), 45000);
  EXPECT_EQ(read_images(node.output("val")).size(), 5000);
  EXPECT_EQ(test.size(), 10000);
  EXPECT_EQ(train.classes[static_cast<size_t>(train.labels[0].item<int64_t>())], "cattle");
  EXPECT_EQ(test.classes[static_cast<size_t>(test.labels[0].item<int64_t>())], "mountain");
  const auto mean = test.images.to(at::kDouble).div(255).mean({0, 2, 3});
  EXPECT_TRUE(at::allclose(mean, at::tensor({0.5088, 0.4874, 0.4419}, at::kDouble), 0, 6e-5)) << mean;
}

TEST(Cifar100, CoarseLabels) {
  const auto folder = test::test_data() / "cifar-100-binary";
  if (!fs::exists(folder / "train.bin")) GTEST_SKIP() << "no " << folder << "; set RETORT_DATA";
  NodeRun node("dataset.cifar100",
               {{"path", folder.string()}, {"labels", "coarse"}, {"per_class", 10}, {"classes", 5}});
  node.go();
  const auto train = read_images(node.output("train"));
  EXPECT_EQ(train.size(), 50);
  EXPECT_EQ(read_images(node.output("test")).size(), 2500);
  EXPECT_EQ(train.classes[0], "aquatic_mammals");
}

}  // namespace
}  // namespace retort

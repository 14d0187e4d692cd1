#include "sdk/torch/tensor_file.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/error.h"
#include "core/files.h"

namespace retort {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class TensorFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("retort-tensor-file-" + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path file() const { return folder_ / "x.safetensors"; }

  /// Writes a file with this header and so many bytes of data, and says why it is refused.
  std::string refusal(const std::string& header, size_t data) {
    std::string bytes(8, '\0');
    bytes[0] = static_cast<char>(header.size());
    write_file(file(), bytes + header + std::string(data, '\0'));
    try {
      read_tensors(file());
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return error.what();
    }
    return "accepted";
  }

  fs::path folder_;
};

TEST_F(TensorFile, KeepsNamesOrderTypesAndValues) {
  const TensorList written{
      {"z", at::arange(7, at::kByte)},   {"a", at::randn({2, 3, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast)},
      {"count", at::tensor(int64_t{5})}, {"half", at::randn({3}).to(at::kHalf)},
      {"none", at::empty({0, 3})},       {"wide", at::randn({2}, at::kDouble)}};
  write_tensors(file(), written, {{"format", "pt"}});
  const TensorList read = read_tensors(file());
  ASSERT_EQ(read.size(), written.size());
  for (size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].first, written[i].first);
    EXPECT_EQ(read[i].second.scalar_type(), written[i].second.scalar_type());
    EXPECT_TRUE(at::equal(read[i].second, written[i].second)) << read[i].first;
  }
}

TEST_F(TensorFile, NamesTheTensorWhoseBytesAreMissing) {
  write_tensors(file(), {{"first", at::zeros({4})}, {"last", at::zeros({100})}});
  fs::resize_file(file(), fs::file_size(file()) - 1);
  try {
    read_tensors(file());
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("x.safetensors: tensor \"last\" needs bytes 16 to 416, the file holds 415"));
  }
}

TEST_F(TensorFile, RefusesMalformedFiles) {
  EXPECT_THAT(refusal("[1]", 0), HasSubstr("the header is not a JSON object"));
  EXPECT_THAT(refusal("{", 0), HasSubstr("the header is not a JSON object"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[1]}})", 4), HasSubstr("lacks dtype, shape or data_offsets"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F8","shape":[1],"data_offsets":[0,4]}})", 4), HasSubstr("has type F8"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4),
              HasSubstr("does not fit its bytes"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4), HasSubstr("does not fit"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 5),
              HasSubstr("1 bytes belong to no tensor"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[1,5]}})", 5), HasSubstr("leaves a hole"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":"4","data_offsets":[0,4]}})", 4), HasSubstr("malformed"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                      R"("a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
                      4),
              HasSubstr("tensor \"a\" is there twice"));
  EXPECT_THAT(refusal(R"({"a":[[[[[[1]]]]]]})", 0), HasSubstr("within each other"));
  write_file(file(), "short");
  EXPECT_THROW(read_tensors(file()), Error);
  write_file(file(), std::string(8, '\xff'));
  EXPECT_THROW(read_tensors(file()), Error);
  EXPECT_THROW(read_tensors(folder_ / "absent"), Error);
}

/// Reading and writing look at each name once: with every name compared to every other this takes minutes.
TEST_F(TensorFile, SixtyThousandNamesAreNoTrouble) {
  TensorList many;
  for (int i = 0; i < 60'000; ++i)
    many.emplace_back("a_name_as_long_as_those_of_networks." + std::to_string(i), at::full({1}, i % 100, at::kByte));
  write_tensors(file(), many);
  const TensorList read = read_tensors(file());
  ASSERT_EQ(read.size(), many.size());
  EXPECT_EQ(read[59'999].first, many[59'999].first);
  EXPECT_EQ(read[59'999].second.item<int64_t>(), 99);
}

TEST_F(TensorFile, ImagesSurviveAsAnArtifact) {
  LabelledImages set;
  set.images = at::randint(0, 256, {6, 3, 5, 5}, at::kByte);
  set.labels = at::tensor({0, 1, 2, 0, 1, 2}, at::kLong);
  set.classes = {"a", "b", "c"};
  set.normalization = Normalization::named("cifar-B");
  Output output;
  output.open(folder_);
  write_images(output, "images", set, {{"codec", "none"}});
  EXPECT_EQ(output.meta["per_class"], 2);
  EXPECT_EQ(output.meta["space"], "pixels");
  EXPECT_EQ(output.meta["codec"], "none");

  const Artifact artifact{"images", "", output.meta, {{"images.safetensors", folder_ / "images.safetensors"}}};
  const LabelledImages again = read_images(artifact);
  EXPECT_TRUE(at::equal(again.images, set.images));
  EXPECT_TRUE(at::equal(again.labels, set.labels));
  EXPECT_EQ(again.classes, set.classes);
  EXPECT_EQ(again.normalization, set.normalization);
  EXPECT_TRUE(at::equal(again.normalised(set.normalization), set.normalization.apply(set.images)));
}

TEST_F(TensorFile, NormalisedImagesMoveBetweenConstants) {
  const auto a = Normalization::named("cifar-A"), b = Normalization::named("in");
  const at::Tensor pixels = at::rand({2, 3, 4, 4});
  LabelledImages set{a.apply(pixels), at::zeros({2}, at::kLong), {}, a, false};
  EXPECT_TRUE(at::allclose(set.normalised(b), b.apply(pixels), 1e-4, 1e-5));
  EXPECT_TRUE(set.normalised(a).is_same(set.images));
}

}  // namespace
}  // namespace retort

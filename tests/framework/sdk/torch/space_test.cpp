#include "sdk/torch/space.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/temporary_folder.h"

namespace retort {
namespace {

LabelledImages pixels() {
  LabelledImages data;
  data.images = at::sin(at::arange(40 * 12, at::kDouble) * 0.37).add(1).mul(127).to(at::kByte).view({40, 3, 2, 2});
  data.labels = at::zeros({40}, at::kLong);
  data.classes = {"one"};
  data.normalization = Normalization::named("cifar-A");
  return data;
}

TEST(Zca, WhitensAsDefined) {
  const auto data = pixels();
  const auto space = Space::zca(data, 0.1);
  const auto x = data.images.to(at::kDouble).div(255).flatten(1);
  const auto white = space.enter(data.images).flatten(1).to(at::kDouble);
  EXPECT_LT(white.mean(0).abs().max().item<double>(), 1e-5);
  // With W = (C + eps)^(-1/2): cov(xW) = W C W, and W (C + eps) W = 1, so cov + eps W² = 1. W is read off the data.
  const auto centred = x - x.mean(0);
  const auto covariance = centred.t().matmul(centred) / 39;
  const auto inverse = at::linalg_inv(covariance + 0.1 * at::eye(12, x.options()));
  const auto whitened = white.t().matmul(white) / 39;
  EXPECT_LT((whitened + 0.1 * inverse - at::eye(12, x.options())).abs().max().item<double>(), 1e-4);
  EXPECT_LT((space.leave(space.enter(data.images)).to(at::kDouble).flatten(1) - x).abs().max().item<double>(), 1e-5);
}

TEST(Zca, OfAnImageDoesNotDependOnItsBatch) {
  const auto data = pixels();
  const auto space = Space::zca(data);
  EXPECT_LT((space.enter(data.images)[7] - space.enter(data.images.narrow(0, 7, 1))[0]).abs().max().item<double>(),
            1e-5);
}

TEST(Space, IsNormalisationWithoutZca) {
  const auto data = pixels();
  const Space space(data.normalization);
  EXPECT_TRUE(at::equal(space.enter(data.images), data.normalization.apply(data.images)));
}

/// Some images of the set above, whitened, as an artifact in this folder.
Artifact whitened(const LabelledImages& data, const TemporaryFolder& folder) {
  const auto space = Space::zca(data);
  Output output;
  output.open(folder.path());
  const auto few = data.images.narrow(0, 0, 4);
  SpacedImages{space.enter(few), data.labels.narrow(0, 0, 4), data.classes, space}.write(output, {{"per_class", 4}});
  Artifact artifact{"images", "", output.meta, {}};
  for (const auto& name : output.names()) artifact.files[name] = folder / name;
  return artifact;
}

TEST(ImagesKind, WhitenedImagesAreReadAsThePixelsTheyWere) {
  TemporaryFolder folder;
  const auto data = pixels();
  const Artifact artifact = whitened(data, folder);
  EXPECT_EQ(artifact.meta.at("space"), "zca");
  const LabelledImages read = read_images(artifact);
  EXPECT_TRUE(read.pixels);
  EXPECT_TRUE(at::equal(pixel_bytes(read), data.images.narrow(0, 0, 4)));
  const auto wanted = data.normalization.apply(data.images.narrow(0, 0, 4));
  EXPECT_TRUE(at::allclose(read.normalised(data.normalization), wanted, 1e-4, 1e-4));
  const SpacedImages spaced = SpacedImages::read(artifact);
  EXPECT_EQ(spaced.space, Space::zca(data));
  EXPECT_TRUE(at::equal(spaced.values, spaced.space.enter(data.images.narrow(0, 0, 4))));
}

TEST(ImagesKind, PixelsAndNormalisedImagesAreBytesAgain) {
  auto data = pixels();
  EXPECT_TRUE(at::equal(pixel_bytes(data), data.images));
  const at::Tensor bytes = data.images;
  data.images = data.normalization.apply(bytes);
  data.pixels = false;
  EXPECT_TRUE(at::equal(pixel_bytes(data), bytes));
}

TEST(ImagesKind, WhoDoesNotSayItsSpaceIsNotRead) {
  TemporaryFolder folder;
  Artifact artifact = whitened(pixels(), folder);
  const auto refusal = [&](const Artifact& one) -> std::string {
    try {
      read_images(one);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return error.what();
    }
    return "read";
  };
  EXPECT_EQ(refusal(artifact), "read");
  Artifact odd = artifact;
  odd.meta["space"] = "lab";
  EXPECT_EQ(refusal(odd),
            "this artifact of kind images is in the space \"lab\"; known here are pixels, normalized and zca");
  odd.meta.erase("space");
  EXPECT_THAT(refusal(odd), testing::StartsWith("this artifact of kind images does not say what space it is in"));
  Artifact bytes = artifact;
  write_tensors(folder / "images.safetensors",
                {{"images", at::zeros({1, 3, 2, 2}, at::kByte)}, {"labels", at::zeros({1}, at::kLong)}});
  EXPECT_EQ(refusal(bytes), "images.safetensors holds images of type Byte, which are none in the space \"zca\"");
  write_tensors(folder / "images.safetensors",
                {{"images", at::zeros({1, 3, 2, 2})}, {"labels", at::ones({1}, at::kLong)}});
  EXPECT_EQ(refusal(bytes), "images.safetensors: \"labels\" go from 1 to 1; the classes are 0 to 0");
}

TEST(ImagesKind, AMatrixOfAnotherSizeIsNamed) {
  const auto data = pixels();
  const auto space = Space::zca(data);
  try {
    space.enter(at::zeros({1, 3, 4, 4}, at::kByte));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::user);
    EXPECT_THAT(error.what(), testing::StartsWith("the ZCA matrix is of images of 12 values, these have [3, 4, 4]"));
  }
}

}  // namespace
}  // namespace retort

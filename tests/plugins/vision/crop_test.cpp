// Crops against slicing and ATen's own interpolation, and the distribution of the boxes.
#include "vision/crop.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "vision/draw.h"

namespace retort::vision {
namespace {

at::Tensor noise(at::IntArrayRef shape) {
  auto random = make_generator(3);
  return at::rand(shape, random, at::kFloat);
}

at::Tensor reference(const at::Tensor& image, const Box& box, int64_t size, bool antialias) {
  const auto part = image.unsqueeze(0).narrow(2, box.top, box.height).narrow(3, box.left, box.width);
  const auto out = antialias ? at::_upsample_bilinear2d_aa(part, {size, size}, false)
                             : at::upsample_bilinear2d(part, {size, size}, false);
  return out[0];
}

TEST(Crop, IsSlicingAndBilinearInterpolation) {
  const auto images = noise({4, 3, 20, 28});
  const Box boxes[] = {{0, 0, 20, 28}, {3, 5, 9, 11}, {19, 27, 1, 1}, {2, 0, 18, 6}};
  auto rows = at::cat({same_box(1, boxes[0]), same_box(1, boxes[1]), same_box(1, boxes[2]), same_box(1, boxes[3])});
  const auto flips = at::tensor({0, 1, 0, 1}, at::kByte).to(at::kBool);
  for (bool antialias : {false, true}) {
    for (int64_t size : {8, 16, 40}) {
      const auto out = resized_crop(images, rows, flips, size, antialias);
      for (int64_t i = 0; i < 4; ++i) {
        auto expected = reference(images[i], boxes[i], size, antialias);
        if (flips[i].item<bool>()) expected = expected.flip(2);
        EXPECT_TRUE(at::allclose(out[i], expected, 1e-4, 1e-5)) << i << " size " << size << " antialias " << antialias;
      }
    }
  }
}

TEST(Crop, GradientReachesOnlyTheBox) {
  auto images = noise({1, 3, 8, 8}).requires_grad_(true);
  resized_crop(images, same_box(1, {2, 3, 4, 4}), {}, 4, false).sum().backward();
  auto expected = at::zeros({1, 3, 8, 8});
  expected.narrow(2, 2, 4).narrow(3, 3, 4).fill_(1);
  EXPECT_TRUE(at::allclose(images.grad(), expected, 0, 1e-5));
}

TEST(Crop, BoxesHaveTorchvisionsDistribution) {
  auto random = make_generator(1);
  const auto boxes = draw_crop_boxes(20000, 224, 224, {}, random).to(at::kDouble);
  const auto top = boxes.select(1, 0), left = boxes.select(1, 1), height = boxes.select(1, 2),
             width = boxes.select(1, 3);
  EXPECT_TRUE((top + height).le(224).logical_and((left + width).le(224)).all().item<bool>());
  // Area is uniform in 0.08..1 (mean 0.54) but boxes that do not fit are drawn again, which favours small ones:
  // torchvision's rule gives 0.4790 (mean of 200,000 draws).
  EXPECT_NEAR((height * width / (224.0 * 224)).mean().item<double>(), 0.4790, 0.006);
  const auto ratio = width / height;
  EXPECT_GT(ratio.min().item<double>(), 0.74);
  EXPECT_LT(ratio.max().item<double>(), 1.35);
  EXPECT_NEAR(ratio.log().mean().item<double>(), 0, 0.005);
}

TEST(Crop, FallsBackToTheCentre) {
  auto random = make_generator(1);
  const Box wide = draw_crop_box(10, 100, {.scale_low = 1, .scale_high = 1}, random);
  EXPECT_EQ(wide, (Box{0, 43, 10, 13}));
  const Box tall = draw_crop_box(100, 12, {.scale_low = 1, .scale_high = 1}, random);
  EXPECT_EQ(tall, (Box{42, 0, 16, 12}));
}

TEST(Crop, OneBoxIsTheFirstOfMany) {
  auto a = make_generator(9), b = make_generator(9);
  const Box one = draw_crop_box(32, 32, {}, a);
  const auto row = draw_crop_boxes(1, 32, 32, {}, b)[0];
  EXPECT_TRUE(at::equal(row, same_box(1, one)[0]));
}

TEST(Crop, PaddedWindow) {
  const auto images = noise({3, 3, 6, 6}).mul(255).to(at::kByte);
  const auto offsets = at::tensor({0, 0, 2, 2, 4, 1}, at::kLong).view({3, 2});
  const auto out = padded_crop(images, offsets, at::tensor({0, 0, 1}, at::kByte).to(at::kBool), 2);
  EXPECT_TRUE(at::equal(out[1], images[1]));
  EXPECT_TRUE(at::equal(out[0].narrow(1, 2, 4).narrow(2, 2, 4), images[0].narrow(1, 0, 4).narrow(2, 0, 4)));
  EXPECT_EQ(out[0].narrow(1, 0, 2).sum().item<int>(), 0);
  auto expected = at::constant_pad_nd(images, {2, 2, 2, 2}, 0)[2].narrow(1, 4, 6).narrow(2, 1, 6).flip(2);
  EXPECT_TRUE(at::equal(out[2], expected));
}

}  // namespace
}  // namespace retort::vision

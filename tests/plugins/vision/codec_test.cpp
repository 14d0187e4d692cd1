// Encoders: the quality tables and chroma of PIL's default JPEG, lossless PNG, contact sheets.
#include "vision/codec.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "vision/draw.h"

namespace retort::vision {
namespace {

at::Tensor smooth(int64_t channels) {
  const auto x = at::arange(48, at::kFloat), y = at::arange(32, at::kFloat).unsqueeze(1);
  return at::stack({4 * x + y, 5 * y + 0 * x, 255 - 2 * x - 2 * y}).narrow(0, 0, channels).clamp(0, 255).to(at::kByte);
}

TEST(Codec, JpegHasQuality75AndHalvedChroma) {
  const std::string bytes = encode_jpeg(smooth(3));
  const size_t tables = bytes.find("\xff\xdb"), frame = bytes.find("\xff\xc0");
  ASSERT_NE(tables, std::string::npos);
  ASSERT_NE(frame, std::string::npos);
  // First luminance steps of the standard's table (16, 11, 12, 14 in zigzag order), halved by quality 75 and rounded.
  EXPECT_EQ(bytes.substr(tables + 5, 4), "\x08\x06\x06\x07");
  EXPECT_EQ(static_cast<int>(bytes[frame + 11]), 0x22) << "luminance sampled twice as densely in both directions";
  const auto back = decode_image(bytes, "test");
  EXPECT_EQ(back.sizes(), smooth(3).sizes());
  EXPECT_LT((back.to(at::kFloat) - smooth(3).to(at::kFloat)).abs().mean().item<double>(), 3);
  EXPECT_FALSE(at::equal(back, smooth(3)));
}

TEST(Codec, PngIsLossless) {
  for (int64_t channels : {1, 3}) {
    const auto bytes = encode_png(smooth(channels));
    EXPECT_TRUE(at::equal(decode_image(bytes, "test", channels == 1), smooth(channels)));
  }
}

TEST(Codec, ThroughACodecIsEncodeAndDecode) {
  const auto images = at::stack({smooth(3), smooth(3).flip(2)});
  EXPECT_TRUE(at::equal(through_codec(images, "png"), images));
  const auto jpeg = through_codec(images, "jpeg");
  EXPECT_TRUE(at::equal(jpeg[1], decode_image(encode_jpeg(images[1]), "test")));
  EXPECT_THROW(through_codec(images, "webp"), Error);
}

TEST(Codec, ContactSheet) {
  const auto images = at::stack({smooth(3), smooth(3), smooth(3)});
  const auto sheet = contact_sheet(images, 2, 2);
  EXPECT_EQ(sheet.sizes(), at::IntArrayRef({3, 2 * 64 + 2, 2 * 96 + 2}));
  EXPECT_EQ(sheet[1][66 + 2 * 7][2 * 9].item<int>(), images[2][1][7][9].item<int>());
  EXPECT_EQ(sheet[0][66][98].item<int>(), 255) << "the place of a fourth image is white";
}

}  // namespace
}  // namespace retort::vision

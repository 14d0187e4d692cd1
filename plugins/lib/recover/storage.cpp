#include "recover/storage.h"

#include "sdk/torch/finite.h"
#include "vision/codec.h"

namespace retort::recover {

at::Tensor to_pixels(const at::Tensor& images, const Normalization& normalization, const std::string& quantize) {
  check_finite(images, "images", "what was made");  // as bytes nobody would see it
  const auto levels = normalization.invert(images.detach().to(at::kCPU, at::kFloat)).clamp(0, 1) * 255;
  return (quantize == "round" ? levels.round() : (levels + 1e-3).floor()).clamp(0, 255).to(at::kByte);
}

void Storage::declare(Declare& d) {
  d.param("codec", codec, "What the images go through; consumers see what it leaves (the published scripts: jpeg)")
      .one_of({"none", "png", "jpeg"});
  d.param("quality", quality, "JPEG quality; PIL's default is 75, with 4:2:0 chroma").between(1, 100);
}

void Storage::write(Output& output, LabelledImages images, int64_t per_class, const std::string& source) const {
  const auto order = at::argsort(images.labels, /*stable=*/true, 0, /*descending=*/false);
  images.labels = images.labels.index_select(0, order);
  images.images = images.images.index_select(0, order);
  int64_t bytes = images.images.numel();
  if (codec != "none") {
    bytes = 0;
    for (int64_t i = 0; i < images.size(); ++i) {
      auto image = images.images[i];
      const auto file =
          codec == "png" ? vision::encode_png(image) : vision::encode_jpeg(image, static_cast<int>(quality));
      bytes += static_cast<int64_t>(file.size());
      image.copy_(vision::decode_image(file, codec, /*gray=*/image.size(0) == 1));
    }
  }
  write_images(
      output, "images", images,
      {{"per_class", per_class}, {"codec", codec}, {"quality", quality}, {"bytes", bytes}, {"source", source}});
}

}  // namespace retort::recover

#include "sdk/torch/recover_init.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

namespace retort {

std::vector<std::string> RecoverInit::broken_properties() {
  if (reads_input()) return {};
  std::vector<std::string> broken;
  const std::vector<std::string> classes{"a", "b", "c"};
  auto draw = [&] {
    InitBatch batch;
    batch.labels = at::arange(3, at::kLong);
    batch.ordinals = {0, 0, 0};
    batch.image_size = 8;
    batch.classes = &classes;
    batch.generator = at::detail::createCPUGenerator(7);
    return images(batch);
  };
  const auto first = draw();
  if (first.sizes() != at::IntArrayRef({3, 3, 8, 8})) return {"images are not [B,3,size,size]"};
  if (first.scalar_type() != at::kFloat) broken.push_back("images are not float32");
  if (!at::isfinite(first).all().item<bool>()) broken.push_back("images are not finite");
  if (!at::equal(first, draw())) broken.push_back("the same generator gave other images");
  return broken;
}

}  // namespace retort

#include "sdk/torch/recover_view.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

namespace retort {

std::vector<std::string> RecoverView::broken_properties() {
  std::vector<std::string> broken;
  auto images = at::sin(at::arange(2 * 3 * 16 * 16, at::TensorOptions().dtype(at::kFloat)));
  images = images.reshape({2, 3, 16, 16}).requires_grad_(true);
  auto view = [&](uint64_t seed, int64_t iteration) {
    return apply(images, {at::detail::createCPUGenerator(seed), iteration, 10});
  };
  const auto first = view(1, 0);
  if (first.dim() != 4 || first.size(0) != 2 || first.size(1) != 3) return {"the view is not [B,C,h,w]"};
  for (uint64_t seed = 2; seed < 12; ++seed) {
    const auto other = view(seed, static_cast<int64_t>(seed) - 2);
    if (other.sizes() != first.sizes()) return {"the size of the view depends on the draw"};
    if (!at::isfinite(other).all().item<bool>()) broken.push_back("the view is not finite");
  }
  if (!at::equal(first, view(1, 0))) broken.push_back("the same generator gave another view");
  if (!first.requires_grad()) return {"no gradient passes through the view"};
  first.square().sum().backward();
  if (!images.grad().defined() || images.grad().abs().max().item<float>() == 0)
    broken.push_back("no gradient passes through the view");
  return broken;
}

}  // namespace retort

#include "sdk/torch/finite.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.h"

namespace retort {

std::optional<std::string> not_finite(const at::Tensor& tensor) {
  if (!tensor.is_floating_point() || tensor.numel() == 0) return std::nullopt;
  const auto ends = at::aminmax(tensor.detach());  // NaN if any value is
  if (std::isfinite(std::get<0>(ends).item<double>()) && std::isfinite(std::get<1>(ends).item<double>()))
    return std::nullopt;
  const at::Tensor values = tensor.detach().to(at::kCPU, at::kDouble);
  const at::Tensor bad = values.isfinite().logical_not();
  const at::Tensor first = bad.nonzero()[0];
  std::string place;
  at::Tensor value = values;
  for (int64_t d = 0; d < first.numel(); ++d) {
    const auto index = first[d].item<int64_t>();
    place += (place.empty() ? " at [" : ", ") + std::to_string(index);
    value = value[index];
  }
  const double worst = value.item<double>();
  return "has " + std::to_string(bad.sum().item<int64_t>()) + " of " + std::to_string(tensor.numel()) +
         " values that are not finite, the first " +
         (std::isnan(worst) ? "NaN"
          : worst > 0       ? "inf"
                            : "-inf") +
         place + (place.empty() ? "" : "]");
}

void check_finite(const at::Tensor& tensor, const std::string& name, const std::string& place) {
  const auto problem = not_finite(tensor);
  if (!problem) return;
  throw Error(ErrorKind::not_a_number, (place.empty() ? "" : place + ": ") + "\"" + name + "\" " + *problem);
}

void check_labels(const at::Tensor& labels, size_t classes, const std::string& place) {
  const auto refuse = [&](const std::string& what) { throw Error(ErrorKind::data, place + ": \"labels\" " + what); };
  if (labels.is_floating_point() || labels.scalar_type() == at::kBool)
    refuse(std::string("are of type ") + at::toString(labels.scalar_type()) + ", not whole numbers");
  if (labels.numel() == 0) return;
  const auto least = labels.min().item<int64_t>(), most = labels.max().item<int64_t>();
  if (least < 0 || (classes > 0 && most >= static_cast<int64_t>(classes)))
    refuse("go from " + std::to_string(least) + " to " + std::to_string(most) + "; the classes are 0 to " +
           (classes > 0 ? std::to_string(classes - 1) : "any"));
}

}  // namespace retort

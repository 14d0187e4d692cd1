#include "match/unroll.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "match/gradients.h"

namespace retort::match {
namespace {

Parameters leaves(const Parameters& values) {
  Parameters result;
  for (const auto& value : values) result.push_back(value.detach().requires_grad_(true));
  return result;
}

/// from - lr · gradient, cut off from every graph.
Parameters moved(const Parameters& from, const at::Tensor& lr, const Parameters& gradient) {
  at::NoGradGuard no_grad;
  Parameters result;
  for (size_t i = 0; i < from.size(); ++i) result.push_back(from[i] - lr * gradient[i]);
  return leaves(result);
}

at::Tensor inner_product(const Parameters& a, const Parameters& b) {
  auto sum = (a[0] * b[0]).sum();
  for (size_t i = 1; i < a.size(); ++i) sum = sum + (a[i] * b[i]).sum();
  return sum;
}

void add_gradient(const at::Tensor& to, const at::Tensor& gradient) {
  at::NoGradGuard no_grad;
  auto& grad = to.mutable_grad();
  grad = grad.defined() ? grad + gradient : gradient.detach();
}

}  // namespace

Parameters unroll(const InnerLoss& loss, const Parameters& start, const at::Tensor& lr, int64_t steps) {
  auto parameters = leaves(start);
  for (int64_t n = 0; n < steps; ++n) {
    const auto gradient = gradients(loss(parameters, n), parameters, /*again=*/true);
    for (size_t i = 0; i < parameters.size(); ++i) parameters[i] = parameters[i] - lr * gradient[i];
  }
  return parameters;
}

double direct_gradients(const InnerLoss& loss, const Distance& distance, const Parameters& start, const at::Tensor& lr,
                        int64_t steps, const at::Tensor& images) {
  auto parameters = leaves(start);
  Parameters sum;
  for (int64_t n = 0; n < steps; ++n) {
    const auto gradient = gradients(loss(parameters, n), parameters, /*again=*/false);
    parameters = moved(parameters, lr, gradient);
    for (size_t i = 0; i < gradient.size(); ++i) {
      if (n == 0)
        sum.push_back(gradient[i]);
      else
        sum[i] = sum[i] + gradient[i];
    }
  }
  const auto value = distance(parameters);
  const auto pull = gradients(value, parameters, /*again=*/false);
  if (!sum.empty()) add_gradient(lr, -inner_product(pull, sum));

  Parameters weights;
  for (const auto& each : pull) weights.push_back(-lr.detach() * each);
  parameters = leaves(start);
  for (int64_t n = 0; n < steps; ++n) {
    const auto gradient = gradients(loss(parameters, n), parameters, /*again=*/true);
    add_gradient(images, gradients(inner_product(weights, gradient), {images}, /*again=*/false)[0]);
    parameters = moved(parameters, lr, gradient);
  }
  return value.item<double>();
}

}  // namespace retort::match

#include "vision/draw.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include "sdk/node.h"

namespace retort::vision {

at::Generator make_generator(uint64_t seed) { return at::make_generator<at::CPUGeneratorImpl>(seed); }

at::Tensor draw_uniform(int64_t count, double low, double high, at::Generator& random) {
  return at::rand({count}, random, at::kFloat).mul_(high - low).add_(low);
}

at::Tensor draw_coins(int64_t count, double probability, at::Generator& random) {
  return at::rand({count}, random, at::kFloat) < probability;
}

double draw_one(at::Generator& random) { return at::rand({1}, random, at::kDouble).item<double>(); }

double draw_beta(double a, at::Generator& random) {
  const auto gammas = at::_standard_gamma(at::full({2}, a, at::kDouble), random);
  const double x = gammas[0].item<double>(), y = gammas[1].item<double>();
  return x + y > 0 ? x / (x + y) : 0.5;
}

at::Tensor draw_permutation(int64_t count, at::Generator& random) { return at::randperm(count, random, at::kLong); }

at::Tensor draw_class_order(uint64_t seed, int64_t label, int64_t count) {
  auto random = make_generator(stream_seed(seed, "real images", "class order", static_cast<uint64_t>(label), 0));
  return draw_permutation(count, random);
}

}  // namespace retort::vision

#include "sdk/torch/match_loss.h"

#include <ATen/ATen.h>

#include "core/error.h"

namespace retort {
namespace {

at::Tensor wave(at::IntArrayRef shape, double frequency) {
  const auto line = at::arange(1, c10::multiply_integers(shape) + 1, at::TensorOptions().dtype(at::kDouble));
  return at::sin(line * frequency).reshape(shape);
}

/// Three classes, two synthetic and three real images of each, in double precision; parameters of a tiny network.
Matching tiny_matching(const MatchLoss& loss) {
  constexpr int64_t kClasses = 3, kSynthetic = 2, kReal = 3;
  Matching m;
  if (loss.compares() == Compares::features) {
    m.classes = kClasses;
    m.synthetic_labels = at::arange(kClasses).repeat_interleave(kSynthetic);
    m.real_labels = at::arange(kClasses).repeat_interleave(kReal);
    double frequency = 0.7;
    for (const auto& layer : loss.layers()) {
      const std::vector<int64_t> shape = layer == "features" ? std::vector<int64_t>{5} : std::vector<int64_t>{2, 3, 3};
      std::vector<int64_t> synthetic{kClasses * kSynthetic}, real{kClasses * kReal};
      synthetic.insert(synthetic.end(), shape.begin(), shape.end());
      real.insert(real.end(), shape.begin(), shape.end());
      m.pairs.push_back({layer, wave(synthetic, frequency), wave(real, frequency + 1)});
      frequency += 0.3;
    }
    return m;
  }
  const std::vector<std::pair<std::string, std::vector<int64_t>>> shapes = {
      {"conv1.weight", {4, 3, 3, 3}}, {"conv1.bias", {4}}, {"fc.weight", {3, 8}}, {"fc.bias", {3}}};
  for (const auto& [name, shape] : shapes) {
    m.pairs.push_back({name, wave(shape, 0.7), wave(shape, 1.9)});
    if (loss.compares() == Compares::parameters) m.start.push_back(wave(shape, 2.3));
  }
  return m;
}

void detach_synthetic(Matching& m) {
  for (auto& pair : m.pairs) pair.synthetic = pair.synthetic.detach().clone().requires_grad_(true);
}

}  // namespace

const char* name_of(Compares what) {
  if (what == Compares::parameters) return "parameters";
  return what == Compares::gradients ? "gradients" : "features";
}

const MatchPair& Matching::pair(const std::string& name) const {
  std::string known;
  for (const auto& pair : pairs) {
    if (pair.name == name) return pair;
    known += (known.empty() ? "" : ", ") + pair.name;
  }
  throw Error(ErrorKind::user, "there is no \"" + name + "\" to compare; there are: " + known);
}

at::Tensor class_means(const at::Tensor& rows, const at::Tensor& labels, int64_t classes) {
  const auto member = at::one_hot(labels, classes).to(rows.options()).t();
  const auto count = member.sum(1, /*keepdim=*/true).clamp_min(1);
  std::vector<int64_t> shape = rows.sizes().vec();
  shape[0] = classes;
  return (member / count).matmul(rows.flatten(1)).reshape(shape);
}

std::vector<std::string> MatchLoss::broken_properties() {
  std::vector<std::string> broken;
  auto matching = tiny_matching(*this);
  detach_synthetic(matching);
  const auto first = value(matching);
  if (first.dim() != 0) return {"value has " + std::to_string(first.dim()) + " dimensions; it must be a scalar"};
  if (!at::isfinite(first).item<bool>()) broken.push_back("value is not finite");
  if (!first.requires_grad()) return {"value does not depend on the synthetic side (no gradient)"};
  if (!at::equal(first.detach(), value(matching).detach())) broken.push_back("the same input gave another value");
  for (auto& pair : matching.pairs)
    if (pair.real.requires_grad()) broken.push_back("it asks for a gradient of the real side");

  for (int step = 0; step < 20; ++step) {
    value(matching).backward();
    for (auto& pair : matching.pairs) {
      const auto gradient = pair.synthetic.grad();
      if (gradient.defined()) pair.synthetic = pair.synthetic.detach() - 0.002 * gradient.sign();
    }
    detach_synthetic(matching);
  }
  if (!(value(matching).item<double>() < first.item<double>()))
    broken.push_back("20 steps along its gradient do not lower it");
  return broken;
}

}  // namespace retort

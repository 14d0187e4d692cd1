#include "nn/sound.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "sdk/torch/finite.h"

namespace retort::nn {

std::vector<std::string> unsound(const Weights& weights) {
  std::vector<std::string> problems;
  for (const NamedTensor& each : weights.all()) {
    const std::string name = "\"" + each.name + "\" ";
    if (const auto problem = not_finite(each.value)) {
      problems.push_back(name + *problem);
    } else if (each.name.ends_with(".running_var") && each.value.numel() > 0) {
      const double least = each.value.min().item<double>();
      if (least < 0) problems.push_back(name + "has a variance of " + std::to_string(least));
    }
  }
  return problems;
}

void check_sound(const Weights& weights, const std::string& whose) {
  const auto problems = unsound(weights);
  if (problems.empty()) return;
  constexpr size_t kShown = 5;
  std::string text = whose + " holds values that no network can compute with:";
  for (size_t i = 0; i < std::min(problems.size(), kShown); ++i) text += "\n  " + problems[i];
  if (problems.size() > kShown) text += "\n  and " + std::to_string(problems.size() - kShown) + " tensors more";
  throw Error(ErrorKind::not_a_number, text);
}

bool may_stand_for(at::ScalarType found, at::ScalarType wanted) {
  return at::isFloatingType(found) || !at::isFloatingType(wanted);
}

}  // namespace retort::nn

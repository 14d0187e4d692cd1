#include "doubts.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace retort::evaluate {

double effective_classes(const at::Tensor& labels, int64_t classes) {
  const auto shares = at::bincount(labels, {}, classes).to(at::kDouble) / static_cast<double>(labels.size(0));
  return std::exp(-at::special_xlogy(shares, shares).sum().item<double>());
}

std::string doubt_about(const at::Tensor& logits, const at::Tensor& labels) {
  constexpr int64_t kFewest = 20;
  constexpr double kOneClass = 1.5, kLeastShare = 0.1, kDeviations = 2;
  const int64_t count = labels.size(0), classes = logits.size(1);
  if (classes < 2 || count < kFewest) return "";
  const auto shown = [](const char* format, auto... values) {
    char text[256];
    std::snprintf(text, sizeof text, format, values...);
    return std::string(text);
  };
  const auto answers = logits.argmax(1);
  const auto largest = [&](const at::Tensor& of) {
    return at::bincount(of, {}, classes).max().item<double>() / static_cast<double>(count);
  };
  const double guess = largest(labels), right = answers.eq(labels).to(at::kDouble).mean().item<double>();
  const double answered = effective_classes(answers, classes), there = effective_classes(labels, classes);
  if (answered < std::max(kOneClass, kLeastShare * there) && there > kOneClass)
    return shown(
        "the student answers with nearly one class: the commonest answer is given to %.1f %% of the test images, and "
        "the answers spread as over %.1f classes, the labels as over %.1f (%.1f %% are right)",
        100 * largest(answers), answered, there, 100 * right);
  if (right <= guess + kDeviations * std::sqrt(guess * (1 - guess) / static_cast<double>(count)))
    return shown("the student stays at chance: %.1f %% of %lld test images are right, the commonest class has %.1f %%",
                 100 * right, static_cast<long long>(count), 100 * guess);
  return "";
}

}  // namespace retort::evaluate

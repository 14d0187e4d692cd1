#include "signals.h"

#include <cmath>
#include <cstdio>

namespace retort::recover {

std::string doubt_about(const Strength& start) {
  constexpr double kLeast = 0.01, kMost = 10;
  if (start.weight == 0 || start.cross_entropy <= 0) return "";
  const double ratio = start.batch_norm / start.cross_entropy;
  if (ratio >= kLeast && ratio <= kMost) return "";
  const bool weak = ratio < kLeast;
  char text[640];
  std::snprintf(text, sizeof text,
                "the BatchNorm terms begin at %.3g of cross entropy (%.3g beside %.3g, weights included; both count "
                "from 0.01 to 10): the images will follow %s alone. First to try: %sa \"weight\" of %s of about %.2g "
                "instead of %.3g, or \"balance\"",
                ratio, start.batch_norm, start.cross_entropy, weak ? "cross entropy" : "the BatchNorm terms",
                weak ? "\"calibrate\" of the teacher's probe.linear, " : "", start.name.c_str(),
                start.weight * (weak ? 0.1 : 1) / ratio, start.weight);
  return text;
}

std::string doubt_about_end(double cross_entropy, size_t classes, const std::string& settings) {
  constexpr double kMostOfChance = 0.8;
  const double chance = std::log(static_cast<double>(classes));
  if (classes < 2 || !(cross_entropy > kMostOfChance * chance)) return "";
  char text[200];
  std::snprintf(
      text, sizeof text,
      "the images end at a cross entropy of %.3g, %.0f %% of chance (%.3g for %zu classes): their teachers do "
      "not see the classes in them",
      cross_entropy, 100 * cross_entropy / chance, chance, classes);
  return std::string(text) + ". First to try: " + settings;
}

}  // namespace retort::recover

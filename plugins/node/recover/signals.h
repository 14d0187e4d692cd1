#pragma once
// Whether the terms of the objective can both be heard: cross entropy beside BatchNorm matching. SRe2L's stand at 0.1
// to 0.5 at the start; a probe with too large logits has made it 0.0015, and the images followed cross entropy alone
// (METHODS.md 2.8).
#include <string>

namespace retort::recover {

/// Both kinds of terms, each times its weight, mean over batches.
struct Strength {
  double cross_entropy = 0, batch_norm = 0;
  std::string name;   ///< of the first loss that matches BatchNorm statistics
  double weight = 0;  ///< its weight
};

/// What is wrong at the start, in words with what to change; empty if nothing is, or one of them is not asked for.
std::string doubt_about(const Strength& start);

/// The same of the end: `cross_entropy` is what images have then, before its weight, of `classes` classes. `settings`:
/// those to change, with their values.
std::string doubt_about_end(double cross_entropy, size_t classes, const std::string& settings);

}  // namespace retort::recover

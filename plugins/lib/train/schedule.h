#pragma once
// Learning rate over time, as a factor of the base rate (METHODS.md 1.7, SSL.md 2.4). A plain value: a resumed run asks
// it again.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/declare.h"

namespace retort::train {

struct Schedule {
  std::string type = "cosine";      ///< constant, cosine, linear (1 → final), step (× gamma at each milestone)
  double eta = 1;                   ///< cosine: stretches the horizon; 2 ends at half the rate
  double final = 0;                 ///< cosine, linear: the factor at the end
  std::vector<int64_t> milestones;  ///< step: epochs
  double gamma = 0.1;
  double warmup_epochs = 0;  ///< linear from warmup_start to 1; cosine and linear then run over what is left
  double warmup_start = 0;
  bool per_step = false;                   ///< moves every step instead of every epoch
  std::optional<int64_t> schedule_epochs;  ///< horizon; by default where training stops

  /// Parameters schedule, schedule_epochs, cosine_eta, lr_final, milestones, gamma, warmup_epochs, warmup_start,
  /// schedule_per_step.
  void declare(Declare& d);

  /// The factor in `step` of `steps` of `epoch`, when training stops after `epochs`.
  /// cosine: final + (1-final)·(1 + cos(π (t-w) / (η (T-w)))) / 2, t the epoch, fractional if per_step.
  double factor(int64_t epoch, int64_t step, int64_t steps, int64_t epochs) const;
  bool operator==(const Schedule&) const = default;
};

/// Momentum of a moving average that rises from `start` to 1: 1 - (1-start)·(1 + cos(π progress)) / 2 (SSL.md 2.3).
double cosine_momentum(double start, double progress);

}  // namespace retort::train

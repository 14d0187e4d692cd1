#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace retort::train {

void Schedule::declare(Declare& d) {
  d.param("schedule", type, "How the learning rate moves").one_of({"constant", "cosine", "linear", "step"});
  d.param("schedule_epochs", schedule_epochs, "Epochs the schedule is made for, if not those of the training")
      .at_least(1);
  d.param("cosine_eta", eta, "cosine: stretches the schedule; 2 ends at half the rate").greater_than(0).neutral(1.0);
  d.param("lr_final", final, "cosine, linear: share of the rate at the end").between(0, 1).neutral(0.0);
  d.param("milestones", milestones, "step: epochs after which the rate is multiplied by gamma").at_least(0);
  d.param("gamma", gamma, "step: the factor").greater_than(0);
  d.param("warmup_epochs", warmup_epochs, "Epochs of a linear rise to the full rate").at_least(0).neutral(0.0);
  d.param("warmup_start", warmup_start, "Share of the rate where the rise starts").between(0, 1).neutral(0.0);
  d.param("schedule_per_step", per_step, "Whether the rate moves every step or every epoch");
}

double Schedule::factor(int64_t epoch, int64_t step, int64_t steps, int64_t epochs) const {
  const double t = static_cast<double>(epoch) + (per_step ? static_cast<double>(step) / static_cast<double>(steps) : 0);
  if (t < warmup_epochs) return warmup_start + (1 - warmup_start) * t / warmup_epochs;
  if (type == "constant") return 1;
  if (type == "step") {
    const auto passed = std::count_if(milestones.begin(), milestones.end(), [&](int64_t m) { return m <= epoch; });
    return std::pow(gamma, passed);
  }
  const double left = static_cast<double>(schedule_epochs.value_or(epochs)) - warmup_epochs;
  const double part = left > 0 ? std::min((t - warmup_epochs) / left, 1.0) : 1.0;
  if (type == "linear") return 1 + (final - 1) * part;
  return final + (1 - final) * 0.5 * (1 + std::cos(std::numbers::pi * part / eta));
}

double cosine_momentum(double start, double progress) {
  return 1 - (1 - start) * 0.5 * (1 + std::cos(std::numbers::pi * progress));
}

}  // namespace retort::train

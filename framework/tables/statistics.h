#pragma once
// What a table says of some numbers: their mean, their spread, and how far the mean can be trusted.
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace retort {

struct Summary {
  size_t n = 0;
  double mean = 0;                  ///< 0 if there is no value
  std::optional<double> deviation;  ///< of the sample (n - 1); from two values on
  std::optional<double> interval;   ///< half the width of the two-sided interval of the mean, by Student's t
  std::optional<std::pair<double, double>> ends;  ///< of an interval that lies unevenly about the mean (a bootstrap)

  double low() const { return ends ? ends->first : mean - interval.value_or(0); }
  double high() const { return ends ? ends->second : mean + interval.value_or(0); }
  /// Of a difference: 1 or -1 if the whole interval lies on that side of zero; 0 if it does not, or there is none.
  int sign() const;
};

/// `confidence` in (0, 1): 0.95.
Summary summary_of(const std::vector<double>& values, double confidence);

/// How many standard errors half a two-sided interval is wide.
double t_quantile(double confidence, size_t degrees_of_freedom);

}  // namespace retort

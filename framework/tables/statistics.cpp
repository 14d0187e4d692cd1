#include "tables/statistics.h"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

namespace retort {

double t_quantile(double confidence, size_t degrees_of_freedom) {
  const boost::math::students_t distribution(static_cast<double>(degrees_of_freedom));
  return boost::math::quantile(boost::math::complement(distribution, (1 - confidence) / 2));
}

int Summary::sign() const {
  if (!interval) return 0;
  return low() > 0 ? 1 : high() < 0 ? -1 : 0;
}

Summary summary_of(const std::vector<double>& values, double confidence) {
  Summary summary;
  summary.n = values.size();
  if (values.empty()) return summary;
  const auto n = static_cast<double>(values.size());
  summary.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  if (values.size() < 2) return summary;
  double squares = 0;
  for (const double value : values) squares += (value - summary.mean) * (value - summary.mean);
  summary.deviation = std::sqrt(squares / (n - 1));
  summary.interval = t_quantile(confidence, values.size() - 1) * *summary.deviation / std::sqrt(n);
  return summary;
}

}  // namespace retort

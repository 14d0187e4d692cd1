#include "tables/slope.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "core/error.h"

namespace retort {
namespace {

constexpr size_t kDraws = 10000;

/// The mean of as many of `values` as there are, drawn with replacement.
double drawn_mean(const std::vector<double>& values, std::mt19937_64& random) {
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) sum += values[random() % values.size()];
  return sum / static_cast<double>(values.size());
}

}  // namespace

double least_squares_slope(const std::vector<std::pair<double, double>>& points) {
  double x_mean = 0, y_mean = 0;
  for (const auto& [x, y] : points) x_mean += x, y_mean += y;
  x_mean /= static_cast<double>(points.size()), y_mean /= static_cast<double>(points.size());
  double products = 0, squares = 0;
  for (const auto& [x, y] : points) products += (x - x_mean) * (y - y_mean), squares += (x - x_mean) * (x - x_mean);
  if (squares == 0) throw Error(ErrorKind::internal, "a slope of points at one place");
  return products / squares;
}

std::map<std::string, double> slopes_of(const TableCell& cell, const SlopeSpec& spec) {
  std::set<std::string> planned;
  std::map<std::string, std::map<std::string, double>> found;  // replicate → point → value
  for (const auto& one : cell.observations) {
    planned.insert(one.point);
    if (one.state == ResultState::there && one.value) found[one.replicate][one.point] = *one.value;
  }
  std::map<std::string, double> slopes;
  for (const auto& [replicate, values] : found) {
    if (values.size() < planned.size() || planned.size() < 2) continue;
    std::vector<std::pair<double, double>> points;
    for (const auto& [point, value] : values) points.emplace_back(spec.at.at(point), value);
    slopes[replicate] = least_squares_slope(points);
  }
  return slopes;
}

Summary bootstrap_of(const std::vector<double>& values, double confidence) {
  Summary summary = summary_of(values, confidence);
  if (values.size() < 2) return summary;
  std::mt19937_64 random(0);
  std::vector<double> means;
  for (size_t i = 0; i < kDraws; ++i) means.push_back(drawn_mean(values, random));
  std::sort(means.begin(), means.end());
  const auto cut = static_cast<size_t>(std::floor((1 - confidence) / 2 * static_cast<double>(kDraws)));
  summary.ends = {means[cut], means[kDraws - 1 - cut]};
  summary.interval = (summary.ends->second - summary.ends->first) / 2;
  return summary;
}

Summary slope_difference(const TableCell& cell, const TableCell& to, double confidence) {
  std::vector<double> differences;
  for (const auto& [replicate, slope] : *cell.slopes)
    if (const auto other = to.slopes->find(replicate); other != to.slopes->end())
      differences.push_back(slope - other->second);
  return bootstrap_of(differences, confidence);
}

std::string description_of(const SlopeSpec& spec) {
  std::vector<std::pair<double, std::string>> points;
  for (const auto& [value, x] : spec.at) points.emplace_back(x, value);
  std::sort(points.begin(), points.end());
  std::string text;
  for (const auto& [x, value] : points) {
    char number[32];
    std::snprintf(number, sizeof number, "%.4g", x);
    text += (text.empty() ? "" : ", ") + value + ": " + number;
  }
  return std::string(spec.log2 ? "log2 of " : "") + spec.axis + " (" + text + ")";
}

}  // namespace retort

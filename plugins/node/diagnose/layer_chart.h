#pragma once
// Charts over layers as one SVG, one below the other: a line a series.
#include <string>
#include <vector>

namespace diagnose {

struct Series {
  std::string name;
  std::vector<double> values;
};

struct Chart {
  std::string title;
  std::vector<Series> series;
  bool logarithmic = false;
};

/// `names`: what the values of every series belong to, in order.
std::string svg(const std::vector<std::string>& names, const std::vector<Chart>& charts);

}  // namespace diagnose

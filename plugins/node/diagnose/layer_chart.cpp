#include "layer_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace diagnose {
namespace {

/// One chart's pixels below `top`.
std::string chart_svg(const Chart& chart, const std::vector<std::string>& names, double top, double step) {
  constexpr double kLeft = 70, kHeight = 150;
  static constexpr const char* kColours[] = {"#1b6ca8", "#c8553d", "#3c8d5a", "#8a5fa8"};
  const auto scale = [&](double v) { return chart.logarithmic ? std::log10(std::max(v, 1e-12)) : v; };
  double low = 1e300, high = -1e300;
  for (const Series& series : chart.series)
    for (const double v : series.values) low = std::min(low, scale(v)), high = std::max(high, scale(v));
  if (!chart.logarithmic) low = std::min(low, 0.0);
  if (high <= low) high = low + 1;
  const auto y = [&](double v) { return top + 30 + kHeight * (1 - (scale(v) - low) / (high - low)); };
  char text[256];
  std::string out;
  const auto add = [&](const char* format, auto... arguments) {
    std::snprintf(text, sizeof text, format, arguments...);
    out += text;
  };
  add("<text x='10' y='%.0f' font-weight='bold'>%s</text>\n", top + 16, chart.title.c_str());
  for (const double edge : {low, high}) {
    const double value = chart.logarithmic ? std::pow(10, edge) : edge;
    add("<text x='%.0f' y='%.1f' text-anchor='end'>%.3g</text>\n", kLeft - 8, y(value) + 4, value);
    add("<line x1='%.0f' x2='%.0f' y1='%.1f' y2='%.1f' stroke='#ccc'/>\n", kLeft,
        kLeft + step * static_cast<double>(names.size()), y(value), y(value));
  }
  for (size_t i = 0; i < chart.series.size(); ++i) {
    const char* colour = kColours[i % 4];
    out += "<polyline fill='none' stroke-width='2' stroke='" + std::string(colour) + "' points='";
    for (size_t k = 0; k < chart.series[i].values.size(); ++k)
      add("%.1f,%.1f ", kLeft + step * (static_cast<double>(k) + 0.5), y(chart.series[i].values[k]));
    out += "'/>\n";
    add("<text x='%.0f' y='%.0f' fill='%s'>%s</text>\n", kLeft + 300 + 90 * static_cast<double>(i), top + 16, colour,
        chart.series[i].name.c_str());
  }
  return out;
}

}  // namespace

std::string svg(const std::vector<std::string>& names, const std::vector<Chart>& charts) {
  constexpr double kStep = 26, kChart = 200, kFoot = 150;
  const double width = std::max(700.0, 90 + kStep * static_cast<double>(names.size()));
  const double height = kChart * static_cast<double>(charts.size()) + kFoot;
  char text[256];
  std::snprintf(text, sizeof text,
                "<svg xmlns='http://www.w3.org/2000/svg' width='%.0f' height='%.0f' font-family='sans-serif' "
                "font-size='12'>\n<rect width='100%%' height='100%%' fill='white'/>\n",
                width, height);
  std::string out = text;
  for (size_t i = 0; i < charts.size(); ++i) out += chart_svg(charts[i], names, kChart * static_cast<double>(i), kStep);
  for (size_t k = 0; k < names.size(); ++k) {
    const double x = 70 + kStep * (static_cast<double>(k) + 0.5), y = kChart * static_cast<double>(charts.size()) + 8;
    std::snprintf(text, sizeof text, "<text transform='translate(%.1f,%.1f) rotate(60)'>", x, y);
    out += text + names[k] + "</text>\n";
  }
  return out + "</svg>\n";
}

}  // namespace diagnose

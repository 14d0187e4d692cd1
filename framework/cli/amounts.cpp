#include "cli/amounts.h"

#include <cmath>
#include <cstdlib>
#include <map>

#include "core/error.h"

namespace retort {
namespace {

/// The number `text` begins with, at least 0, and the unit behind it. Not a number without one.
std::pair<double, std::string> split(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const bool good = end != text.c_str() && std::isfinite(number) && number >= 0;
  return {good ? number : std::nan(""), end};
}

double value(const std::string& text, const std::map<std::string, double>& units, const std::string& rule) {
  const auto [number, unit] = split(text);
  const auto found = units.find(unit);
  if (std::isnan(number) || found == units.end()) throw Error(ErrorKind::user, "\"" + text + "\" is no " + rule);
  return number * found->second;
}

}  // namespace

uint64_t size_value(const std::string& text) {
  static const std::map<std::string, double> units = [] {
    std::map<std::string, double> all = {{"", 1}, {"B", 1}};
    double size = 1;
    for (const char* unit : {"K", "M", "G", "T"}) {
      size *= 1024;
      for (const char* rest : {"", "B", "iB"}) all[std::string(unit) + rest] = size;
    }
    return all;
  }();
  return static_cast<uint64_t>(value(text, units, "size; write it like 500M, 10G or 1.5T"));
}

std::chrono::seconds time_value(const std::string& text) {
  static const std::map<std::string, double> units = {
      {"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400.0}, {"w", 7 * 86400.0}};
  if (text == "0") return std::chrono::seconds(0);
  return std::chrono::seconds(
      static_cast<int64_t>(value(text, units, "time; write it like 90s, 15min, 12h, 30d or 2w")));
}

}  // namespace retort

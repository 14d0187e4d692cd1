#include "core/nearest.h"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace retort {
namespace {

constexpr int kFarthest = 3;

bool same(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b, int limit) {
  const size_t columns = b.size() + 1;
  std::vector<int> before(columns), previous(columns), current(columns);
  std::iota(previous.begin(), previous.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = static_cast<int>(i);
    for (size_t j = 1; j < columns; ++j) {
      const int change = previous[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1);
      current[j] = std::min({change, previous[j] + 1, current[j - 1] + 1});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
        current[j] = std::min(current[j], before[j - 2] + 1);
    }
    if (*std::min_element(current.begin(), current.end()) > limit) return limit + 1;
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return std::min(previous.back(), limit + 1);
}

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  const int allowed = std::min(kFarthest, static_cast<int>(name.size() + 2) / 3);
  const std::string* best = nullptr;
  int best_distance = allowed + 1;
  for (const auto& candidate : candidates) {
    const auto [less, more] = std::minmax({name.size(), candidate.size()});
    if (more - less >= static_cast<size_t>(best_distance)) continue;
    const int distance = edit_distance(name, candidate, best_distance - 1);
    if (distance < best_distance) best = &candidate, best_distance = distance;
  }
  if (best) return *best;
  if (name.size() < 3) return "";
  for (const auto& candidate : candidates) {
    const size_t rest = candidate.size() > name.size() ? candidate.size() - name.size() : 0;
    if (rest && candidate.compare(0, name.size(), name) == 0) return candidate;
    if (rest && candidate[rest - 1] == '.' && candidate.compare(rest, name.size(), name) == 0) return candidate;
  }
  return "";
}

std::string did_you_mean(const std::string& nearest_name) {
  return nearest_name.empty() ? "" : "did you mean \"" + nearest_name + "\"?";
}

}  // namespace retort

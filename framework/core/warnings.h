#pragma once
// What nodes warned of, as people read it: each kind of warning once, however many nodes of a sweep have it.
#include <string>
#include <vector>

namespace retort {

struct Warning {
  std::string node;  ///< empty: of the whole run
  std::string text;
  bool operator==(const Warning&) const = default;
};

/// "node: text"
std::string line_of(const Warning& warning);

/// Warnings whose texts are equal but for the numbers in them.
struct WarningGroup {
  std::string text;                ///< of the first of them
  std::vector<std::string> nodes;  ///< that have it, each once, in the order they are met
  size_t count = 0;                ///< of warnings
};

/// In the order in which each is met first.
std::vector<WarningGroup> grouped(const std::vector<Warning>& warnings);

/// A line for each kind: "score{seed=0} and 1 more: TEXT".
std::vector<std::string> warning_lines(const std::vector<Warning>& warnings);

/// "2 warnings from 2 nodes:" and these lines below it, each ended; empty without warnings.
std::string warnings_text(const std::vector<Warning>& warnings);

}  // namespace retort

#include "core/warnings.h"

#include <algorithm>
#include <cctype>
#include <unordered_map>

namespace retort {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// The text with one sign for each number: "12.5 % of 40" and "3e-05 % of 7" are alike.
std::string shape_of(const std::string& text) {
  std::string shape;
  for (size_t i = 0; i < text.size();) {
    if (!is_digit(text[i])) {
      shape += text[i++];
      continue;
    }
    while (i < text.size() && (is_digit(text[i]) || (text[i] == '.' && i + 1 < text.size() && is_digit(text[i + 1]))))
      ++i;
    size_t exponent = i;
    if (exponent < text.size() && text[exponent] == 'e') ++exponent;
    if (exponent > i && exponent < text.size() && (text[exponent] == '-' || text[exponent] == '+')) ++exponent;
    if (exponent > i && exponent < text.size() && is_digit(text[exponent])) {
      i = exponent;
      while (i < text.size() && is_digit(text[i])) ++i;
    }
    shape += '#';
  }
  return shape;
}

std::string counted(size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

std::string line_of(const Warning& warning) {
  return warning.node.empty() ? warning.text : warning.node + ": " + warning.text;
}

std::vector<WarningGroup> grouped(const std::vector<Warning>& warnings) {
  std::vector<WarningGroup> groups;
  std::unordered_map<std::string, size_t> index;
  for (const auto& [node, text] : warnings) {
    const auto [found, fresh] = index.try_emplace(shape_of(text), groups.size());
    if (fresh) groups.push_back({text, {}, 0});
    WarningGroup& group = groups[found->second];
    ++group.count;
    if (!node.empty() && std::find(group.nodes.begin(), group.nodes.end(), node) == group.nodes.end())
      group.nodes.push_back(node);
  }
  return groups;
}

std::vector<std::string> warning_lines(const std::vector<Warning>& warnings) {
  std::vector<std::string> lines;
  for (const auto& group : grouped(warnings)) {
    std::string who = group.nodes.empty() ? "" : group.nodes.front();
    if (group.nodes.size() > 1) who += " and " + std::to_string(group.nodes.size() - 1) + " more";
    lines.push_back(line_of({who, group.text}));
  }
  return lines;
}

std::string warnings_text(const std::vector<Warning>& warnings) {
  if (warnings.empty()) return "";
  std::vector<std::string> nodes;
  for (const auto& one : warnings)
    if (!one.node.empty()) nodes.push_back(one.node);
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  std::string text = counted(warnings.size(), "warning");
  if (!nodes.empty()) text += " from " + counted(nodes.size(), "node");
  text += ":\n";
  for (const auto& line : warning_lines(warnings)) text += "  " + line + "\n";
  return text;
}

}  // namespace retort

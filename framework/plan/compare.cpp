#include "plan/compare.h"

#include <algorithm>
#include <set>

#include "plan/why.h"

namespace retort {
namespace {

constexpr std::pair<const char*, const char*> kMachine[] = {
    {"processor", "processor"}, {"instructions", "instruction set"}, {"card", "GPU"}, {"build", "build"}};

class Comparison {
 public:
  explicit Comparison(const Store& store) : store_(store) {}

  void compare(const Record& before, const Record& after, const GraphNode* node) {
    if (!seen_.insert({before.key, after.key}).second) return;
    const std::string name = node ? node->name : after.about.value("node", after.type);
    const auto found = changes(before.key_text, after.key_text, node);
    for (const auto& change : found)
      if (change.field.label == "input") above(before, after, change.field.name);
    for (const auto& change : found) add(name + ": " + to_string(change));
    for (const auto& [field, what] : kMachine) {
      const std::string one = before.about.value(field, ""), other = after.about.value(field, "");
      if (!one.empty() && !other.empty() && one != other)
        add(name + ": made on another " + what + ": " + one + " -> " + other);
    }
  }

  std::vector<std::string> lines;

 private:
  void above(const Record& before, const Record& after, const std::string& input) {
    const auto made_from = [&](const Record& record) {
      const std::string key = record.about.value("made_from", Json::object()).value(input, "");
      return key.empty() ? std::nullopt : store_.peek(key);
    };
    const auto one = made_from(before), other = made_from(after);
    if (one && other && one->type == other->type) compare(*one, *other, nullptr);
  }
  void add(const std::string& line) {
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
  }

  const Store& store_;
  std::set<std::pair<std::string, std::string>> seen_;
};

}  // namespace

std::vector<std::string> differences(const Store& store, const Record& before, const Record& after,
                                     const GraphNode* node) {
  Comparison comparison(store);
  comparison.compare(before, after, node);
  return comparison.lines;
}

}  // namespace retort

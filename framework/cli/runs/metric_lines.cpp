#include "cli/runs/metric_lines.h"

#include "cli/runs/next_commands.h"
#include "tables/metrics.h"

namespace retort {
namespace {

constexpr size_t kNodesShown = 18, kMetricsShown = 6;

/// "score{seed=0}: accuracy = 0.91, loss = 0.3".
std::string line_of(const NodeMetrics& one) {
  std::string text = one.node + ":";
  size_t shown = 0;
  for (const auto& [name, value] : one.values) {
    if (shown == kMetricsShown) return text + " and " + std::to_string(one.values.size() - shown) + " more";
    text += " " + name + " = " + metric_text(value) + (++shown < one.values.size() ? "," : "");
  }
  return text;
}

}  // namespace

std::string metric_lines(const GraphOptions& asked, const Plan& plan) {
  if (!plan.graph().tables.empty()) return "";
  const auto all = metrics_there(plan);
  if (all.empty()) return "";
  std::string text;
  for (size_t i = 0; i < all.size() && i < kNodesShown; ++i) text += line_of(all[i]) + "\n";
  if (all.size() > kNodesShown)
    text += "and " + std::to_string(all.size() - kNodesShown) + " more nodes with metrics\n";
  const NodeMetrics& last = all.back();
  const std::string table =
      command_of_table(asked, option_words("--node", last.base) + option_words("--metric", last.values.begin()->first));
  return text + "the graph asks for no table; add \"tables\" to it" + (table.empty() ? "" : ", or: " + table) + "\n";
}

}  // namespace retort

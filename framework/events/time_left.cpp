#include "events/time_left.h"

#include <algorithm>

namespace retort {
namespace {

bool is_over(NodeStatus status) { return status != NodeStatus::waiting && status != NodeStatus::running; }

}  // namespace

std::optional<double> seconds_left(const NodeView& node, double now) {
  if (is_over(node.status)) return 0.0;
  if (node.status == NodeStatus::waiting) return node.predicted;
  const double elapsed = now - node.started;
  if (node.done > 0 && node.total > 0)
    return elapsed * static_cast<double>(node.total - node.done) / static_cast<double>(node.done);
  if (!node.predicted) return std::nullopt;
  return std::max(0.0, *node.predicted - elapsed);
}

}  // namespace retort

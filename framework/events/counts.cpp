#include "events/counts.h"

namespace retort {

std::string counts_text(const RunState& state) {
  std::string text;
  for (const auto status : {NodeStatus::hit, NodeStatus::done, NodeStatus::running, NodeStatus::waiting,
                            NodeStatus::failed, NodeStatus::skipped, NodeStatus::cancelled, NodeStatus::unneeded})
    if (const size_t count = state.count(status); count > 0)
      text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + name_of(status);
  return text;
}

}  // namespace retort

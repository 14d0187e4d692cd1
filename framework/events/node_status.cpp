#include "events/node_status.h"

#include <iterator>

namespace retort {
namespace {

struct StatusText {
  const char *name, *words;
};

constexpr StatusText kTexts[] = {{"waiting", "waiting"},   {"hit", "already there"},    {"running", "running"},
                                 {"done", "ran"},          {"failed", "failed"},        {"skipped", "skipped"},
                                 {"cancelled", "stopped"}, {"not needed", "not needed"}};
static_assert(std::size(kTexts) == kNodeStatuses.size());

const StatusText& text_of(NodeStatus status) { return kTexts[static_cast<size_t>(status)]; }

}  // namespace

const char* name_of(NodeStatus status) { return text_of(status).name; }
const char* words_for(NodeStatus status) { return text_of(status).words; }

NodeStatus node_status(const std::string& name) {
  for (const NodeStatus status : kNodeStatuses)
    if (name == name_of(status)) return status;
  return NodeStatus::waiting;
}

}  // namespace retort

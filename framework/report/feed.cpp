#include "report/feed.h"

#include "events/event_log.h"
#include "report/nodes.h"

namespace retort {

bool RunFeed::has_grown() {
  std::error_code code;
  const uintmax_t size = std::filesystem::file_size(log_, code);
  if (code || size == size_) return false;
  size_ = size;
  return true;
}

void RunFeed::note(const Json& event, std::set<size_t>& changed, Json& metrics) const {
  const auto node = index_.find(event.value("node", ""));
  if (node == index_.end()) return;
  const std::string kind = event.value("ev", "");
  if (kind == "node" || kind == "progress") changed.insert(node->second);
  if (kind == "metric")
    metrics.push_back(
        {node->second, event.value("name", ""), event.value("step", Json()), event.value("value", Json())});
}

std::optional<Json> RunFeed::next() {
  if (!has_grown()) return std::nullopt;
  std::set<size_t> changed;
  Json metrics = Json::array();
  bool anything = false;
  int64_t newest = seen_;
  for (const auto& event : read_events(log_, &from_)) {
    state_.apply(event);
    if (event.value("ev", "") == "run")
      for (size_t i = 0; i < state_.nodes.size(); ++i) index_[state_.nodes[i].name] = i;
    const int64_t sequence = event.value("seq", int64_t{0});
    if (sequence <= seen_) {
      warnings_ = state_.warnings.size();
      continue;
    }
    anything = true;
    newest = sequence;
    note(event, changed, metrics);
  }
  seen_ = newest;
  if (!anything) return std::nullopt;
  Json message = {{"seen", seen_},      {"status", state_.status}, {"started", state_.started}, {"last", state_.last},
                  {"metrics", metrics}, {"rows", Json::object()},  {"warnings", Json::array()}};
  for (const size_t node : changed) message["rows"][std::to_string(node)] = node_row(state_.nodes[node]);
  for (; warnings_ < state_.warnings.size(); ++warnings_)
    message["warnings"].push_back(line_of(state_.warnings[warnings_]));
  if (state_.status != "running") message["ended"] = true;
  return message;
}

}  // namespace retort

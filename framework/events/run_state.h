#pragma once
// The state of a run: the one fold over its events that every view uses, live or from the file.
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/plugin_spec.h"
#include "core/warnings.h"
#include "events/node_status.h"

namespace retort {

struct NodeView {
  std::string name, type;
  NodeStatus status = NodeStatus::waiting;
  std::string reason;               ///< why it runs, waits or is skipped
  std::string key;                  ///< once known
  std::string slot;                 ///< "cpu", "cuda:0" while and after it ran
  std::vector<size_t> after;        ///< nodes it takes input from
  std::optional<double> predicted;  ///< seconds
  double started = 0, seconds = 0;  ///< time of its start; duration once ended
  int64_t done = 0, total = 0;      ///< progress
  std::string error_kind, error;    ///< of a failure
};

struct RunState {
  std::string run, graph, title, status;  ///< status: "running", then "done", "failed" or "cancelled"
  double started = 0, last = 0;           ///< times of the first and the newest event
  std::vector<NodeView> nodes;
  std::vector<Warning> warnings;  ///< each once, the first kMostWarnings, also those of results that were there already
  static constexpr size_t kMostWarnings = 1000;
  std::string last_failure;  ///< name of the node
  size_t slots = 0;

  /// Unknown kinds of event and unknown fields are ignored: logs of later versions of this format can be read. So is
  /// what is no event at all.
  void apply(const Json& event);
  size_t count(NodeStatus status) const;
  const NodeView* find(const std::string& name) const;

 private:
  void take(const Json& event);
  void start(const Json& event);
  void add_nodes(const Json& event);
  void node(const Json& event);
  void warn(const std::string& node, const std::string& text);
  void add_carried(const std::string& node, const Json& event);
  std::map<std::string, size_t> index_;
  std::set<std::pair<std::string, std::string>> told_;  ///< of `warnings`
};

RunState fold(const std::vector<Json>& events);
/// Of a log; throws as each_event.
RunState fold_log(const std::filesystem::path& log);

/// Predicted seconds from `now` until the run ends: the longest path through what is not finished. Running nodes are
/// predicted from their progress where there is any. Nothing while a node on that way has no prediction.
std::optional<double> remaining_seconds(const RunState& state, double now);

}  // namespace retort

#pragma once
// Names of what lies in the folder of a run, runs/<id>.

namespace retort {

inline constexpr const char* kEventsFile = "events.jsonl";   ///< its event log (event_log.h)
inline constexpr const char* kGraphFile = "graph.json";      ///< the graph as it was read, settings and axes put in
inline constexpr const char* kCommandFile = "command.json";  ///< what it was asked for
inline constexpr const char* kTablesFile = "tables.json";    ///< its tables as it ended
/// Beside a log whose first event names the digest of its nodes ("nodes_sha256") instead of listing them: their list.
inline constexpr const char* kNodesFile = "nodes.json";

}  // namespace retort

#pragma once
// The words of the graph format.
#include <string>
#include <vector>

namespace retort {

inline constexpr int kGraphVersion = 1;

inline const std::vector<std::string> kGraphKeys = {"$schema", "retort",    "title",   "description", "seed",
                                                    "device",  "precision", "threads", "include",     "let",
                                                    "nodes",   "sweep",     "tables",  "datasheet"};
/// Of the graph, what `--set` reaches without naming a node.
inline const std::vector<std::string> kGraphSettings = {"title", "seed", "device", "precision", "threads"};
inline const std::vector<std::string> kNodeKeys = {"type",      "inputs",  "params",  "seed",       "device",
                                                   "precision", "threads", "timeout", "description"};
inline const std::vector<std::string> kSweepKeys = {"axes",    "mode",  "baseline", "grid",      "zip",    "exclude",
                                                    "include", "count", "seed",     "replicate", "collect"};
inline const std::vector<std::string> kTableKeys = {"title", "node",       "metrics",  "rows", "columns",
                                                    "stat",  "confidence", "baseline", "best", "slope"};
inline const std::vector<std::string> kDevices = {"cpu", "cuda", "auto"};
inline const std::vector<std::string> kPrecisions = {"float32", "bfloat16"};
inline constexpr int kMostThreads = 1024;

}  // namespace retort

#include "cli/kept_runs.h"

#include <sys/stat.h>

#include <algorithm>
#include <ctime>

#include "core/error.h"
#include "events/event_log.h"
#include "events/run_state.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

struct KnownRun {
  std::string id, graph;
  std::set<std::string> keys;
  double seconds_ago = 0;
  bool goes_on = false;
};

KnownRun read_run(const fs::path& folder) {
  KnownRun run;
  run.id = folder.filename().string();
  const fs::path file = folder / "events.jsonl";
  struct stat about = {};
  if (::stat(file.c_str(), &about) != 0) return run;
  run.seconds_ago = static_cast<double>(std::time(nullptr) - about.st_mtim.tv_sec);
  run.goes_on = has_writer(file);
  const auto cite = [&](const Json& one) {
    if (const std::string key = one.value("key", ""); !key.empty()) run.keys.insert(key);
  };
  for (const auto& event : read_events(file)) {
    if (event.value("ev", "") == "run") {
      run.graph = event.value("graph", "");
      for (const auto& node : event.value("nodes", Json::array())) cite(node);
    }
    if (event.value("ev", "") == "node") cite(event);
  }
  return run;
}

}  // namespace

Citations cited_results(const Store& store, const KeepRuns& keep) {
  std::vector<KnownRun> runs;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(store.runs(), none)) runs.push_back(read_run(entry.path()));
  // Ids sort by time.
  std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a.id > b.id; });
  const Pins pins(store);
  Citations citations;
  std::map<std::string, size_t> seen;  // graph → newer runs of it
  for (const auto& run : runs) {
    const bool newest = seen[run.graph]++ < keep.newest;
    const bool young = keep.younger_than && run.seconds_ago <= static_cast<double>(keep.younger_than->count());
    if (run.goes_on) citations.in_use.insert(run.keys.begin(), run.keys.end());
    if (!newest && !young && !pins.has("run-" + run.id)) continue;
    for (const auto& key : run.keys) citations.kept[key].push_back(run.id);
  }
  return citations;
}

}  // namespace retort

#include "cli/results/cited_results.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "core/error.h"
#include "core/files.h"
#include "core/json_read.h"
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
  const fs::path file = folder / kEventsFile;
  struct stat about = {};
  if (!is_there(file)) return run;
  if (::stat(file.c_str(), &about) != 0) throw CannotRead(ErrorKind::store, "look at", file, errno);
  run.seconds_ago = static_cast<double>(std::time(nullptr) - about.st_mtim.tv_sec);
  run.goes_on = has_writer(file);
  const auto cite = [&](const Json& one) {
    if (std::string key = text_in(one, "key"); !key.empty()) run.keys.insert(std::move(key));
  };
  each_event(file, [&](Json&& event) {
    if (event["ev"] == "run") run.graph = text_in(event, "graph");
    for (const auto& node : list_in(event, "nodes")) cite(node);
    if (event["ev"] == "node") cite(event);
  });
  return run;
}

}  // namespace

Citations cited_results(const Store& store, const KeepRuns& keep) {
  std::vector<KnownRun> runs;
  for (const auto& id : names_in(store.runs())) runs.push_back(read_run(store.runs() / id));
  // Ids sort by time.
  std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a.id > b.id; });
  const Pins pins(store);
  Citations citations;
  std::map<std::string, size_t> seen;  // graph → newer runs of it
  for (const auto& run : runs) {
    const bool newest = seen[run.graph]++ < keep.newest;
    const bool young = keep.younger_than && run.seconds_ago <= static_cast<double>(keep.younger_than->count());
    if (run.goes_on) citations.in_use.insert(run.keys.begin(), run.keys.end());
    if (!newest && !young && !(RunId::read(run.id) && pins.has("run-" + run.id))) continue;
    for (const auto& key : run.keys) citations.kept[key].push_back(run.id);
  }
  return citations;
}

}  // namespace retort

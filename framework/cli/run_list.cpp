#include "cli/run_list.h"

#include <algorithm>
#include <fstream>

#include "core/system_text.h"
#include "events/event_log.h"

namespace retort {
namespace {

constexpr std::streamoff kTail = 1 << 16;  // bytes that hold the last event

Json parsed(const std::string& line) {
  Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  return event.is_object() ? event : Json::object();
}

/// The last whole line of a log.
Json last_event(std::ifstream& log) {
  log.clear();
  log.seekg(0, std::ios::end);
  const std::streamoff size = log.tellg();
  log.seekg(std::max<std::streamoff>(0, size - kTail));
  Json event = Json::object();
  for (std::string line; std::getline(log, line) && !log.eof();)
    if (Json one = parsed(line); !one.empty()) event = std::move(one);
  return event;
}

/// Of the folder the run was started in, where the log says it.
std::filesystem::path graph_file(const RunHead& head) {
  std::error_code none;
  return std::filesystem::weakly_canonical(std::filesystem::path(head.folder) / head.graph, none);
}

}  // namespace

std::vector<std::string> run_ids(const Store& store) {
  std::vector<std::string> ids;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(store.runs(), none))
    ids.push_back(entry.path().filename().string());
  std::sort(ids.rbegin(), ids.rend());  // they begin with the time
  return ids;
}

std::optional<RunHead> run_head(const Store& store, const std::string& run) {
  std::ifstream log(store.runs() / run / "events.jsonl");
  std::string line;
  if (!std::getline(log, line)) return std::nullopt;
  const Json first = parsed(line);
  if (first.value("ev", "") != "run") return std::nullopt;
  const Json last = last_event(log);
  RunHead head;
  head.run = run;
  head.graph = bytes_of(first.value("graph", ""));
  head.folder = bytes_of(first.value("folder", ""));
  head.title = first.value("title", "");
  head.started = first.value("t", 0.0);
  head.nodes = first.value("nodes", Json::array()).size();
  head.last = last.value("t", head.started);
  head.status = last.value("ev", "") == "end"                     ? last.value("status", "")
                : has_writer(store.runs() / run / "events.jsonl") ? "running"
                                                                  : kInterrupted;
  return head;
}

std::string newest_run(const Store& store, const std::filesystem::path& graph) {
  constexpr size_t kMostLooked = 100;
  const auto wanted = std::filesystem::weakly_canonical(graph);
  size_t looked = 0;
  for (const auto& id : run_ids(store)) {
    if (++looked > kMostLooked) break;
    if (const auto head = run_head(store, id); head && graph_file(*head) == wanted) return id;
  }
  return "";
}

}  // namespace retort

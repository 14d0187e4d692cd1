#include "cli/runs/run_list.h"

#include <algorithm>
#include <fstream>

#include "core/json_read.h"
#include "core/json_skim.h"
#include "core/system_text.h"
#include "events/event_log.h"

namespace retort {
namespace {

constexpr std::streamoff kTail = 1 << 16;  // bytes that hold the last event

Json parsed(const std::string& line) {
  Json event = parsed_json(line);
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

}  // namespace

std::filesystem::path path_of_graph(const std::filesystem::path& graph) {
  std::error_code failed;
  const auto absolute = std::filesystem::absolute(graph, failed).lexically_normal();
  const auto path = std::filesystem::weakly_canonical(absolute, failed);
  return failed ? absolute : path;
}

std::filesystem::path graph_of_run(const Store& store, const std::string& run) {
  std::ifstream log(store.runs() / run / kEventsFile);
  std::string line;
  if (!std::getline(log, line)) return {};
  std::string folder, graph;
  for (JsonSkim event(line); event.next();) {
    if (event.name() == "folder") folder = JsonSkim::text(event.value()).value_or("");
    if (event.name() == "graph") graph = JsonSkim::text(event.value()).value_or("");
  }
  if (graph.empty()) return {};
  // Of the folder the run was started in, where the log says it.
  return path_of_graph(std::filesystem::path(folder) / graph);
}

std::vector<std::string> run_ids(const Store& store) {
  std::vector<std::string> ids;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(store.runs(), none))
    ids.push_back(entry.path().filename().string());
  std::sort(ids.rbegin(), ids.rend());  // they begin with the time
  return ids;
}

std::optional<RunHead> run_head(const Store& store, const std::string& run) {
  const auto id = RunId::read(run);
  std::error_code none;
  if (!id || !std::filesystem::is_regular_file(store.run(*id) / kEventsFile, none)) return std::nullopt;
  std::ifstream log(store.run(*id) / kEventsFile);
  std::string line;
  if (!std::getline(log, line)) return std::nullopt;
  const Json first = parsed(line);
  if (text_in(first, "ev") != "run") return std::nullopt;
  const Json last = last_event(log);
  RunHead head;
  head.run = run;
  head.graph = bytes_of(text_in(first, "graph"));
  head.folder = bytes_of(text_in(first, "folder"));
  head.title = text_in(first, "title");
  head.started = number_in(first, "t");
  head.nodes = list_in(first, "nodes").size();
  head.last = number_in(last, "t", head.started);
  head.status = text_in(last, "ev") == "end"               ? text_in(last, "status")
                : has_writer(store.run(*id) / kEventsFile) ? "running"
                                                           : kInterrupted;
  return head;
}

std::string newest_run(const Store& store, const std::filesystem::path& graph) {
  const auto wanted = path_of_graph(graph);
  for (const auto& id : run_ids(store))
    if (graph_of_run(store, id) == wanted) return id;
  return "";
}

}  // namespace retort

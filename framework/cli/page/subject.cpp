#include "cli/page/subject.h"

#include <chrono>
#include <map>
#include <set>

#include "cli/runs/last_runs.h"
#include "cli/runs/run_list.h"
#include "cli/runs/run_view.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json_read.h"
#include "core/nearest.h"
#include "events/event_log.h"
#include "graph/resolved.h"
#include "plan/why.h"
#include "report/curves.h"
#include "report/nodes.h"
#include "report/resolved_graph.h"
#include "sched/job.h"
#include "sched/opening.h"
#include "tables/write.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

std::string command_of(const Json& words) {
  std::string text = "retort run";
  for (const auto& word : words)
    if (word.is_string()) text += " " + shell_word(word.get<std::string>());
  return text;
}

/// What the log of a run says, as far as it is written.
void read_run(const fs::path& log, Subject& subject) {
  each_event(log, [&](Json&& event) {
    subject.state.apply(event);
    subject.seen = whole_in(event, "seq", subject.seen);
    if (event["ev"] != "run") return;
    subject.folder = text_in(event, "folder");
    subject.command =
        event.contains("command") ? command_of(event["command"]) : command_of(Json::array({text_in(event, "graph")}));
  });
  if (subject.state.status == "running" && !has_writer(log)) subject.state.status = kInterrupted;
}

NodeView planned_view(const Plan& plan, size_t node) {
  const GraphNode& graph_node = plan.graph().nodes[node];
  NodeView view;
  view.name = graph_node.name;
  view.type = graph_node.manifest->spec.type;
  view.status = first_status(plan.at(node).state);
  view.key = plan.at(node).key;
  view.predicted = plan.at(node).seconds;
  view.after = sources_of(graph_node);
  return view;
}

/// What the newest run adds to a node's plan: when and where it was computed, how it failed, that it is going on. Not
/// if the run was about something else, or if the result was collected since.
void add_run(const NodeView& then, NodeView& now) {
  const bool same = now.key.empty() || then.key.empty() || now.key == then.key;
  const bool there = now.status == NodeStatus::hit, was_there = then.status == NodeStatus::done;
  if (!same || then.status == NodeStatus::hit || (was_there && !there)) return;
  const bool went_wrong =
      then.status == NodeStatus::failed || then.status == NodeStatus::skipped || then.status == NodeStatus::cancelled;
  if (went_wrong && there) return;  // another run computed it since
  const auto after = std::move(now.after);
  const auto key = now.key;
  now = then;
  now.after = after;
  if (!key.empty()) now.key = key;
}

Json tables_json(const Session& session) {
  const TableSource source{session.plan, session.store, failures_of(session.plan, session.store)};
  return to_json(make_tables(source, session.graph.tables));
}

void add_newest_run(const Session& session, Subject& subject) {
  const std::string run = newest_run(session.store, session.graph.file);
  if (run.empty()) return;
  Subject last;
  read_run(session.store.run(run) / kEventsFile, last);
  std::map<std::string, const NodeView*> by_name;
  for (const auto& node : last.state.nodes) by_name[node.name] = &node;
  bool changed = by_name.size() != subject.state.nodes.size();
  for (auto& node : subject.state.nodes) {
    const auto then = by_name.find(node.name);
    changed = changed || then == by_name.end() || then->second->after != node.after;
    if (then != by_name.end()) add_run(*then->second, node);
  }
  RunState& state = subject.state;
  state.run = run;
  state.started = last.state.started;
  state.last = last.state.last;
  state.status = changed ? "changed since" : last.state.status;
  std::set<std::string> there;  // what these carry is in their records
  for (const auto& node : state.nodes)
    if (node.status == NodeStatus::hit || node.status == NodeStatus::done) there.insert(node.name);
  for (const auto& one : last.state.warnings)
    if (there.count(one.node) == 0) state.warnings.push_back(one);
  subject.seen = last.seen;
}

}  // namespace

std::optional<Subject> subject_of_graph(const GraphOptions& asked) {
  GraphOptions options = asked;
  options.shows_only = true;
  const auto session = Session::open(options);
  if (!session) return std::nullopt;
  Subject subject;
  subject.state.graph = session->graph.file;
  subject.state.title = session->graph.title;
  for (size_t i = 0; i < session->plan.size(); ++i) {
    subject.state.nodes.push_back(planned_view(session->plan, i));
    const bool open = is_open(session->plan.at(i).state);
    subject.why.push_back(open ? one_line(own_reasons(session->plan, i, session->sources))
                               : one_line(why(session->plan, i, session->sources, session->names.results())));
    subject.records.push_back(session->plan.at(i).record ? std::optional(session->plan.whole_record(i)) : std::nullopt);
    if (open) subject.state.nodes.back().reason = subject.why.back();
  }
  subject.state.warnings = warnings_of(session->plan);
  add_newest_run(*session, subject);
  Json words = Json::array({options.graph});
  for (const auto& set : options.sets) words.push_back("--set"), words.push_back(set);
  for (const auto& sweep : options.sweeps) words.push_back("--sweep"), words.push_back(sweep);
  if (options.add_seeds > 0) words.push_back("--add-seeds"), words.push_back(std::to_string(options.add_seeds));
  if (!options.device.empty()) words.push_back("--device"), words.push_back(options.device);
  subject.command = command_of(words);
  subject.folder = fs::current_path().string();
  subject.resolved = Json::parse(resolved_text(session->graph));
  subject.tables = tables_json(*session);
  return subject;
}

Subject subject_of_run(const Store& store, const std::string& run) {
  const fs::path folder = store.run(run);
  Subject subject;
  read_run(folder / kEventsFile, subject);
  subject.resolved = resolved_graph(folder / kGraphFile);
  if (is_there(folder / kTablesFile))
    subject.tables = parsed_json(read_file(folder / kTablesFile, ErrorKind::data, kLongestText));
  if (!subject.tables.is_array()) subject.tables = Json::array();
  subject.records = records_of(subject.state, store);
  for (const auto& node : subject.state.nodes) subject.why.push_back(node.reason);
  return subject;
}

bool names_a_run(const Store& store, const std::string& name) {
  std::error_code none;
  if (fs::is_regular_file(name, none)) return false;
  const bool plain = !name.empty() && name.find('/') == std::string::npos && name != "." && name != "..";
  if (plain && fs::exists(store.runs() / name / kEventsFile, none)) return true;
  const std::string near = nearest(name, run_ids(store));
  throw Error(ErrorKind::user, "\"" + name + "\" is neither a graph file nor a run of " + store.root().string() +
                                   (near.empty() ? "" : "; " + did_you_mean(near)));
}

Json page_part(const std::string& id, const Subject& subject, const Store& store, const SheetLimits& limits) {
  if (id == "details") return details_json(subject);
  if (id == "curves") return curves_json(subject, store);
  if (id == "sheets") return sheets_json(subject, store, limits);
  if (id == "tables") return subject.tables;
  if (id != "data") return nullptr;
  Json data = overview_json(subject);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  data["made"] = std::chrono::duration<double>(now).count();
  data["store"] = store.root().string();
  data["version"] = RETORT_VERSION;
  return data;
}

PageParts page_parts(const Subject& subject, const Store& store, const SheetLimits& limits) {
  PageParts parts;
  for (const char* id : {"data", "details", "curves", "sheets"})
    parts.emplace_back(id, page_part(id, subject, store, limits));
  return parts;
}

}  // namespace retort

#include "cli/results/result_name.h"

#include <algorithm>
#include <iostream>
#include <set>

#include "cli/results/results.h"
#include "cli/runs/command_file.h"
#include "cli/runs/run_list.h"
#include "cli/session/session.h"
#include "core/error.h"
#include "core/files.h"
#include "core/hex.h"
#include "core/nearest.h"
#include "events/event_log.h"
#include "sched/job.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr size_t kShortestPrefix = 4;

std::string node_of(const Record& record) { return record.about.value("node", ""); }

/// Whether the graph's files say something else now than when the run read them.
bool changed_since(const Store& store, const std::string& run) {
  try {
    for (const auto& [file, text] : kept_command(store, run).texts)
      if (read_file(file) != text) return true;
  } catch (const std::exception&) {  // gone, or a run of before commands were kept: nothing to compare
  }
  return false;
}

}  // namespace

/// One of the results that a name may stand for.
struct ResultNames::Meaning {
  std::string words;              ///< how to name it alone: "a.json images"
  std::string about;              ///< of which run, when
  std::optional<Record> record;   ///< nothing where the node has no result
  std::optional<NodeInRun> node;  ///< if it is of a run

  std::string line() const {
    return "\n  " + words + "   " + about + (record ? ", key " + record->key.substr(0, 12) : "");
  }
};

namespace {

std::string about_run(const NodeInRun& node) {
  return (node.key.empty() ? node.reason + " in run " : "run ") + node.run + ", " + time_text(node.time);
}

}  // namespace

ResultNames::ResultNames(const Store& store) : store_(store), graphs_(runs_by_graph(store)) {}

const GraphRuns* ResultNames::runs_of(const std::string& graph) const {
  const fs::path wanted = path_of_graph(graph);
  for (const auto& one : graphs_)
    if (one.graph == wanted) return &one;
  return nullptr;
}

bool ResultNames::is_graph(const std::string& word) const {
  std::error_code none;
  if (word.find_first_of("./") == std::string::npos) return false;  // the name of a node, whatever files are here
  return fs::is_regular_file(word, none) || runs_of(word);
}

Record ResultNames::find(const Words& words) const {
  return words.size() == 1 ? must_find("", words[0]) : must_find(words.at(0), words.at(1));
}

NamedResult ResultNames::find_output(const Words& words) const {
  const std::string graph = words.size() == 1 ? "" : words.at(0), &name = words.back();
  if (auto record = look(graph, name)) return {std::move(*record), ""};
  // Values of axes have points too: "score{lr=0.1}.metrics".
  const size_t dot = name.rfind('.'), brace = name.rfind('}');
  if (dot != std::string::npos && (brace == std::string::npos || brace < dot))
    if (auto record = look(graph, name.substr(0, dot))) return {std::move(*record), name.substr(dot + 1)};
  unknown(graph, name);
}

std::vector<Record> ResultNames::find_all(const Words& words) const {
  std::vector<Record> records;
  std::string graph;
  for (const auto& word : words) {
    const bool last = &word == &words.back();
    if (is_graph(word) && !last)
      graph = word;
    else
      records.push_back(must_find(graph, word));
  }
  return records;
}

Record ResultNames::must_find(const std::string& graph, const std::string& name) const {
  if (auto record = look(graph, name)) return std::move(*record);
  unknown(graph, name);
}

std::optional<Record> ResultNames::look(const std::string& graph, const std::string& name) const {
  if (!graph.empty()) return in_graph(graph, name);
  if (auto record = by_name(name)) return record;
  if (auto record = in_run(name)) return record;
  return by_key(name);
}

std::vector<ResultNames::Meaning> ResultNames::before(const GraphRuns& graph, const std::string& name) const {
  constexpr size_t kMostShown = 3;
  std::vector<Meaning> all;
  std::set<std::string> keys;
  for (const auto& run : graph.runs) {
    if (all.size() == kMostShown) break;
    const auto node = node_in_run(store_, run, name);
    if (!node || node->key.empty() || keys.count(node->key)) continue;
    if (auto record = store_.find(node->key)) {
      keys.insert(node->key);
      all.push_back({shell_word(run + "/" + node->node), about_run(*node), std::move(record), node});
    }
  }
  return all;
}

std::optional<Record> ResultNames::in_graph(const std::string& graph, const std::string& name) const {
  const GraphRuns* runs = runs_of(graph);
  const auto node = runs ? node_in_graph(store_, *runs, name) : std::nullopt;
  if (!node) return planned(graph, name);
  if (auto record = node->key.empty() ? std::nullopt : store_.find(node->key)) {
    if (changed_since(store_, node->run))
      std::cerr << graph << " was changed since run " << node->run << ": this is the result of that run\n";
    return record;
  }
  std::string text = "\"" + name + "\" of " + graph + " has no result: it is " + node->reason + " in run " + node->run;
  const auto earlier = before(*runs, name);
  if (!earlier.empty()) text += "; results it had before:";
  for (const auto& one : earlier) text += one.line();
  throw Error(ErrorKind::user, text);
}

/// Of a graph that this store never ran, or a node it did not have then: the result may be there all the same.
std::optional<Record> ResultNames::planned(const std::string& graph, const std::string& name) const {
  std::error_code none;
  if (!fs::is_regular_file(graph, none)) return std::nullopt;
  GraphOptions options;
  options.graph = graph;
  options.store = store_.root().string();
  options.shows_only = true;
  const auto session = Session::open(options);
  if (!session) throw Error(ErrorKind::user, graph + " cannot be used");
  const auto node = session->find_node(name);
  if (!node) return std::nullopt;
  if (session->plan.at(*node).state == PlanState::hit) return session->plan.whole_record(*node);
  throw Error(ErrorKind::user, "\"" + name + "\" of " + graph + " has no result yet: retort run " + shell_word(graph));
}

std::vector<ResultNames::Meaning> ResultNames::in_all_graphs(const std::string& name) const {
  std::vector<Meaning> all;
  for (const auto& graph : graphs_) {
    auto node = node_in_graph(store_, graph, name);
    if (!node) continue;
    Meaning one{shell_word(typed_path(graph.graph)) + " " + shell_word(node->node), "", std::nullopt, node};
    if (!node->key.empty()) one.record = store_.find(node->key);
    if (!one.record) node->key.clear();
    one.about = about_run(*node);
    all.push_back(std::move(one));
  }
  return all;
}

/// Results that no run of this store made: imported, of a parent, or of a run that is gone.
std::vector<ResultNames::Meaning> ResultNames::made_elsewhere(const std::string& name) const {
  const auto runs = run_ids(store_);
  const std::set<std::string> here(runs.begin(), runs.end());
  std::vector<Meaning> all;
  for (auto& record : all_results(store_)) {
    if (node_of(record) != name || here.count(record.about.value("run", ""))) continue;
    std::string about = "made " + record.about.value("created", "") + " on " + record.about.value("host", "?");
    if (record.about.contains("imported")) about += ", imported";
    if (!record.from.empty()) about += ", in " + record.from;
    all.push_back({record.key.substr(0, 12), about, std::move(record), std::nullopt});
  }
  return all;
}

std::optional<Record> ResultNames::by_name(const std::string& name) const {
  std::vector<Meaning> all = in_all_graphs(name);
  const bool of_a_run = !all.empty();  // then those of parents, and of runs that are gone, are not meant
  for (auto& one : made_elsewhere(name))
    if (!of_a_run || one.record->about.contains("imported")) all.push_back(std::move(one));
  std::set<std::string> keys;
  for (const auto& one : all) keys.insert(one.record ? one.record->key.text() : "");
  if (keys.size() == 1 && !keys.count("")) return all.front().record;
  if (all.size() == 1) {  // one node, without a result
    std::string text = "\"" + name + "\" has no result: " + all.front().about;
    for (const auto& graph : graphs_)
      if (std::count(graph.runs.begin(), graph.runs.end(), all.front().node->run))
        for (const auto& one : before(graph, name)) text += one.line();
    throw Error(ErrorKind::user, text);
  }
  if (all.size() > 1) {
    std::string text = "\"" + name + "\" may mean:";
    for (const auto& one : all) text += one.line();
    throw Error(ErrorKind::user, text + "\nsay which, by the words a line begins with");
  }
  for (const auto& graph : graphs_)
    for (const auto& one : before(graph, name)) all.push_back(one);
  if (all.empty()) return std::nullopt;
  std::string text = "no graph has a node \"" + name + "\" in its newest run; earlier ones had:";
  for (const auto& one : all) text += one.line();
  throw Error(ErrorKind::user, text);
}

std::optional<Record> ResultNames::in_run(const std::string& name) const {
  const size_t slash = name.find('/');
  if (slash == std::string::npos || slash == 0) return std::nullopt;
  std::vector<Meaning> all;
  for (const auto& run : run_ids(store_)) {
    if (run.rfind(name.substr(0, slash), 0) != 0) continue;
    const auto node = node_in_run(store_, run, name.substr(slash + 1));
    if (!node) continue;
    all.push_back({shell_word(run + "/" + node->node), about_run(*node), std::nullopt, node});
    if (!node->key.empty()) all.back().record = store_.find(node->key);
    if (run == name.substr(0, slash)) {
      all = {all.back()};
      break;
    }
  }
  if (all.empty()) return std::nullopt;
  std::set<std::string> keys;
  for (const auto& one : all) keys.insert(one.record ? one.record->key.text() : "");
  if (keys.size() == 1 && !keys.count("")) return all.front().record;
  std::string text = all.size() == 1 ? "\"" + name + "\" has no result:" : "\"" + name + "\" may mean:";
  for (const auto& one : all) text += one.line();
  throw Error(ErrorKind::user, text);
}

std::optional<Record> ResultNames::by_key(const std::string& digits) const {
  if (digits.size() < kShortestPrefix || !is_hex(digits)) return std::nullopt;
  std::vector<std::string> keys;
  for (const auto& key : all_keys(store_))
    if (key.rfind(digits, 0) == 0) keys.push_back(key);
  if (keys.empty()) return std::nullopt;
  if (keys.size() == 1) return store_.find(keys[0]);
  std::string text = std::to_string(keys.size()) + " keys begin with " + digits + "; give more digits:";
  for (const auto& key : keys)
    if (const auto record = store_.find(key))
      text += "\n  " + key.substr(0, std::max<size_t>(12, digits.size() + 4)) + "   " + node_of(*record) + ", made " +
              record->about.value("created", "");
  throw Error(ErrorKind::user, text);
}

void ResultNames::unknown(const std::string& graph, const std::string& name) const {
  std::vector<std::string> names;
  const GraphRuns* only = graph.empty() ? nullptr : runs_of(graph);
  for (const auto& one : graphs_)
    if ((graph.empty() || &one == only) && !one.runs.empty())
      for (const auto& node : fold(read_events(store_.runs() / one.runs.front() / kEventsFile)).nodes)
        names.push_back(node.name);
  if (graph.empty())
    for (const auto& record : all_results(store_)) names.push_back(node_of(record));
  const std::string near = nearest(name, names);
  std::error_code none;
  if (graph.empty() && fs::is_regular_file(name, none))
    throw Error(ErrorKind::user, "\"" + name + "\" is a graph; name one of its nodes behind it");
  if (!graph.empty() && !only && !fs::is_regular_file(graph, none))
    throw Error(ErrorKind::user,
                "there is no graph " + graph + ", and " + store_.root().string() + " has no run of it");
  const std::string who = graph.empty() ? store_.root().string() + " has no result" : graph + " has no node";
  throw Error(ErrorKind::user,
              who + " \"" + name + "\"" +
                  (near.empty() ? graph.empty() ? "; retort ls lists them" : "; retort ls " + graph + " lists them"
                                : "; " + did_you_mean(near)));
}

}  // namespace retort

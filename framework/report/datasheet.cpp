#include "report/datasheet.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "core/error.h"
#include "core/files.h"
#include "core/json_read.h"
#include "events/event_log.h"
#include "events/run_state.h"
#include "report/resolved_graph.h"

namespace retort {
namespace {

/// "scores{lr=0.1}.out" → node and port; values of a cell may hold dots, ports hold none.
std::pair<std::string, std::string> split(const std::string& link) {
  const auto dot = link.rfind('.');
  return {link.substr(0, dot), link.substr(dot + 1)};
}

/// Letters, digits, _ and - of a name: what a graph calls its nodes.
std::string plain_name(const std::string& name) {
  std::string plain;
  for (const char c : name) {
    const bool fits = std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
    if (fits)
      plain += c;
    else if (!plain.empty() && plain.back() != '_')
      plain += '_';
  }
  while (!plain.empty() && plain.back() == '_') plain.pop_back();
  return plain.empty() ? "node" : plain;
}

class Sheet {
 public:
  Sheet(const Store& store, const Record& record, const TakesList& takes_list)
      : store_(store), record_(record), takes_list_(takes_list) {}

  /// The graph's nodes; throws Error with the reason if it is not known.
  Json nodes() {
    read_run();
    collect(text_in(record_.about, "node"));
    give_names();
    Json nodes = Json::object();
    for (const auto& [name, own] : names_) nodes[own] = node_json(resolved_[name]);
    return nodes;
  }

  /// By the names of `nodes`: what each was made from, as its key text and record say.
  Json made() const {
    Json made = Json::object();
    for (const auto& [name, own] : names_) {
      const NodeView* view = state_.find(name);
      const auto record = name == text_in(record_.about, "node") ? std::optional<Record>(record_)
                          : view && !view->key.empty()           ? store_.find(view->key)
                                                                 : std::nullopt;
      Json& one = made[own] = Json::object();
      if (own != name) one["name"] = name;
      if (record) one["key"] = record->key, one["key_text"] = record->key_text, one["about"] = record->about;
    }
    return made;
  }

  const std::string& title() const { return state_.title; }
  std::string name() const { return names_.at(text_in(record_.about, "node")); }

 private:
  void read_run() {
    const std::string run = text_in(record_.about, "run"), node = text_in(record_.about, "node");
    const auto id = RunId::read(run);
    if (!id || !is_there(store_.run(*id) / kGraphFile))
      throw Error(ErrorKind::data, "the run that made it (" + run + ") is not in this store: its graph is not known");
    const auto folder = store_.run(*id);
    std::string problem;
    Json graph = resolved_graph(folder / kGraphFile, &problem);
    if (!graph["nodes"].contains(node))
      throw Error(ErrorKind::data, "graph.json of run " + run + " has no node \"" + node + "\"" +
                                       (problem.empty() ? "" : "; " + problem));
    resolved_ = std::move(graph["nodes"]);
    state_ = fold_log(folder / kEventsFile);
  }

  /// A node and all above it.
  void collect(const std::string& name) {
    std::vector<std::string> queue = {name};
    while (!queue.empty()) {
      const std::string one = std::move(queue.back());
      queue.pop_back();
      if (!names_.emplace(one, "").second) continue;
      for (const auto& [port, links] : resolved_.at(one).at("inputs").items())
        for (const auto& link : links) queue.push_back(split(link.get<std::string>()).first);
    }
  }

  /// The name before multiplication, where one node has it; else its own, made plain.
  void give_names() {
    std::map<std::string, int> bases;
    for (const auto& [name, own] : names_) ++bases[resolved_[name].value("base", name)];
    std::set<std::string> taken;
    for (auto& [name, own] : names_) {
      const std::string base = resolved_[name].value("base", name);
      own = plain_name(bases[base] == 1 ? base : name);
      for (int more = 2; !taken.insert(own).second; ++more) own = plain_name(name) + "_" + std::to_string(more);
    }
  }

  Json node_json(Json node) const {
    node.erase("base");
    node.erase("cell");
    const Json inputs = std::move(node["inputs"]);
    node["inputs"] = Json::object();
    for (const auto& [port, links] : inputs.items()) {
      const auto dot = port.rfind('.');
      Json& owner = dot == std::string::npos ? node : component(node, port.substr(0, dot));
      const std::string own = dot == std::string::npos ? port : port.substr(dot + 1);
      owner["inputs"][own] = links_json(links, takes_list_(owner.value("type", ""), own));
    }
    return node;
  }

  /// The component at "init" or "losses[1].view" of a node's parameters.
  static Json& component(Json& node, const std::string& path) {
    std::string pointer = "/params/";
    for (const char c : path)
      if (c == '.' || c == '[')
        pointer += '/';
      else if (c != ']')
        pointer += c;
    return node.at(Json::json_pointer(pointer));
  }

  Json links_json(const Json& links, bool list) const {
    Json all = Json::array();
    for (const auto& link : links) {
      const auto [name, port] = split(link.get<std::string>());
      all.push_back(names_.at(name) + "." + port);
    }
    return list || all.size() != 1 ? all : all[0];
  }

  const Store& store_;
  const Record& record_;
  const TakesList& takes_list_;
  Json resolved_;
  RunState state_;
  std::map<std::string, std::string> names_;  ///< node of the run → its name here
};

Json digests_json(const Record& record) {
  Json outputs = Json::object();
  for (const auto& [port, output] : record.outputs) {
    Json files = Json::object();
    for (const auto& file : output.files) files[file.name] = file.digest;
    outputs[port] = {{"kind", output.kind}, {"digest", output.digest}, {"files", files}};
  }
  return outputs;
}

}  // namespace

Json datasheet_json(const Store& store, const Record& record, const std::string& version, const TakesList& takes_list) {
  Json about = {{"format", 1}, {"retort", version}};
  about["result"] = {{"key", record.key}, {"outputs", digests_json(record)}};
  Json sheet = {{"retort", 1}, {"nodes", Json::object()}};
  Sheet made(store, record, takes_list);
  try {
    sheet["nodes"] = made.nodes();
    sheet["title"] = made.title();
    sheet["description"] = "How \"" + made.name() + "\" was made. retort run makes it again: equal keys, equal bytes.";
    about["node"] = made.name();
    about["made"] = made.made();
  } catch (const std::exception& error) {
    sheet["nodes"] = Json::object();
    about["problem"] = error.what();
    about["made"] = {
        {text_in(record.about, "node"), {{"key", record.key}, {"key_text", record.key_text}, {"about", record.about}}}};
  }
  sheet["datasheet"] = about;
  return sheet;
}

}  // namespace retort

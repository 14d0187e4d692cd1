#include "graph/read.h"

#include <algorithm>
#include <unordered_set>

#include "graph/document.h"
#include "graph/expand.h"
#include "graph/keys.h"
#include "graph/let.h"
#include "graph/links.h"
#include "graph/no_effect.h"
#include "graph/tables.h"

namespace retort {
namespace {

void check_version(Reading& reading, const MarkedJson& document) {
  const auto version = document.value.find("retort");
  if (version == document.value.end())
    reading.error(document.marks.value, "the graph does not say its version",
                  "begin it with \"retort\": " + std::to_string(kGraphVersion));
  else if (*version != kGraphVersion)
    reading.error(document.marks.at("retort").value,
                  "\"retort\" is " + version->dump() + ", this Retort reads version " + std::to_string(kGraphVersion));
}

std::string text_of(Reading& reading, const MarkedJson& document, const std::string& name) {
  const auto found = document.value.find(name);
  if (found == document.value.end()) return "";
  if (found->is_string()) return *found;
  reading.error(document.marks.at(name).value, in_quotes(name) + " expects string, got " + shown(*found));
  return "";
}

bool is_name(const std::string& name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
}

/// Takes the nodes out of the document, in the order they were written.
std::vector<NodeText> take_nodes(Reading& reading, Json& nodes, Marks& marks) {
  struct Member {
    Mark at;
    const std::string* name;
    Json* value;
    Marks* marks;  ///< null where only those of all nodes are known
  };
  std::vector<Member> members;
  members.reserve(nodes.size());
  for (auto& [name, value] : nodes.get_ref<Json::object_t&>()) {
    Marks* own = marks.find(name);
    members.push_back({own ? own->key : marks.key, &name, &value, own});
  }
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
    return a.at.source != b.at.source ? a.at.source < b.at.source : a.at.offset < b.at.offset;
  });
  std::vector<NodeText> texts;
  texts.reserve(members.size());
  for (const Member& one : members) {
    texts.push_back(
        {*one.name,
         {std::move(*one.value), one.marks ? std::move(*one.marks) : Marks{*one.name, marks.key, marks.value, {}}}});
    if (!is_name(*one.name))
      reading.error(one.at, in_quotes(*one.name) + " cannot be the name of a node",
                    "names are of letters, digits, _ and -");
  }
  return texts;
}

void add_new(std::vector<std::string>& all, std::unordered_set<std::string>& known, const std::string& one) {
  if (known.insert(one).second) all.push_back(one);
}

std::vector<GraphAxis> axes_of(const Sweep& sweep) {
  std::vector<GraphAxis> all;
  for (const auto& axis : sweep.axes) {
    auto found = std::find_if(all.begin(), all.end(), [&](const GraphAxis& one) { return one.name == axis.name; });
    if (found == all.end()) found = all.insert(all.end(), {axis.name, {}, axis.values[axis.baseline].name, {}});
    std::unordered_set<std::string> values(found->values.begin(), found->values.end());
    std::unordered_set<std::string> paths(found->paths.begin(), found->paths.end());
    for (const auto& value : axis.values) {
      add_new(found->values, values, value.name);
      for (const auto& change : value.changes)
        add_new(found->paths, paths, change.setting.node + "." + path_text(change.setting.steps));
    }
  }
  return all;
}

}  // namespace

std::vector<size_t> sources_of(const GraphNode& node) {
  std::vector<size_t> sources;
  for (const auto& [port, links] : node.inputs)
    for (const auto& link : links) sources.push_back(link.node);
  std::sort(sources.begin(), sources.end());
  sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
  return sources;
}

const GraphNode* Graph::find(const std::string& name) const {
  const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const GraphNode& one) { return one.name == name; });
  return found == nodes.end() ? nullptr : &*found;
}

Graph read_graph(const std::string& file, const Catalog& catalog, const ReadOptions& options,
                 Diagnostics& diagnostics) {
  Graph graph;
  graph.file = file;
  Reading reading{catalog, options, diagnostics};
  MarkedJson document;
  if (!read_document(reading, file, document)) return graph;
  graph.files = std::move(reading.files);
  graph.texts = std::move(reading.read);
  apply_options(reading, document);
  check_version(reading, document);
  refuse_unknown(reading, document, kGraphKeys, "the graph");
  for (const char* name : {"$schema", "description"}) text_of(reading, document, name);
  graph.title = text_of(reading, document, "title");
  Inherited inherited;
  read_settings(reading, document, "the graph", inherited);
  for (const char* name : {"seed", "device", "precision", "threads"})
    if (document.value.contains(name)) graph.settings[name] = reading.place(document.marks.at(name).value);

  const Lets lets = Lets::resolve(reading, document);
  const auto nodes = document.value.find("nodes");
  if (nodes == document.value.end() || !nodes->is_object()) {
    const bool absent = nodes == document.value.end();
    reading.error(absent ? document.marks.value : document.marks.at("nodes").value,
                  absent ? "the graph has no \"nodes\"" : "\"nodes\" expects object, got " + shown(*nodes));
    return graph;
  }
  const Sweep sweep = read_sweep(reading, document, *nodes, lets);
  std::vector<NodeText> texts = take_nodes(reading, *nodes, document.marks.make("nodes"));
  graph.nodes = expand(reading, std::move(texts), sweep, inherited);
  graph.lacks_plugins = reading.lacks_plugins;
  check_links(reading, graph.nodes);
  if (!sweep.replicate.empty()) graph.replicates.push_back(sweep.replicate);
  graph.cells = sweep.cells.size();
  graph.axes = axes_of(sweep);
  graph.tables = read_tables(reading, document, sweep, graph.nodes);
  if (!diagnostics.has_errors()) warn_of_no_effect(reading, document, lets, sweep, graph.nodes, file);
  return graph;
}

}  // namespace retort

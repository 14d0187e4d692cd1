#include "report/resolved_graph.h"

#include "core/files.h"
#include "core/json_read.h"

namespace retort {
namespace {

std::string problem_with_links(const Json& node) {
  for (const auto& [port, links] : object_in(node, "inputs").items()) {
    if (!links.is_array()) return "input " + Json(port).dump() + " is no list";
    for (const auto& link : links)
      if (!link.is_string()) return "input " + Json(port).dump() + " has a link that is no text";
  }
  return "";
}

std::string problem_with_node(const Json& node) {
  const std::string problem = problem_with(node, {{"type", FieldRule::text},
                                                  {"base", FieldRule::text},
                                                  {"cell", FieldRule::object},
                                                  {"inputs", FieldRule::object, true},
                                                  {"params", FieldRule::object}});
  return problem.empty() ? problem_with_links(node) : problem;
}

}  // namespace

Json resolved_graph(const std::filesystem::path& file, std::string* problem) {
  Json graph = is_there(file) ? parsed_json(read_file(file, ErrorKind::data, kLongestText)) : Json();
  if (!graph.is_object()) graph = Json::object();
  Json nodes = Json::object();
  for (const auto& [name, node] : object_in(graph, "nodes").items()) {
    const std::string wrong = problem_with_node(node);
    if (wrong.empty()) nodes[name] = node;
    if (!wrong.empty() && problem && problem->empty())
      *problem = file.string() + ": node " + Json(name).dump() + ": " + wrong;
  }
  graph["nodes"] = std::move(nodes);
  return graph;
}

}  // namespace retort

#include "graph/resolved.h"

namespace retort {
namespace {

Json links_of(const Graph& graph, const GraphNode& node) {
  Json inputs = Json::object();
  for (const auto& [port, links] : node.inputs) {
    Json& list = inputs[port] = Json::array();
    for (const auto& link : links) list.push_back(graph.nodes[link.node].name + "." + link.port);
  }
  return inputs;
}

bool is_random(const GraphNode& node) {
  bool random = node.manifest->spec.random;
  for (const auto& component : node.components) random = random || component.manifest->spec.random;
  return random;
}

std::string line_of(const Graph& graph, const GraphNode& node) {
  const Json place = {{"device", node.device}, {"precision", node.precision}, {"threads", node.threads}};
  std::string text = "{\"type\":" + Json(node.manifest->spec.type).dump();
  if (!node.cell.empty()) text += ",\"base\":" + Json(node.base).dump() + ",\"cell\":" + Json(node.cell).dump();
  text += ",\"params\":" + node.params.dump() + ",\"inputs\":" + links_of(graph, node).dump();
  if (is_random(node)) text += ",\"seed\":" + std::to_string(node.seed);
  const std::string rest = place.dump();
  text += "," + rest.substr(1, rest.size() - 2);
  if (node.timeout) text += ",\"timeout\":" + Json(*node.timeout).dump();
  return text + "}";
}

}  // namespace

std::string resolved_text(const Graph& graph) {
  std::string text = "{\"retort\":1,\"title\":" + Json(graph.title).dump() + ",\"nodes\":{";
  for (const auto& node : graph.nodes)
    text += (&node == &graph.nodes.front() ? "\n" : ",\n") + Json(node.name).dump() + ":" + line_of(graph, node);
  return text + "\n}}\n";
}

}  // namespace retort

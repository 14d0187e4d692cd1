#include "graph/resolved.h"

#include "core/json_write.h"
#include "graph/declares.h"

namespace retort {
namespace {

void append_links(std::string& text, const Graph& graph, const GraphNode& node) {
  text += '{';
  for (const auto& [port, links] : node.inputs) {
    if (text.back() != '{') text += ',';
    append_json(text, port);
    text += ":[";
    for (const auto& link : links) {
      if (&link != &links.front()) text += ',';
      append_json(text, graph.nodes[link.node].name + "." + link.port);
    }
    text += ']';
  }
  text += '}';
}

void append_line(std::string& text, const Graph& graph, const GraphNode& node) {
  text += "{\"type\":";
  append_json(text, node.manifest->spec.type);
  if (!node.cell.empty()) text += ",\"base\":" + Json(node.base).dump() + ",\"cell\":" + Json(node.cell).dump();
  text += ",\"params\":" + node.params.dump() + ",\"inputs\":";
  append_links(text, graph, node);
  if (declares(node, &PluginSpec::random)) text += ",\"seed\":" + std::to_string(node.seed);
  text += ",\"device\":";
  append_json(text, node.device);
  if (declares(node, &PluginSpec::numeric)) text += ",\"precision\":" + Json(node.precision).dump();
  text += ",\"threads\":" + std::to_string(node.threads);
  if (node.timeout) text += ",\"timeout\":" + Json(*node.timeout).dump();
  text += '}';
}

}  // namespace

std::string resolved_text(const Graph& graph) {
  std::string text = "{\"retort\":1,\"title\":" + Json(graph.title).dump() + ",\"nodes\":{";
  for (const auto& node : graph.nodes) {
    text += &node == &graph.nodes.front() ? "\n" : ",\n";
    append_json(text, node.name);
    text += ':';
    append_line(text, graph, node);
  }
  return text + "\n}}\n";
}

}  // namespace retort

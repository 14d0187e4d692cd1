#include "graph/links.h"

#include <algorithm>
#include <map>

namespace retort {
namespace {

bool accepts(const PortSpec& input, const std::string& kind) {
  return input.kind == kind || std::find(input.kinds.begin(), input.kinds.end(), kind) != input.kinds.end();
}

std::string accepted(const PortSpec& input) {
  std::string text = input.kind;
  for (const auto& kind : input.kinds) text += " or " + kind;
  return text;
}

bool may_read_test_data(const std::string& type) {
  return type.rfind("evaluate.", 0) == 0 || type.rfind("diagnose.", 0) == 0;
}

/// Something known about an artifact before it exists, and the output that said it first.
struct Fact {
  Json value;
  std::string origin;  ///< "data.train"
};
using Facts = std::map<std::string, Fact>;

class LinkChecker {
 public:
  LinkChecker(Reading& reading, std::vector<GraphNode>& nodes)
      : reading_(reading), nodes_(nodes), facts_(nodes.size()) {}

  void run() {
    for (size_t i = 0; i < nodes_.size(); ++i) {
      GraphNode& node = nodes_[i];
      if (!node.manifest) continue;
      for (auto& [port, links] : node.inputs) {
        const PortSpec* spec = input_spec(node, port);
        for (auto& link : links) check(node, port, *spec, link);
      }
      agree(node);
      state(i);
    }
  }

 private:
  std::string subject(const GraphNode& node, const std::string& port) const {
    return "node " + in_quotes(node.base) + " (" + node.manifest->spec.type + "): input " + in_quotes(port);
  }

  void error(const Link& link, const std::string& message, const std::string& hint = "") {
    reading_.diagnostics.error(link.place, message, hint);
  }

  void check(const GraphNode& node, const std::string& port, const PortSpec& input, Link& link) {
    const GraphNode& from = nodes_[link.node];
    if (!from.manifest) return;  // its type is unknown, which was said
    const PortSpec* output = link.port.empty() ? only_output(node, port, input, link) : named_output(node, port, link);
    if (!output) return;
    link.port = output->name;
    const std::string name = in_quotes(from.base + "." + output->name);
    if (!accepts(input, output->kind)) {
      std::vector<std::string> fitting;
      for (const auto& one : from.manifest->spec.outputs)
        if (accepts(input, one.kind)) fitting.push_back(in_quotes(from.base + "." + one.name));
      error(link, subject(node, port) + " takes " + accepted(input) + ", but " + name + " is " + output->kind,
            fitting.empty() ? "" : "write " + joined(fitting, " or "));
    } else if (output->held_out && !may_read_test_data(node.manifest->spec.type)) {
      error(link, subject(node, port) + " takes " + name + ", which is test data",
            "only evaluate.* and diagnose.* may read it; anything chosen by it would be chosen by the test set");
    }
  }

  const PortSpec* named_output(const GraphNode& node, const std::string& port, const Link& link) {
    const GraphNode& from = nodes_[link.node];
    const PortSpec* output = from.manifest->spec.output(link.port);
    if (!output)
      error(link,
            subject(node, port) + ": node " + in_quotes(from.base) + " (" + from.manifest->spec.type +
                ") has no output " + in_quotes(link.port),
            name_hint(link.port, choices(from.manifest->spec.outputs), "outputs"));
    return output;
  }

  const PortSpec* only_output(const GraphNode& node, const std::string& port, const PortSpec& input, const Link& link) {
    const GraphNode& from = nodes_[link.node];
    const PortSpec* found = nullptr;
    std::vector<std::string> fitting, all;
    for (const auto& output : from.manifest->spec.outputs) {
      all.push_back(in_quotes(output.name) + " (" + output.kind + ")");
      if (!accepts(input, output.kind)) continue;
      found = &output;
      fitting.push_back(in_quotes(from.base + "." + output.name));
    }
    if (fitting.size() == 1) return found;
    const std::string label = subject(node, port) + " takes " + accepted(input) + ", of which node " +
                              in_quotes(from.base) + " (" + from.manifest->spec.type + ") has ";
    if (fitting.empty())
      error(link, label + "none", all.empty() ? "it has no outputs" : "outputs: " + joined(all));
    else
      error(link, label + std::to_string(fitting.size()), "write " + joined(fitting, " or "));
    return nullptr;
  }

  const Facts* facts_behind(const Link& link) const {
    const auto found = facts_[link.node].find(link.port);
    return found == facts_[link.node].end() ? nullptr : &found->second;
  }

  /// The same fact from two inputs must have one value.
  void agree(const GraphNode& node) {
    struct Seen {
      const Fact* fact;
      const std::string* port;
    };
    std::map<std::string, Seen> seen;
    for (const auto& [port, links] : node.inputs)
      for (const auto& link : links) {
        const Facts* facts = facts_behind(link);
        if (!facts) continue;
        for (const auto& [name, fact] : *facts) {
          const auto [it, fresh] = seen.try_emplace(name, Seen{&fact, &port});
          const Fact& other = *it->second.fact;
          if (fresh || other.value == fact.value) continue;
          const std::string where =
              port == *it->second.port ? "but also " : "but " + in_quotes(*it->second.port) + " has ";
          error(link, subject(node, port) + " has " + name + " " + fact.value.dump() + " (from " +
                          in_quotes(fact.origin) + "), " + where + other.value.dump() + " (from " +
                          in_quotes(other.origin) + ")");
        }
      }
  }

  /// The facts of a node's outputs: what it states itself, else what the input it names knows.
  void state(size_t index) {
    const GraphNode& node = nodes_[index];
    for (const auto& output : node.manifest->spec.outputs) {
      Facts facts;
      for (const auto& [name, stated] : output.facts.items()) {
        Json value = stated;
        if (stated.is_object() && stated.contains("param"))
          value = node.params.value(stated["param"].get<std::string>(), Json());
        if (!value.is_null()) facts[name] = {std::move(value), node.base + "." + output.name};
      }
      const auto links = node.inputs.find(output.facts_of);
      if (links != node.inputs.end() && !links->second.empty())
        if (const Facts* passed = facts_behind(links->second.front())) facts.insert(passed->begin(), passed->end());
      if (!facts.empty()) facts_[index][output.name] = std::move(facts);
    }
  }

  Reading& reading_;
  std::vector<GraphNode>& nodes_;
  std::vector<std::map<std::string, Facts>> facts_;  ///< of each node by output
};

}  // namespace

const PortSpec* input_spec(const GraphNode& node, const std::string& port) {
  const size_t dot = port.rfind('.');
  if (dot == std::string::npos) return node.manifest->spec.input(port);
  for (const auto& component : node.components)
    if (port.compare(0, dot, component.path) == 0) return component.manifest->spec.input(port.substr(dot + 1));
  return nullptr;
}

void check_links(Reading& reading, std::vector<GraphNode>& nodes) { LinkChecker(reading, nodes).run(); }

}  // namespace retort

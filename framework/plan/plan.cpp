#include "plan/plan.h"

#include <algorithm>

#include "core/error.h"

namespace retort {

const char* name_of(PlanState state) {
  switch (state) {
    case PlanState::hit:
      return "hit";
    case PlanState::run:
      return "run";
    case PlanState::maybe:
      break;
  }
  return "maybe";
}

const StoredOutput& linked_output(const Graph& graph, const Link& link, const Record& producer) {
  const auto it = producer.outputs.find(link.port);
  if (it != producer.outputs.end()) return it->second;
  throw Error(ErrorKind::data,
              graph.nodes[link.node].name + " wrote no output \"" + link.port + "\" (" + to_string(link.place) + ")");
}

Plan::Plan(const Graph& graph, const Store& store, SourceDigests& sources, const Names& names)
    : graph_(graph),
      store_(store),
      sources_(sources),
      names_(names),
      nodes_(graph.nodes.size()),
      consumers_(graph.nodes.size()) {
  for (size_t i = 0; i < size(); ++i) {
    for (const auto& [port, links] : graph.nodes[i].inputs)
      for (const auto& link : links)
        if (consumers_[link.node].empty() || consumers_[link.node].back() != i) consumers_[link.node].push_back(i);
    look_up(i);
  }
  std::string problems;
  for (const auto& node : nodes_)
    if (!node.problem.empty()) problems += (problems.empty() ? "" : "\n") + node.problem;
  if (!problems.empty()) throw Error(ErrorKind::data, problems);
}

size_t Plan::count(PlanState state) const {
  return static_cast<size_t>(
      std::count_if(nodes_.begin(), nodes_.end(), [&](const PlannedNode& node) { return node.state == state; }));
}

bool Plan::inputs_are_there(size_t node) const {
  for (const auto& [port, links] : graph_.nodes[node].inputs)
    for (const auto& link : links)
      if (nodes_[link.node].state != PlanState::hit) return false;
  return true;
}

KeyInputs Plan::inputs_of(size_t node) const {
  KeyInputs inputs;
  for (const auto& [port, links] : graph_.nodes[node].inputs)
    for (const auto& link : links) {
      const StoredOutput& output = linked_output(graph_, link, *nodes_[link.node].record);
      inputs[port].push_back({output.kind, output.digest});
    }
  return inputs;
}

void Plan::look_for_result(size_t index, PlannedNode& planned) const {
  const GraphNode& node = graph_.nodes[index];
  planned.key_text = key_text(node, inputs_of(index), sources_);
  planned.key = key_of(planned.key_text);
  auto record = store_.find(planned.key, &planned.damage);
  if (!record || node.manifest->spec.uncached) return;
  if (const std::string missing = store_.missing(*record); !missing.empty()) {
    planned.damage = missing;
    return;
  }
  planned.state = PlanState::hit;
  planned.record = std::move(record);
}

void Plan::look_up(size_t index) {
  PlannedNode planned;
  planned.damage = nodes_[index].damage;
  planned.previous_key = names_.last(graph_.nodes[index].name, graph_.nodes[index].manifest->spec.type);
  if (inputs_are_there(index)) {
    planned.state = PlanState::run;
    try {
      look_for_result(index, planned);
    } catch (const Error& error) {
      planned.problem = error.what();
    }
  }
  if (planned.state != PlanState::hit && !planned.previous_key.empty() && planned.previous_key != planned.key)
    planned.previous = store_.find(planned.previous_key);
  if (planned.previous && planned.previous->about.contains("seconds"))
    planned.seconds = planned.previous->about["seconds"].get<double>();
  nodes_[index] = std::move(planned);
}

std::vector<size_t> Plan::finished(size_t node, Record record) {
  PlannedNode& done = nodes_[node];
  done.state = PlanState::hit;
  done.key = record.key;  // it may have been reopened while it ran
  done.key_text = record.key_text;
  done.record = std::move(record);
  std::vector<size_t> known, queue = {node};
  while (!queue.empty()) {
    const size_t from = queue.back();
    queue.pop_back();
    for (const size_t consumer : consumers_[from]) {
      if (nodes_[consumer].state != PlanState::maybe || !inputs_are_there(consumer)) continue;
      look_up(consumer);
      known.push_back(consumer);
      if (nodes_[consumer].state == PlanState::hit) queue.push_back(consumer);
    }
  }
  return known;
}

std::vector<size_t> Plan::reopen(size_t node, const std::string& damage) {
  const auto forget = [](PlannedNode& planned) {
    planned.state = PlanState::maybe;
    planned.key.clear();
    planned.key_text.clear();
  };
  PlannedNode& reopened = nodes_[node];
  reopened.record.reset();
  reopened.damage = damage;
  reopened.state = PlanState::run;
  if (!inputs_are_there(node)) forget(reopened);
  // Keys of consumers that were only planned are made of digests that may come out otherwise; hits stay hits.
  std::vector<size_t> held_back;
  for (const size_t consumer : consumers_[node]) {
    if (nodes_[consumer].state != PlanState::run) continue;
    forget(nodes_[consumer]);
    held_back.push_back(consumer);
  }
  return held_back;
}

bool Plan::is_current(size_t node) const {
  const PlannedNode& planned = nodes_[node];
  try {
    return planned.state != PlanState::run ||
           key_text(graph_.nodes[node], inputs_of(node), sources_) == planned.key_text;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace retort

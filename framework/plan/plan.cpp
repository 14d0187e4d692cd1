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
    case PlanState::unneeded:
      return "not needed";
    case PlanState::maybe:
      break;
  }
  return "maybe";
}

namespace {

/// What it was planned as is no longer known.
void forget(PlannedNode& planned) {
  planned.state = PlanState::maybe;
  planned.record = nullptr;
  planned.key.clear();
  planned.key_text.clear();
}

/// Of the files that were asked for since it was last taken.
std::shared_ptr<const Trace> trace_of(SourceDigests& sources) {
  Trace trace = sources.take_trace();
  return trace.files.empty() ? nullptr : std::make_shared<const Trace>(std::move(trace));
}

bool is_shown(const Graph& graph, const GraphNode& node) {
  for (const auto& table : graph.tables) {
    if (table.node == node.base || table.node == node.name) return true;
    for (const auto& row : table.list)
      if (row.node == node.base || row.node == node.name) return true;
  }
  return false;
}

}  // namespace

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
      shelf_(store, names.file().stem()),
      results_(store.root() / "results"),
      objects_(store.root() / "objects"),
      nodes_(graph.nodes.size()),
      consumers_(graph.nodes.size()),
      recipes_(store.root() / "learned" / "recipes"),
      was_made_(graph.nodes.size(), false) {
  for (size_t i = 0; i < size(); ++i) {
    for (const size_t source : sources_of(graph.nodes[i])) consumers_[source].push_back(i);
    look_up(i);
  }
  settle();
  keep_records();
  std::string problems;
  for (const auto& node : nodes_)
    if (!node.problem.empty()) problems += (problems.empty() ? "" : "\n") + node.problem;
  if (!problems.empty()) throw Error(ErrorKind::data, problems);
}

/// Decides what has to run so that everything that is wanted is there: ends of the graph, what tables show, what runs
/// each time, what was found damaged. What hangs on a node that has to run is unknown until it did; what only that
/// would want is computed at once.
void Plan::settle() {
  std::vector<bool> due(size(), false);
  std::vector<size_t> queue;
  const auto need = [&](size_t i) {
    if (nodes_[i].state == PlanState::hit || due[i]) return;
    due[i] = true;
    queue.push_back(i);
  };
  for (size_t i = 0; i < size(); ++i)
    if (consumers_[i].empty() || !nodes_[i].damage.empty() || graph_.nodes[i].manifest->spec.uncached ||
        is_shown(graph_, graph_.nodes[i]))
      need(i);
  while (!queue.empty()) {
    const size_t node = queue.back();
    queue.pop_back();
    for (const size_t source : sources_of(graph_.nodes[node])) need(source);
    for (const size_t consumer : consumers_[node]) {
      if (nodes_[consumer].state == PlanState::hit) forget(nodes_[consumer]);
      need(consumer);
    }
  }
  for (size_t i = 0; i < size(); ++i) {
    PlannedNode& node = nodes_[i];
    if (node.state == PlanState::hit) continue;
    if (!due[i])
      node.state = PlanState::unneeded;
    else if (node.state == PlanState::run && !inputs_are_there(i))
      forget(node);
  }
}

void Plan::keep_records() noexcept {
  std::vector<const Record*> records;
  for (const auto& node : nodes_)
    if (node.record) records.push_back(node.record.get());
  shelf_.save(records);
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

const KeyInput* Plan::assumed(const Link& link) const {
  const auto node = assumed_.find(link.node);
  if (node == assumed_.end()) return nullptr;
  const auto output = node->second.find(link.port);
  return output == node->second.end() ? nullptr : &output->second;
}

/// Nothing while one of them is unknown.
std::optional<KeyInputs> Plan::inputs_of(size_t node) const {
  KeyInputs inputs;
  for (const auto& [port, links] : graph_.nodes[node].inputs)
    for (const auto& link : links) {
      if (const auto& record = nodes_[link.node].record) {
        const StoredOutput& output = linked_output(graph_, link, *record);
        inputs[port].push_back({output.kind, output.digest});
      } else if (const KeyInput* known = assumed(link)) {
        inputs[port].push_back(*known);
      } else {
        return std::nullopt;
      }
    }
  return inputs;
}

void Plan::watch_objects(const Record& record) {
  for (const auto& [port, output] : record.outputs)
    for (const auto& file : output.files)
      if (!file.inlined) objects_.watch(file.digest);
}

/// Makes it a hit, if the objects of the record are there.
bool Plan::take(PlannedNode& planned, Record record) {
  watch_objects(record);
  if (const std::string missing = store_.missing(record); !missing.empty()) {
    planned.damage = missing;
    return false;
  }
  planned.state = PlanState::hit;
  planned.key = record.key;
  planned.record = std::make_shared<const Record>(std::move(record));
  std::string().swap(planned.key_text);  // assigning one that is empty would keep the memory
  return true;
}

void Plan::look_for_result(size_t index, PlannedNode& planned) {
  const GraphNode& node = graph_.nodes[index];
  const auto inputs = inputs_of(index);
  if (!inputs) {
    look_by_recipe(index, planned);
    return;
  }
  planned.state = PlanState::run;
  sources_.take_trace();
  planned.key_text = key_text(node, *inputs, sources_);
  planned.trace = trace_of(sources_);
  planned.key = key_of(planned.key_text);
  results_.watch(planned.key);
  auto record = shelf_.find(planned.key, &planned.damage);
  if (record && !node.manifest->spec.uncached && take(planned, std::move(*record))) return;
  was_made_[index] = was_made(index);
}

/// Inputs lead to what a result depends on only if their own bytes are known; the recipe leads past those that are
/// gone.
const std::string& Plan::recipe(size_t index) {
  for (size_t i = recipe_.size(); i <= index; ++i) {
    KeyInputs inputs;
    bool known = true;
    for (const auto& [port, links] : graph_.nodes[i].inputs)
      for (const auto& link : links) {
        inputs[port].push_back({link.port, recipe_[link.node]});
        known = known && !recipe_[link.node].empty();
      }
    try {
      recipe_.push_back(known ? key_of("recipe of " + key_text(graph_.nodes[i], inputs, sources_)) : "");
    } catch (const Error&) {
      recipe_.emplace_back();
    }
  }
  return recipe_[index];
}

bool Plan::was_made(size_t index) {
  return !recipes_.empty() && !recipe(index).empty() && !recipes_.keys(recipe(index)).empty();
}

void Plan::remember_recipe(size_t index) {
  if (const std::string& own = recipe(index); !own.empty()) recipes_.add(own, nodes_[index].key);
}

void Plan::save_recipes() noexcept { recipes_.save(); }

/// The inputs that a record's key text names, where they are those known here; nothing if they are not.
std::optional<KeyInputs> Plan::inputs_in(const Record& record, size_t index) const {
  std::map<std::string, std::string> named;  // "port[0]" → "kind digest"
  for (auto& field : fields_of(record.key_text))
    if (field.label == "input") named[field.name] = std::move(field.value);
  KeyInputs inputs;
  for (const auto& [port, links] : graph_.nodes[index].inputs)
    for (size_t i = 0; i < links.size(); ++i) {
      const std::string text = named[port + "[" + std::to_string(i) + "]"];
      const size_t space = text.find(' ');
      if (space == std::string::npos) return std::nullopt;
      const KeyInput input{text.substr(0, space), text.substr(space + 1)};
      const auto& there = nodes_[links[i].node].record;
      const KeyInput* known = assumed(links[i]);
      if (there && linked_output(graph_, links[i], *there).digest != input.digest) return std::nullopt;
      if (!there && known && known->digest != input.digest) return std::nullopt;
      inputs[port].push_back(input);
    }
  return inputs;
}

/// A result may stand though inputs of it were collected, if it was made of those inputs that are there.
bool Plan::look_by_recipe(size_t index, PlannedNode& planned) {
  const GraphNode& node = graph_.nodes[index];
  if (recipes_.empty() || node.manifest->spec.uncached) return false;
  for (const auto& [port, links] : node.inputs)
    for (const auto& link : links)  // what never was made, nothing was made of
      if (!nodes_[link.node].record && !was_made_[link.node]) return false;
  was_made_[index] = was_made(index);
  if (!was_made_[index]) return false;
  for (const auto& key : recipes_.keys(recipe(index))) {
    results_.watch(key);
    auto record = store_.find(key);
    if (!record) continue;
    const auto inputs = inputs_in(*record, index);
    if (!inputs || key_of(key_text(node, *inputs, sources_)) != key) continue;
    if (!take(planned, slim(std::move(*record)))) continue;
    for (const auto& [port, links] : node.inputs)
      for (size_t i = 0; i < links.size(); ++i)
        if (!nodes_[links[i].node].record) assumed_[links[i].node].try_emplace(links[i].port, inputs->at(port)[i]);
    return true;
  }
  return false;
}

void Plan::look_up(size_t index) {
  PlannedNode planned;
  planned.damage = nodes_[index].damage;
  planned.previous_key = names_.last(graph_.nodes[index].name, graph_.nodes[index].manifest->spec.type);
  planned.previous_is_own = names_.knows(graph_.nodes[index].name);
  try {
    look_for_result(index, planned);
  } catch (const Error& error) {
    planned.state = PlanState::run;
    planned.problem = error.what();
  }
  if (planned.state != PlanState::hit && !planned.previous_key.empty() && planned.previous_key != planned.key)
    if (auto previous = store_.peek(planned.previous_key))
      planned.previous = std::make_shared<const Record>(std::move(*previous));
  if (planned.previous && planned.previous->about.contains("seconds"))
    planned.seconds = planned.previous->about["seconds"].get<double>();
  nodes_[index] = std::move(planned);
}

Record Plan::whole_record(size_t node) const {
  const std::string& key = nodes_[node].record->key;
  std::string damage;
  auto record = store_.find(key, &damage);
  if (!record) throw DamagedResult(key, damage.empty() ? "result " + key.substr(0, 12) + " is gone" : damage);
  return std::move(*record);
}

std::vector<size_t> Plan::finished(size_t node, Record record) {
  results_.came(record.key);
  for (const auto& [port, output] : record.outputs)
    for (const auto& file : output.files) objects_.came(file.digest);
  const auto was = assumed_.find(node);
  const bool other_bytes =
      was != assumed_.end() && std::any_of(was->second.begin(), was->second.end(), [&](const auto& output) {
        const auto now = record.outputs.find(output.first);
        return now == record.outputs.end() || now->second.digest != output.second.digest;
      });
  if (was != assumed_.end()) assumed_.erase(was);
  PlannedNode& done = nodes_[node];
  done.state = PlanState::hit;
  done.key = record.key;  // it may have been reopened while it ran
  std::string().swap(done.key_text);
  done.record = std::make_shared<const Record>(slim(std::move(record)));
  done.previous = nullptr;
  remember_recipe(node);
  if (other_bytes) doubt_below(node);
  std::vector<size_t> known, queue = {node};
  while (!queue.empty()) {
    const size_t from = queue.back();
    queue.pop_back();
    for (const size_t consumer : consumers_[from]) {
      if (nodes_[consumer].state != PlanState::maybe || !inputs_are_there(consumer)) continue;
      look_up(consumer);
      known.push_back(consumer);
      if (nodes_[consumer].state != PlanState::hit) continue;
      remember_recipe(consumer);
      queue.push_back(consumer);
    }
  }
  return known;
}

/// Results that were made of other bytes than those which are there now.
void Plan::doubt_below(size_t node) {
  std::vector<size_t> queue = {node};
  while (!queue.empty()) {
    const size_t from = queue.back();
    queue.pop_back();
    for (const size_t consumer : consumers_[from]) {
      if (nodes_[consumer].state != PlanState::hit) continue;
      forget(nodes_[consumer]);
      queue.push_back(consumer);
    }
  }
}

/// Of a node that was not needed until now, and of all above it that are gone too.
void Plan::want(size_t node, std::vector<size_t>* wanted) {
  std::vector<size_t> queue = {node};
  while (!queue.empty()) {
    const size_t one = queue.back();
    queue.pop_back();
    if (nodes_[one].state != PlanState::unneeded) continue;
    if (inputs_are_there(one)) {
      look_up(one);
      if (wanted && nodes_[one].state == PlanState::run) wanted->push_back(one);
      continue;
    }
    forget(nodes_[one]);
    for (const size_t source : sources_of(graph_.nodes[one])) queue.push_back(source);
  }
}

std::vector<size_t> Plan::reopen(size_t node, const std::string& damage, std::vector<size_t>* wanted) {
  PlannedNode& reopened = nodes_[node];
  if (reopened.record)
    for (const auto& [port, output] : reopened.record->outputs)
      assumed_[node].try_emplace(port, KeyInput{output.kind, output.digest});
  reopened.record.reset();
  reopened.damage = damage;
  if (inputs_are_there(node)) {
    reopened.state = PlanState::run;
    try {
      sources_.take_trace();
      reopened.key_text = key_text(graph_.nodes[node], *inputs_of(node), sources_);
      reopened.trace = trace_of(sources_);
      reopened.key = key_of(reopened.key_text);
    } catch (const Error& error) {
      reopened.problem = error.what();
    }
  } else {
    forget(reopened);
    for (const size_t source : sources_of(graph_.nodes[node])) want(source, wanted);
  }
  // Keys of consumers that were only planned are made of digests that may come out otherwise; hits stay hits until they
  // did.
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
  if (planned.state != PlanState::run || planned.key_text.find("\nfile ") == std::string::npos) return true;
  try {
    const auto inputs = inputs_of(node);
    sources_.take_trace();
    if (inputs && key_text(graph_.nodes[node], *inputs, sources_) != planned.key_text) return false;
    return !inputs || !planned.trace || planned.trace->still_holds(sources_.take_trace());
  } catch (const Error&) {
    return false;
  }
}

std::vector<Warning> warnings_of(const Plan& plan) {
  std::vector<Warning> warnings;
  for (size_t i = 0; i < plan.size(); ++i) {
    if (plan.at(i).state != PlanState::hit) continue;
    for (auto& text : warnings_of(*plan.at(i).record))
      warnings.push_back({plan.graph().nodes[i].name, std::move(text)});
  }
  return warnings;
}

}  // namespace retort

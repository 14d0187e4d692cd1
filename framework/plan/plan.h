#pragma once
// What has to run: each node's key, whether its result is there, and why not. Worked out in topological order as far as
// it can be known, and further as results arrive: a node below one that runs may still be a hit, if the bytes come out
// equal (early cut-off).
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "plan/key.h"
#include "plan/names.h"
#include "plan/source_digests.h"
#include "store/store.h"

namespace retort {

enum class PlanState {
  hit,    ///< the result is in the store
  run,    ///< its inputs are there, its result is not
  maybe,  ///< an input has to be computed first; known when that is done
};
const char* name_of(PlanState state);

struct PlannedNode {
  PlanState state = PlanState::maybe;
  std::string key, key_text;       ///< empty while `maybe`
  std::optional<Record> record;    ///< of a hit
  std::string problem;             ///< why it cannot run at all: a source file or an input's output is missing
  std::string damage;              ///< what was wrong with a result that was there
  std::optional<Record> previous;  ///< the newest result of this node under another key, if it is still there
  std::string previous_key;        ///< known even when that result is gone
  std::optional<double> seconds;   ///< predicted from `previous`
};

class Plan {
 public:
  /// Looks every node up. Throws Error(data) that lists all missing source files. References must outlive the plan.
  Plan(const Graph& graph, const Store& store, SourceDigests& sources, const Names& names);

  const Graph& graph() const { return graph_; }
  const Store& store() const { return store_; }
  const PlannedNode& at(size_t node) const { return nodes_[node]; }
  size_t size() const { return nodes_.size(); }
  size_t count(PlanState state) const;

  /// The node's result has been published. Nodes that waited for it alone are looked up now: those that became hits or
  /// can run are returned.
  std::vector<size_t> finished(size_t node, Record record);

  /// The result of `node` is unusable: it has to run again, and what hangs on it is unknown until it did. Returns
  /// consumers that could have run and now cannot.
  std::vector<size_t> reopen(size_t node, const std::string& damage);

  /// Whether a node that ran would still get the same key: false if a file it reads changed meanwhile.
  bool is_current(size_t node) const;

  /// Nodes that take input from this one.
  const std::vector<size_t>& consumers(size_t node) const { return consumers_[node]; }

 private:
  void look_up(size_t node);
  void look_for_result(size_t node, PlannedNode& planned) const;
  bool inputs_are_there(size_t node) const;
  KeyInputs inputs_of(size_t node) const;

  const Graph& graph_;
  const Store& store_;
  SourceDigests& sources_;
  const Names& names_;
  std::vector<PlannedNode> nodes_;
  std::vector<std::vector<size_t>> consumers_;
};

/// The output that a link reads; throws Error(data) if the producer wrote none of that name.
const StoredOutput& linked_output(const Graph& graph, const Link& link, const Record& producer);

}  // namespace retort

#pragma once
// What has to run: each node's key, whether its result is there, and why not. Worked out in topological order as far as
// it can be known, and further as results arrive: a node below one that runs may still be a hit, if the bytes come out
// equal (early cut-off).
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/warnings.h"
#include "graph/graph.h"
#include "plan/folder_watch.h"
#include "plan/key.h"
#include "plan/names.h"
#include "plan/recipes.h"
#include "plan/source_digests.h"
#include "store/record_shelf.h"
#include "store/store.h"

namespace retort {

enum class PlanState {
  hit,       ///< the result is in the store
  run,       ///< its inputs are there, its result is not
  maybe,     ///< an input has to be computed first; known when that is done
  unneeded,  ///< its result is gone, and so far nothing that has to run wants it
};
const char* name_of(PlanState state);
/// Whether it will or may have to run.
inline bool is_open(PlanState state) { return state == PlanState::run || state == PlanState::maybe; }

struct PlannedNode {
  PlanState state = PlanState::maybe;
  std::string key;                         ///< empty while `maybe`
  std::string key_text;                    ///< of one that runs; a hit's is in its record
  std::shared_ptr<const Record> record;    ///< of a hit: what RecordParts::of_plan says
  std::string problem;                     ///< why it cannot run at all: a source file or an input's output is missing
  std::string damage;                      ///< what was wrong with a result that was there
  std::shared_ptr<const Record> previous;  ///< the newest result of this node under another key, if it is still there
  std::string previous_key;                ///< known even when that result is gone
  bool previous_is_own = false;            ///< of this graph, not of a node of that name in another
  std::optional<double> seconds;           ///< predicted from `previous`
  std::shared_ptr<const Trace> trace;      ///< how the files it reads lay; null if it reads none
};

class Plan {
 public:
  /// Looks every node up. Throws Error(data) that lists all missing source files. References must outlive the plan.
  Plan(const Graph& graph, const Store& store, SourceDigests& sources, const Names& names);

  const Graph& graph() const { return graph_; }
  const Store& store() const { return store_; }
  const PlannedNode& at(size_t node) const { return nodes_[node]; }
  /// The record of a hit with all that is in it: PlannedNode::record has only what a plan needs. Throws DamagedResult
  /// if it is gone by now.
  Record whole_record(size_t node) const;
  size_t size() const { return nodes_.size(); }
  size_t count(PlanState state) const;
  bool has_work() const { return count(PlanState::run) + count(PlanState::maybe) > 0; }

  /// The node's result has been published. Nodes that waited for it alone are looked up now: those that became hits or
  /// can run are returned.
  std::vector<size_t> finished(size_t node, Record record);

  /// The result of `node` is unusable: it has to run again, and what hangs on it is unknown until it did. Returns
  /// consumers that could have run and now cannot; `wanted` gets nodes that were not needed and now can run.
  std::vector<size_t> reopen(size_t node, const std::string& damage, std::vector<size_t>* wanted = nullptr);

  /// Whether a node that ran would still get the same key: false if a file it reads changed meanwhile.
  bool is_current(size_t node) const;

  /// The store's folders as they were before anything in them was looked up.
  const FolderStamps& result_folders() const { return results_.stamps(); }
  const FolderStamps& object_folders() const { return objects_.stamps(); }

  /// Writes down which results came of which recipes; a store that cannot be written is no error.
  void save_recipes() noexcept;

  /// Nodes that take input from this one.
  const std::vector<size_t>& consumers(size_t node) const { return consumers_[node]; }

 private:
  using Outputs = std::map<std::string, KeyInput>;  ///< by port

  void look_up(size_t node);
  void settle();
  void keep_records() noexcept;
  void want(size_t node, std::vector<size_t>* wanted);
  void doubt_below(size_t node);
  void remember_recipe(size_t node);
  const std::string& recipe(size_t node);
  bool was_made(size_t node);
  bool look_by_recipe(size_t node, PlannedNode& planned);
  std::optional<KeyInputs> inputs_in(const Record& record, size_t node) const;
  bool take(PlannedNode& planned, Record record);
  const KeyInput* assumed(const Link& link) const;
  void look_for_result(size_t node, PlannedNode& planned);
  void watch_objects(const Record& record);
  bool inputs_are_there(size_t node) const;
  std::optional<KeyInputs> inputs_of(size_t node) const;

  const Graph& graph_;
  const Store& store_;
  SourceDigests& sources_;
  const Names& names_;
  RecordShelf shelf_;
  FolderWatch results_, objects_;
  std::vector<PlannedNode> nodes_;
  std::vector<std::vector<size_t>> consumers_;
  Recipes recipes_;
  std::vector<std::string> recipe_;  ///< of the first so many nodes; empty: cannot be known (a source is missing)
  std::vector<bool> was_made_;       ///< nodes without a result whose recipe once had one
  /// Outputs of nodes whose result is gone, as results that were made of them have them; and of reopened ones.
  std::unordered_map<size_t, Outputs> assumed_;
};

/// What the results that are there were warned of, by the names of their nodes.
std::vector<Warning> warnings_of(const Plan& plan);

/// The output that a link reads; throws Error(data) if the producer wrote none of that name.
const StoredOutput& linked_output(const Graph& graph, const Link& link, const Record& producer);

}  // namespace retort

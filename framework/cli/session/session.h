#pragma once
// What most subcommands start from: a graph that was read and checked, the store, and the plan of one against the
// other.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "plan/plan.h"

namespace retort {

struct GraphOptions {
  std::string graph, store, device;
  std::vector<std::string> sets, sweeps;
  size_t add_seeds = 0;
  bool shows_only = false;                   ///< nothing will be run: plugins need not be here
  std::map<std::string, std::string> texts;  ///< read instead of files (ReadOptions::texts)
  /// GRAPH, --set, --sweep, --add-seeds, --store, --device
  void add_to(Options& options, bool graph_needed = true);
};

/// The store that --store, $RETORT_STORE or the folders here name.
Store open_store(const std::string& option);

struct Session {
  Catalog catalog;
  Graph graph;
  Store store;
  SourceDigests sources;
  Names names;
  Plan plan;

  /// Prints what is wrong with the graph and returns null if it cannot be used. Throws Error for the rest.
  static std::unique_ptr<Session> open(const GraphOptions& options);
  /// Index of the node of this name; numbers in it may be written otherwise ("score{lr=1}" for "score{lr=1.0}").
  std::optional<size_t> find_node(const std::string& name) const;
  /// The same; throws Error(user) with the nearest name.
  size_t node(const std::string& name) const;

  Session(Catalog the_catalog, Graph the_graph, Store the_store);
};

/// Reads and checks; prints what is wrong and returns false if it cannot be used.
bool read_checked(const GraphOptions& options, const Catalog& catalog, Graph& graph);

}  // namespace retort

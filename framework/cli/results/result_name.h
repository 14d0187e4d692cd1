#pragma once
// Naming results on the command line. A name means what it means in a graph and in the newest run of that graph:
//
//   GRAPH NODE   the node of that graph, in its newest run
//   NODE         the same, where one graph alone has such a node, or all have the same result for it
//   RUN/NODE     what the node had in that run; the first characters of its id will do
//   KEY          the first digits of the key, four at least; never tried before the name of a node
//
// Where a word may mean several results, all of them are named and none is taken.
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/runs/graph_runs.h"
#include "store/store.h"

namespace retort {

/// The same for --help.
inline constexpr const char* kResultNames =
    "A result is named by GRAPH NODE (the node in the newest run of that graph), by NODE where one graph alone has it, "
    "as RUN/NODE, or by the first digits of its key.";

struct NamedResult {
  Record record;
  std::string output;  ///< of "NODE.OUTPUT"; empty: all of them
};

class ResultNames {
 public:
  explicit ResultNames(const Store& store);

  /// What one word names, or two: GRAPH NODE. Throws Error(user), with what the word may mean.
  Record find(const Words& words) const;
  /// The same, where a name may end in an output: NODE.OUTPUT.
  NamedResult find_output(const Words& words) const;
  /// Of any number of words: a graph stands before its nodes.
  std::vector<Record> find_all(const Words& words) const;
  /// Whether the word is a graph file, or was one that this store ran; never for what could be the name of a node.
  bool is_graph(const std::string& word) const;

 private:
  struct Meaning;

  std::optional<Record> look(const std::string& graph, const std::string& name) const;
  Record must_find(const std::string& graph, const std::string& name) const;
  std::optional<Record> in_graph(const std::string& graph, const std::string& name) const;
  std::optional<Record> planned(const std::string& graph, const std::string& name) const;
  std::optional<Record> by_name(const std::string& name) const;
  std::optional<Record> in_run(const std::string& name) const;
  std::optional<Record> by_key(const std::string& digits) const;
  std::vector<Meaning> in_all_graphs(const std::string& name) const;
  std::vector<Meaning> made_elsewhere(const std::string& name) const;
  std::vector<Meaning> before(const GraphRuns& graph, const std::string& name) const;
  [[noreturn]] void unknown(const std::string& graph, const std::string& name) const;
  const GraphRuns* runs_of(const std::string& graph) const;

  const Store& store_;
  std::vector<GraphRuns> graphs_;
};

}  // namespace retort

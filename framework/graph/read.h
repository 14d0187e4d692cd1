#pragma once
// From the text of a graph to a Graph: files and includes merged, settings applied, sweeps multiplied out, everything
// checked against the catalog. All mistakes are found in one pass, each with its place; no library is opened.
//
// The life of a graph inside this room:
//   document.h   text of all files → one JSON whose values know their places
//   setting.h    `--set`, `--sweep` and sweep axes: one value changed at a path
//   let.h        values with names, and what refers to them
//   draft.h      one node against its manifest: parameters, components, inputs
//   sweep.h      axes (axis.h) → cells (cells.h)
//   expand.h     cells → nodes; only what is downstream of a change multiplies
//   links.h      nodes against each other: ports, kinds, test data, facts
//   order.h      topological order, cycles
#include "core/diagnostics.h"
#include "graph/graph.h"

namespace retort {

struct ReadOptions {
  std::vector<std::string> sets =
      {};  ///< `node.param[.sub][i]=value`, `node.inputs.port=link`, `node.seed=1`, `seed=1`, …
  std::vector<std::string> sweeps = {};           ///< `path=a,b,c`: one more axis, or other values of one that is there
  size_t add_seeds = 0;                           ///< so many more replicates
  std::string device = {};                        ///< replaces the graph's own "device" unless empty
  bool cuda = false;                              ///< whether a CUDA device is there: what "auto" becomes
  bool shows_only = false;                        ///< plugins that cannot be used here will do: nothing is run
  bool check_files = true;                        ///< whether absent files of path parameters are errors
  std::map<std::string, std::string> texts = {};  ///< absolute path → text, read instead of the file
};

/// Nothing is thrown for mistakes in the graph: with `diagnostics.has_errors()` the result must not be used.
/// The catalog must outlive the graph.
Graph read_graph(const std::string& file, const Catalog& catalog, const ReadOptions& options, Diagnostics& diagnostics);

}  // namespace retort

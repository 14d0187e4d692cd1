#pragma once
// A graph after reading and checking: plain structs in which every name is resolved, every default filled in, every
// sweep multiplied out. Nothing here knows the store.
#include <boost/container/flat_map.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "core/file_stamp.h"
#include "core/place.h"

namespace retort {

/// One link: output `port` of the node at `node` (an index into Graph::nodes).
struct Link {
  size_t node = 0;
  std::string port;
  Place place;
};

/// A nested plugin of a node, flattened. `path` is where it stands in the node's parameters: "losses[1]".
struct NodeComponent {
  std::string path;
  const Manifest* manifest = nullptr;
};

struct GraphNode {
  std::string name;  ///< as written; multiplied nodes carry their cell: "score{source=noise,seed=1}"
  std::string base;  ///< the name before multiplication
  std::map<std::string, std::string> cell;  ///< axis → value, of the axes this node depends on
  const Manifest* manifest = nullptr;
  Json params;  ///< defaults filled in, canonical, components too (each with "type"; no "inputs" inside)
  std::vector<NodeComponent> components;  ///< depth first
  boost::container::flat_map<std::string, std::vector<Link>>
      inputs;  ///< port → links; a component's port is "init.data", "losses[1].real"
  uint64_t seed = 0;
  std::string device;  ///< "cpu" or "cuda": resolved when the graph is read
  std::string precision = "float32";
  int threads = 1;
  std::optional<double> timeout;  ///< seconds; not in the key
  Place place;                    ///< of the node's name
  boost::container::flat_map<std::string, Place>
      places;  ///< "params.losses[1].weight", "inputs.data", "seed" → where it was written
};

/// The nodes that it takes input from, each once, in order.
std::vector<size_t> sources_of(const GraphNode& node);
/// One axis of the sweep, as tables and listings see it. Axes of one name under different choices are one here.
struct GraphAxis {
  std::string name;
  std::vector<std::string> values;  ///< in the order they are written
  std::string baseline;             ///< one of them
  std::vector<std::string> paths;   ///< what it changes: "score.inputs.images", "images.params.losses[1].weight"
};

/// A table of slopes: each cell is how fast the metric grows along an axis.
struct SlopeSpec {
  std::string axis;                  ///< neither in the rows nor in the columns
  std::map<std::string, double> at;  ///< value of the axis → where it stands; two or more places, logarithms taken
  bool log2 = false;                 ///< the graph asked for logarithms: per doubling
};

/// One table that `run` prints at its end and `table` prints on demand.
struct TableSpec {
  std::string title;
  std::string node;                                       ///< base name of the node whose metrics fill it
  std::vector<std::string> metrics;                       ///< of its metrics output: "accuracy_last"
  std::vector<std::string> rows, columns;                 ///< axis names; replicate axes are averaged over
  std::vector<std::string> stats = {"mean", "std", "n"};  ///< of mean, std, ci, n
  double confidence = 0.95;                               ///< of every interval
  std::map<std::string, std::string> baseline;  ///< axis → value of the cell that others are compared with; none: empty
  std::string best;                             ///< "max" or "min": which end of a metric is good; empty: nobody said
  std::optional<SlopeSpec> slope;               ///< cells are slopes over an axis
  struct Row {
    std::string label;
    std::string node;
  };
  std::vector<Row> list;  ///< or: one row a node, without a sweep
};

struct Graph {
  std::string file, title;
  std::vector<GraphNode> nodes;  ///< topological order
  std::vector<TableSpec> tables;
  std::map<std::string, Place> settings;  ///< "seed", "threads", … → where the graph sets them for all its nodes
  std::vector<std::string> replicates;    ///< axes that are averaged over
  std::vector<GraphAxis> axes;            ///< without replicates
  size_t cells = 1;                       ///< of the sweep, replicates apart

  bool lacks_plugins = false;  ///< it names a type that no plugin has; then it cannot be used

  SeenFiles files;                           ///< whose texts it was read from
  std::map<std::string, std::string> texts;  ///< absolute path of each of them → its text

  const GraphNode* find(const std::string& name) const;
};

}  // namespace retort

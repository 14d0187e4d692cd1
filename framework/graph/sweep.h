#pragma once
// One graph that stands for many. Format:
//
//   "sweep": {
//     "axes": {
//       "source": {"random": {"labels.inputs.images": "random"}, "sc_dd": {}},     value name → what it changes
//       "lr": {"path": "images.lr", "values": [0.1, 0.4]}                         or one path (or "paths") and its
//       values
//     },
//     "replicate": {"seed": [0, 1, 2], "nodes": ["images", "score"]}
//   }
//
// Every combination of one value an axis is a cell. A node depends on the axes that change it and on those its inputs
// in that cell depend on; it exists once for each combination of their values, named "score{source=random,seed=1}". The
// rest of the graph exists once. Replicates are seeds of the nodes named (without "nodes": of all that draw random
// numbers and write no seed of their own), over which tables average.
#include "graph/setting.h"

namespace retort {

/// Of one value of an axis: a value set at a path.
struct AxisChange {
  Setting setting;
  Json value;
  Mark mark;
};

struct AxisValue {
  std::string name;  ///< in the cell: "0.1", "random"
  std::vector<AxisChange> changes;
};

struct Axis {
  std::string name;
  std::vector<AxisValue> values;
};

struct Sweep {
  std::vector<Axis> axes;  ///< as they are written
  std::string replicate;   ///< name of the replicate axis; empty if there is none
  std::vector<uint64_t> seeds;
  bool all_nodes = false;          ///< replicate every random node …
  std::vector<std::string> nodes;  ///< … or these
  Mark replicate_mark;
};

inline constexpr size_t kMostCells = 100000;
inline constexpr size_t kMostAxes = 60;

/// Reads the document's "sweep", if there is one. What is wrong is left out of the result.
Sweep read_sweep(Reading& reading, const MarkedJson& document, const Json& nodes);

}  // namespace retort

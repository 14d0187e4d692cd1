#pragma once
// One graph that stands for many: axes, and the cells that are made of their values. Format in graphs/README.md.
//
//   "sweep": {
//     "axes": {
//       "source": {"random": {"labels.inputs.images": "random"}, "sc_dd": {}},     value name → what it changes
//       "lr": {"path": "images.lr", "log": [0.01, 1], "n": 3}                      or one path and its values
//     },
//     "mode": "one_at_a_time", "baseline": {"lr": 0.1},
//     "replicate": {"seed": [0, 1, 2], "nodes": ["images", "score"]}
//   }
//
// A node depends on the axes that change it and on those its inputs in that cell depend on; it exists once for each
// combination of their values, named "score{source=random,seed=1}". The rest of the graph exists once. Replicates are
// seeds of the nodes named (without "nodes": of all that draw random numbers and write no seed of their own), over
// which tables average.
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
  Json written;      ///< the value of an axis with paths; null if each value says itself what it changes
  std::vector<AxisChange> changes;
  std::vector<size_t> nested;  ///< axes that exist only beside this value
};

struct Axis {
  std::string name;
  std::vector<AxisValue> values;
  size_t baseline = 0;
  std::vector<std::pair<std::string, Mark>> paths;  ///< that every value is set at; empty if each value has its own
  bool nested = false;
  bool drawn = false;  ///< a range without "n" in mode random: each draw has a value of its own
  Mark mark;           ///< of its name

  /// Index of the value that is meant by this one, or by its name.
  std::optional<size_t> find(const Json& value) const;
};

/// The index of the value of each axis of a sweep; kAbsent where the axis has none in this cell.
using Cell = std::vector<uint32_t>;
inline constexpr uint32_t kAbsent = UINT32_MAX;
struct CellHash {
  size_t operator()(const Cell& cell) const {
    size_t hash = cell.size();
    for (const uint32_t value : cell) hash = hash * 1000003 + value;
    return hash;
  }
};

struct Sweep {
  std::vector<Axis> axes;     ///< as they are written, each before those nested in it
  std::vector<Cell> cells;    ///< without replicates; one empty cell if there is no axis
  Cell baseline;              ///< what one change at a time starts from
  bool has_baseline = false;  ///< the graph says what to compare with
  std::string replicate;      ///< name of the replicate axis; empty if there is none
  std::vector<uint64_t> seeds;
  bool all_nodes = false;          ///< replicate every random node …
  std::vector<std::string> nodes;  ///< … or these
  Mark replicate_mark;
};

inline constexpr size_t kMostCells = 100000;
inline constexpr size_t kMostAxes = 60;

class Lets;

/// Reads the document's "sweep", if there is one. What is wrong is left out of the result.
Sweep read_sweep(Reading& reading, const MarkedJson& document, const Json& nodes, const Lets& lets);

/// "source=random,lr=0.1": the id of a cell.
std::string cell_name(const Sweep& sweep, const Cell& cell);

}  // namespace retort

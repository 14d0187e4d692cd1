#pragma once
// The tables a graph asks for. Format:
//
//   "tables": [
//     {"title": "Accuracy", "node": "score", "metrics": ["accuracy_last"], "rows": ["source"], "columns": ["lr"]},
//     {"node": "score", "metrics": ["accuracy_last"], "stat": ["mean", "ci"], "baseline": {"source": "noise"}, "best":
//     "max"},
//     {"title": "Methods", "metrics": ["accuracy_last"], "rows": {"SC-DD": "score", "random": "score_random"}}
//   ]
//
// and in "sweep", for a table of all its axes: "collect": {"metric": "score.accuracy_last", "over": "seed", "stat":
// ["mean", "ci95"]}
#include "graph/sweep.h"

namespace retort {

std::vector<TableSpec> read_tables(Reading& reading, const MarkedJson& document, const Sweep& sweep,
                                   const std::vector<GraphNode>& nodes);

}  // namespace retort

#pragma once
// The tables a graph asks for. Format:
//
//   "tables": [
//     {"title": "Accuracy", "node": "score", "metrics": ["accuracy_last"], "rows": ["source"], "columns": ["lr"]},
//     {"title": "Methods", "metrics": ["accuracy_last"], "rows": {"SC-DD": "score", "random": "score_random"}}
//   ]
#include "graph/sweep.h"

namespace retort {

std::vector<TableSpec> read_tables(Reading& reading, const MarkedJson& document, const Sweep& sweep,
                                   const std::vector<GraphNode>& nodes);

}  // namespace retort

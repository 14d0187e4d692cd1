#pragma once
// Warnings about what is written, or set on the command line, and changes nothing.
#include "graph/let.h"
#include "graph/sweep.h"

namespace retort {

/// Of the settings of the whole graph, of "let", "replicate" and axes that overwrite each other. `nodes`: the graph as
/// it was expanded; `file`: its own, whose unused names are warned of, unlike those of files it includes.
void warn_of_no_effect(Reading& reading, const MarkedJson& document, const Lets& lets, const Sweep& sweep,
                       const std::vector<GraphNode>& nodes, const std::string& file);

}  // namespace retort

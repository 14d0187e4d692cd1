#pragma once
// How a result was made, as a graph that makes it again: what lies beside every set of images that leaves the store.
//
//   {"retort": 1, "title", "description", "nodes": {the result's node and all above it, resolved: no sweep, no default
//    left open}, "datasheet": {"format": 1, "retort": VERSION, "node", "result": {"key", "outputs": {PORT: {"kind",
//    "digest", "files": {NAME: SHA256}}}}, "made": {node: {"name"?, "key", "key_text", "about"}}, "problem"?}}
//
// Without the log of the run that made it (collected, another store) the graph is not known: then "nodes" is empty and
// "problem" says why; the key text of the result stays.
#include <functional>
#include <string>

#include "store/store.h"

namespace retort {

/// Whether input `port` of the plugin of this type takes a list of links.
using TakesList = std::function<bool(const std::string& type, const std::string& port)>;

Json datasheet_json(const Store& store, const Record& record, const std::string& version, const TakesList& takes_list);

}  // namespace retort

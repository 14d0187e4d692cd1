#pragma once
// The key of a result: the digest of a text that names, a labelled line each, everything the result depends on and
// nothing else. Not in it: names of nodes, paths, titles, times, comments, parameters that cannot change results.
// Grammar in framework/docs/formats.md, *Keys*.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "plan/source_digests.h"

namespace retort {

/// What an input port is linked to, as far as the key knows it.
struct KeyInput {
  std::string kind;
  std::string digest;  ///< of the artifact: meta, file names and file contents
};
using KeyInputs =
    std::map<std::string, std::vector<KeyInput>>;  ///< port ("init.data" for a component's) → links in order

/// The text that is digested. Reads the files that path parameters name (through `sources`); throws Error(data) naming
/// the node's parameter and the file if one is missing.
std::string key_text(const GraphNode& node, const KeyInputs& inputs, SourceDigests& sources);

/// SHA-256 of the text, hex.
std::string key_of(const std::string& key_text);

/// How far a node with a budget goes, and what it has in common with those that go further or less far.
struct Budget {
  std::string param;
  int64_t stop = 0;
  std::string text;  ///< the key text without the budget, with the horizon of its schedules spelt out
};
/// Nothing for a node type without a budget of its own.
std::optional<Budget> budget_of(const GraphNode& node, const std::string& key_text);

/// One line of a key text. `label` is its first word; two fields are the same one if all but their values are equal.
struct KeyField {
  std::string label;  ///< type, code, component, param, file, seed, device, precision, threads, torch, input
  std::string owner;  ///< code: path of the component it belongs to, "losses[1]"; empty for the node's own
  std::string name;   ///< code: the file, or empty for the whole; param and component: the path; file, input: which
  std::string value;
};
std::vector<KeyField> fields_of(const std::string& key_text);

}  // namespace retort

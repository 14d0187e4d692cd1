#pragma once
// One node as it is written, checked against its manifest alone: settings, parameters with their defaults, components
// to any depth, and which links go to which port. What it is linked with is checked later (links.h).
#include <optional>
#include <unordered_map>

#include "graph/reading.h"

namespace retort {

/// A link as written: the node it names (an index into the names), and the port if it names one.
struct LinkDraft {
  size_t node = 0;
  std::string port;
  Place place;
};

struct InputDraft {
  std::string port;  ///< "data", or a component's: "init.data"
  const PortSpec* spec = nullptr;
  std::vector<LinkDraft> links;  ///< only those that name a node that exists
  Place place;
};

struct Draft {
  GraphNode node;  ///< without inputs; manifest is null if the type is unknown
  std::vector<InputDraft> inputs;
  bool random = false;        ///< it or a component draws random numbers
  bool seed_written = false;  ///< on the node itself
};

/// Settings of the graph that a node inherits.
struct Inherited {
  uint64_t seed = 0;
  std::string device = "auto", precision = "float32";
  int threads = 1;
};

using NodeIndex = std::unordered_map<std::string, size_t>;  ///< name → index

/// Reads "seed", "device", "precision", "threads" of a graph or a node where they are written.
void read_settings(Reading& reading, const MarkedJson& object, const std::string& subject, Inherited& settings);

Draft read_draft(Reading& reading, const std::string& name, const MarkedJson& text, const Inherited& inherited,
                 const NodeIndex& nodes);

}  // namespace retort

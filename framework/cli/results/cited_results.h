#pragma once
// Which runs keep the results they name.
#include <chrono>
#include <optional>

#include "store/collection.h"

namespace retort {

struct KeepRuns {
  size_t newest = 1;                                 ///< of each graph
  std::optional<std::chrono::seconds> younger_than;  ///< and all younger ones
};

/// Kept are pinned runs, the newest of each graph, young ones as wished; runs that go on now are in use.
Citations cited_results(const Store& store, const KeepRuns& keep);

}  // namespace retort

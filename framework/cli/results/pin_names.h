#pragma once
// What `pin` and `unpin` take: results and runs, and how a pin of each is called in the store.
#include <string>
#include <vector>

#include "cli/command.h"
#include "store/store.h"

namespace retort {

struct PinName {
  std::string typed, name;  ///< the word on the command line; how the pin is called
};

/// Runs by their ids, results by what else stands there; a graph stands before its nodes. Throws Error(user) as
/// ResultNames does.
std::vector<PinName> pin_names(const Store& store, const Words& words);

}  // namespace retort

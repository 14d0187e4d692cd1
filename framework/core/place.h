#pragma once
// Where a value was written: every value of a graph remembers it, so that errors and `why` can name it.
#include <string>

#include "core/interned.h"

namespace retort {

struct Place {
  Interned file;             ///< as the user gave it; empty if `origin` says it all
  int line = 0, column = 0;  ///< from 1
  Interned origin;  ///< "--set images.lr=0.1", "sweep axis \"seed\"", "default"; empty for plain text of a file
};

/// "graphs/a.json:31:21", or the origin.
std::string to_string(const Place& place);

}  // namespace retort

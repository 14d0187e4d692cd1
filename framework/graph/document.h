#pragma once
// The text of a graph and of the files it includes, as one JSON.
#include "graph/reading.h"

namespace retort {

/// Reads `file`. What it includes is merged below its own content (JSON Merge Patch, later files win); values keep the
/// place they were written at. False if there is nothing to go on with.
bool read_document(Reading& reading, const std::string& file, MarkedJson& document);

}  // namespace retort

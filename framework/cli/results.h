#pragma once
// Naming a result on the command line: by the first digits of its key, by the node that wrote it, or as RUN/NODE.
#include <string>

#include "store/store.h"

namespace retort {

/// The one record whose key begins with `name` (four digits at least), else the newest that a node of this name wrote,
/// or what the node had in that run (the first digits of its id will do). Throws Error(user) if there is none or if
/// several keys begin so.
Record find_result(const Store& store, const std::string& name);

/// Records, newest first.
std::vector<Record> all_results(const Store& store);

uint64_t size_of(const Record& record);  ///< bytes of all its files
std::string size_text(uint64_t bytes);   ///< "412 B", "1.3 MiB"

}  // namespace retort

#pragma once
// The results of a store, and how large they are.
#include <set>
#include <string>

#include "store/store.h"

namespace retort {

/// Keys of all results, here and in the parents.
std::set<std::string> all_keys(const Store& store);

/// Records, newest first.
std::vector<Record> all_results(const Store& store);

uint64_t size_of(const Record& record);  ///< bytes of all its files
std::string size_text(uint64_t bytes);   ///< "412 B", "1.3 MiB"

}  // namespace retort

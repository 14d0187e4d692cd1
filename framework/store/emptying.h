#pragma once
// The second phase of a collection: what was taken out and nobody came for is deleted.
#include <chrono>
#include <set>
#include <string>

#include "store/leases.h"
#include "store/store.h"

namespace retort {

/// Seconds: while anybody computes, an object this young may be about to get its record.
constexpr int64_t kYoungObject = 3600;

/// Digests of all objects that records here name.
std::set<Key> named_objects(const Store& store);

/// Deletes what a process that was killed while it wrote a small file left beside it, an hour after.
void sweep_unfinished(const Store& store) noexcept;

/// Deletes what was collected longer than `grace` ago, and damaged files that lay there for a month. Objects that a
/// record names again are put back instead. Returns the bytes deleted.
uint64_t empty_trash(const Store& store, Leases& leases, std::chrono::seconds grace);

}  // namespace retort

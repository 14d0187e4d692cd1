#pragma once
// Collection: which results are worth least, and taking them out. Nothing is deleted at once: records and objects move
// to trash/collected, from where a reader that misses one puts it back, and are gone after a time of grace.
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "store/leases.h"
#include "store/pins.h"
#include "store/store.h"

namespace retort {

struct CollectionWish {
  std::optional<uint64_t> to_bytes;                ///< records and objects together shall take at most this much
  std::optional<std::chrono::seconds> older_than;  ///< results older than this shall go
  bool cited_too = false;                          ///< also what kept runs cite, after everything else
  std::chrono::seconds grace = std::chrono::hours(1);
  std::chrono::seconds idle_checkpoints = std::chrono::hours(24 * 7);  ///< how long one must lie untouched
};

/// Keys that runs name, as the caller read it in their logs.
struct Citations {
  std::map<std::string, std::vector<std::string>> kept;  ///< key → kept runs that cite it
  std::set<std::string> in_use;                          ///< keys of runs that go on now
};

struct Collectable {
  Key key;
  std::string type, node;
  double seconds = 0;  ///< it took to compute
  uint64_t bytes = 0;  ///< of its record and its objects
  double age = 0;      ///< seconds since its record was written
  std::vector<std::string> cited_by;
  std::vector<Key> objects;                                              ///< each once
  double worth() const { return seconds / static_cast<double>(bytes); }  ///< seconds to recompute a byte
};

struct Collection {
  std::vector<Collectable> going;            ///< least worth first
  size_t results = 0;                        ///< in the store before
  size_t pinned = 0, cited = 0, in_use = 0;  ///< of them, that stay for this reason
  uint64_t bytes_before = 0, bytes_after = 0;
  double seconds = 0;        ///< to compute again what goes
  std::vector<Key> orphans;  ///< objects that no record names
  uint64_t orphan_bytes = 0;
  std::vector<Key> checkpoints;  ///< whose saves go: not in flight, done or long untouched
};

/// What would go. Throws CannotRead at the first thing that cannot be read: what is not known is not thrown away.
Collection plan_collection(const Store& store, Leases& leases, const Citations& citations, const CollectionWish& wish);

/// Takes it out; looks at pins and leases once more at each. Then empties what was collected before the time of grace.
/// Returns the bytes that are gone for good. Throws Error(store) if the store cannot be written, CannotRead as above.
uint64_t collect(const Store& store, Leases& leases, const Collection& collection, const CollectionWish& wish);

}  // namespace retort

#include "store/collection.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "core/files.h"
#include "core/guarded_folder.h"
#include "core/json_read.h"
#include "store/emptying.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// Everything the store holds, with how many records need each object.
struct Inventory {
  std::vector<Collectable> results;
  std::map<Key, uint64_t> sizes;  ///< of objects that records name and that are there
  std::map<Key, size_t> uses;
  uint64_t bytes = 0;
};

/// 0 for one that is not there. Throws CannotRead: what cannot be looked at is not taken for anything.
uint64_t size_of_file(const fs::path& file, int64_t* written = nullptr) {
  struct stat about = {};
  if (!is_there(file)) return 0;
  if (::stat(file.c_str(), &about) != 0) {
    const CannotRead error(ErrorKind::store, "look at", file, errno);
    if (error.is_absent()) return 0;
    throw error;
  }
  if (written) *written = about.st_mtim.tv_sec;
  return static_cast<uint64_t>(about.st_size);
}

void count_objects(const Store& store, const Record& record, Collectable& result, Inventory& all) {
  std::set<Key> digests;
  for (const auto& [port, output] : record.outputs)
    for (const auto& file : output.files)
      if (!file.inlined) digests.insert(file.digest);
  for (const auto& digest : digests) {
    const auto [known, fresh] = all.sizes.try_emplace(digest, 0);
    if (fresh) {
      known->second = size_of_file(store.object_file(digest));
      all.bytes += known->second;
    }
    ++all.uses[digest];
    result.bytes += known->second;
    result.objects.push_back(digest);
  }
}

Inventory take_stock(const Store& store, const Citations& citations) {
  Inventory all;
  const auto now = static_cast<int64_t>(std::time(nullptr));
  for (const auto& key : store.keys()) {
    const auto record = store.find(key);
    if (!record || !record->from.empty()) continue;
    Collectable result;
    result.key = key;
    result.type = record->type;
    result.node = text_in(record->about, "node");
    result.seconds = number_in(record->about, "seconds");
    int64_t written = now;
    result.bytes = size_of_file(store.record_file(key), &written);
    result.age = static_cast<double>(std::max<int64_t>(0, now - written));  // a clock that was set back makes it young
    all.bytes += result.bytes;
    count_objects(store, *record, result, all);
    if (const auto cited = citations.kept.find(key); cited != citations.kept.end()) result.cited_by = cited->second;
    all.results.push_back(std::move(result));
  }
  return all;
}

/// Bytes that go with this result, were it taken out now.
uint64_t take_out(const Collectable& result, Inventory& all) {
  uint64_t bytes = result.bytes;
  for (const auto& digest : result.objects)
    if (--all.uses[digest] > 0) bytes -= all.sizes[digest];
  return bytes;
}

/// The opposite: bytes it would add.
uint64_t put_back(const Collectable& result, Inventory& all) {
  uint64_t bytes = result.bytes;
  for (const auto& digest : result.objects)
    if (all.uses[digest]++ > 0) bytes -= all.sizes[digest];
  return bytes;
}

bool before(const Collectable& a, const Collectable& b) {
  if (a.cited_by.empty() != b.cited_by.empty()) return a.cited_by.empty();
  return a.worth() != b.worth() ? a.worth() < b.worth() : a.age > b.age;
}

/// Least worth first until there is room; then what turns out to fit after all is left, most worth first.
void choose_for_size(std::vector<Collectable>& free, Inventory& all, uint64_t limit, Collection& collection) {
  uint64_t bytes = collection.bytes_after;
  std::vector<Collectable> chosen;
  for (auto& result : free) {
    if (bytes <= limit) break;
    bytes -= take_out(result, all);
    chosen.push_back(std::move(result));
  }
  for (auto it = chosen.rbegin(); it != chosen.rend(); ++it) {
    const uint64_t more = put_back(*it, all);
    if (bytes + more <= limit) {
      bytes += more;
      it->key = Key();
    } else {
      take_out(*it, all);
    }
  }
  for (auto& result : chosen)
    if (!result.key.empty()) collection.going.push_back(std::move(result));
  collection.bytes_after = bytes;
}

void choose_by_age(std::vector<Collectable>& free, Inventory& all, double limit, Collection& collection) {
  const auto old = std::stable_partition(free.begin(), free.end(), [&](const auto& one) { return one.age <= limit; });
  for (auto it = old; it != free.end(); ++it) {
    collection.bytes_after -= take_out(*it, all);
    collection.going.push_back(std::move(*it));
  }
  free.erase(old, free.end());
}

/// Objects without a record; while anybody computes only those that cannot be of a result about to be published.
void find_orphans(const Store& store, Leases& leases, const Inventory& all, Collection& collection) {
  const auto now = static_cast<int64_t>(std::time(nullptr));
  const auto objects = store.objects();
  const bool busy = leases.any_taken();  // asked now: whoever ended between has its record, which is looked for later
  for (const auto& digest : objects) {
    if (all.uses.count(digest)) continue;
    int64_t written = 0;
    const uint64_t bytes = size_of_file(store.object_file(digest), &written);
    collection.bytes_before += bytes;
    collection.bytes_after += bytes;
    if (busy && now - written < kYoungObject) continue;
    collection.bytes_after -= bytes;
    collection.orphan_bytes += bytes;
    collection.orphans.push_back(digest);
  }
}

bool untouched(const fs::path& folder, std::chrono::seconds limit) {
  for (const auto& name : names_in(folder)) {
    struct stat about = {};
    if (::lstat((folder / name).c_str(), &about) != 0) return false;
    if (S_ISDIR(about.st_mode) ? !untouched(folder / name, limit)
                               : std::time(nullptr) - about.st_mtim.tv_sec < limit.count())
      return false;
  }
  return true;
}

void find_checkpoints(const Store& store, Leases& leases, const CollectionWish& wish, Collection& collection) {
  const fs::path folder = store.root() / "checkpoints";
  for (const auto& name : names_in(folder)) {
    const auto key = Key::read(name);
    if (!key || leases.is_taken(*key)) continue;
    if (is_there(store.record_file(*key)) || untouched(folder / name, wish.idle_checkpoints))
      collection.checkpoints.push_back(*key);
  }
}

}  // namespace

Collection plan_collection(const Store& store, Leases& leases, const Citations& citations, const CollectionWish& wish) {
  Inventory all = take_stock(store, citations);
  Collection collection;
  collection.results = all.results.size();
  collection.bytes_before = collection.bytes_after = all.bytes;
  find_orphans(store, leases, all, collection);
  find_checkpoints(store, leases, wish, collection);
  const Pins pins(store);
  std::vector<Collectable> free;
  for (auto& result : all.results) {
    if (pins.has(result.key)) {
      ++collection.pinned;
    } else if (citations.in_use.count(result.key) || leases.is_taken(result.key)) {
      ++collection.in_use;
    } else if (!result.cited_by.empty() && !wish.cited_too) {
      ++collection.cited;
    } else {
      free.push_back(std::move(result));
    }
  }
  std::sort(free.begin(), free.end(), before);
  if (wish.older_than) choose_by_age(free, all, static_cast<double>(wish.older_than->count()), collection);
  if (wish.to_bytes) choose_for_size(free, all, *wish.to_bytes, collection);
  for (const auto& result : collection.going) collection.seconds += result.seconds;
  return collection;
}

uint64_t collect(const Store& store, Leases& leases, const Collection& collection, const CollectionWish& wish) {
  const Trash::Batch batch = store.trash().begin_batch();
  const Pins pins(store);
  const auto wanted = [&](const Key& key) { return pins.has(key) || leases.is_taken(key); };
  std::set<Key> loose(collection.orphans.begin(), collection.orphans.end());
  for (const auto& result : collection.going) {
    if (wanted(result.key)) continue;
    const fs::path file = store.record_file(result.key);
    if (!Trash::put(batch, "results", file)) continue;
    if (wanted(result.key) && store.trash().restore("results", file)) continue;  // pinned in this very moment
    loose.insert(result.objects.begin(), result.objects.end());
  }
  // Objects of results that stay, or came meanwhile, stay: records are read again now that the others are gone.
  for (const auto& digest : named_objects(store)) loose.erase(digest);
  for (const auto& digest : loose) Trash::put(batch, "objects", store.object_file(digest));
  for (const auto& key : collection.checkpoints) {
    if (!leases.is_taken(key)) remove_tree(store.root() / "checkpoints" / key.text());
  }
  store.sweep_scratch();
  sweep_unfinished(store);
  return empty_trash(store, leases, wish.grace);
}

}  // namespace retort

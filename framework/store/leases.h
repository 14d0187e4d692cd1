#pragma once
// Who may compute which key, among all processes that use a store. Kernel locks on bytes of one file: nothing is left
// behind when a process dies, and there is no unlock command. Where the file system has no such locks, a file a key
// made exclusively, with a heartbeat (file_lease.h); a store stays with what it once found.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "store/lease.h"
#include "store/store.h"

namespace retort {

class FileLeases;

class Leases {
 public:
  /// Where the store's lease file cannot be made (it is read-only), every lease is granted: nothing can be published
  /// there twice either.
  explicit Leases(const Store& store);
  ~Leases();
  Leases(const Leases&) = delete;
  Leases& operator=(const Leases&) = delete;

  /// The lease, unless another process or another part of this one has it; never waits. Two keys of equal first 62
  /// bits share a lock, which only delays. Throws Error(store) if the store cannot be written. With the lease,
  /// `published` gets what is there under the key: what another owner left may be all that is wanted.
  std::optional<Lease> try_take(const Key& key, std::optional<Record>* published = nullptr);
  /// Whether anybody has it now. Throws CannotRead where that cannot be told.
  bool is_taken(const Key& key);
  bool any_taken();  ///< whether anybody has any: computes something

 private:
  uint64_t next_fence(const Key& key, std::optional<Record>* published) const;
  bool by_file();
  bool may_write(const std::filesystem::path& path) const;

  const Store& store_;
  std::filesystem::path folder_;
  bool always_by_file_ = false;
  std::unique_ptr<FileLeases> files_;
};

}  // namespace retort

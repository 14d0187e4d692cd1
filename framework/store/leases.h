#pragma once
// The right to compute one key, held only while its process lives. One file for all keys: each key is one byte of it,
// locked by the kernel on an open file description that belongs to this object alone, so nothing is left behind when
// the process dies and there is no unlock command.
#include <filesystem>
#include <string>

namespace retort {

class Leases {
 public:
  /// `file` is made if absent. Where it cannot be (a read-only store), every lease is granted: nothing can be published
  /// there twice either.
  explicit Leases(const std::filesystem::path& file);
  ~Leases();
  Leases(const Leases&) = delete;
  Leases& operator=(const Leases&) = delete;

  /// Whether this process now has the key; never waits. Two keys of equal first 62 bits share a lease, which only
  /// delays.
  bool try_take(const std::string& key);
  void release(const std::string& key);

 private:
  bool lock(const std::string& key, short type);
  int file_ = -1;
};

}  // namespace retort

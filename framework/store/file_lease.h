#pragma once
// A lease without kernel locks: leases/by_file/<key>/<fence>, made exclusively by a hard link, kept alive by a
// heartbeat. It is taken over, under the next fence, when its owner is known to be dead (same machine) or when the
// heartbeat stood still for long as seen by one observer's own steady clock: clocks of machines are never compared.
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "core/checked_name.h"
#include "store/lease.h"

namespace retort {

class FileLeases {
 public:
  using Clock = std::chrono::steady_clock;

  /// `stale`: how long a heartbeat must stand still.
  FileLeases(std::filesystem::path folder, std::chrono::milliseconds stale);

  /// Null if somebody has the key. `fence` is the least that will do, and becomes the one taken. Throws Error(store).
  std::unique_ptr<Lease::Right> try_take(const Key& key, uint64_t& fence);
  bool is_taken(const Key& key);
  bool any_taken();

 private:
  struct Seen {
    std::string text;
    Clock::time_point since;
  };
  bool is_abandoned(const std::filesystem::path& file, const std::string& text);

  std::filesystem::path folder_;
  std::chrono::milliseconds stale_;
  std::map<std::string, Seen> seen_;  ///< file → its newest text, and since when it is that
};

/// Makes this process the one that keeps the file alive.
std::unique_ptr<Lease::Right> received_file(const std::filesystem::path& file, const std::string& token);

}  // namespace retort

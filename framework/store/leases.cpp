#include "store/leases.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/error.h"
#include "core/files.h"
#include "store/file_lease.h"
#include "store/lock_lease.h"
#include "store/settings.h"

namespace retort {
namespace {

constexpr auto kStale = std::chrono::seconds(30);
constexpr const char* kLocks = "keys";
constexpr const char* kFiles = "by_file";

}  // namespace

Leases::Leases(const Store& store)
    : store_(store), folder_(store.root() / "leases"), always_by_file_(store_settings(store.root()).lease_files) {
  if (always_by_file_ && may_write(folder_)) make_folder(folder_ / kFiles);
}
Leases::~Leases() = default;

/// False where it is read-only or not there; that the system does not answer is neither.
bool Leases::may_write(const std::filesystem::path& path) const {
  bool may = false;
  retried([&] {
    may = ::access(path.c_str(), W_OK) == 0;
    if (may || errno == EACCES || errno == EROFS || errno == EPERM) return;
    const CannotRead error(ErrorKind::store, "look at", path, errno);
    if (!error.is_absent()) throw error;
  });
  return may;
}

/// Asked each time: another machine may have found meanwhile that there are no locks.
bool Leases::by_file() {
  if (!files_ && (always_by_file_ || is_there(folder_ / kFiles)))
    files_ = std::make_unique<FileLeases>(folder_ / kFiles, kStale);
  return files_ != nullptr;
}

uint64_t Leases::next_fence(const Key& key, std::optional<Record>* published) const {
  uint64_t newest = store_.newest_checkpoint_fence(key);
  auto record = store_.find(key);
  if (record) newest = std::max(newest, fence_of(*record));
  if (published) *published = std::move(record);
  return newest + 1;
}

std::optional<Lease> Leases::try_take(const Key& key, std::optional<Record>* published) {
  if (!may_write(folder_)) {
    next_fence(key, published);
    return Lease(key, 1, std::make_unique<Lease::Right>());
  }
  if (!by_file()) {
    std::unique_ptr<Lease::Right> right;
    switch (take_lock(folder_ / kLocks, key, right)) {
      case Locked::yes:
        return Lease(key, next_fence(key, published), std::move(right));
      case Locked::no:
        return std::nullopt;
      case Locked::unsupported:
        make_folder(folder_ / kFiles);
    }
  }
  if (!by_file()) throw Error(ErrorKind::store, (folder_ / kFiles).string() + " was removed");
  uint64_t fence = next_fence(key, nullptr);
  auto right = files_->try_take(key, fence);
  if (!right) return std::nullopt;
  if (published) *published = store_.find(key);  // only now nobody else can publish
  return Lease(key, fence, std::move(right));
}

bool Leases::any_taken() {
  if (by_file()) return files_->any_taken();
  return may_write(folder_ / kLocks) && probe_any_lock(folder_ / kLocks) == Locked::no;
}

bool Leases::is_taken(const Key& key) {
  if (by_file()) return files_->is_taken(key);
  return may_write(folder_ / kLocks) && probe_lock(folder_ / kLocks, key) == Locked::no;
}

}  // namespace retort

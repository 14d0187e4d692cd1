#include "store/lock_lease.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <vector>

#include "core/error.h"
#include "core/file_trouble.h"

namespace retort {
namespace {

/// Descriptors that carry locks. A child made by fork shares their descriptions, and would hold the lease after its
/// parent: it closes them before it does anything else.
class Carriers {
 public:
  static Carriers& all() {
    static auto& one = *new Carriers;
    return one;
  }
  void add(int file) {
    const std::lock_guard lock(guard_);
    files_.push_back(file);
  }
  void close(int file) {
    const std::lock_guard lock(guard_);
    files_.erase(std::remove(files_.begin(), files_.end(), file), files_.end());
    ::close(file);
  }

 private:
  Carriers() {
    ::pthread_atfork([] { all().guard_.lock(); }, [] { all().guard_.unlock(); },
                     [] {
                       for (const int file : all().files_) ::close(file);
                       all().files_.clear();
                       all().guard_.unlock();
                     });
  }
  std::mutex guard_;
  std::vector<int> files_;
};

struct flock range_of(const std::string& key, short type) {
  struct flock range = {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(std::stoull(key.substr(0, 16), nullptr, 16) >> 2);
  range.l_len = 1;
  return range;
}

class LockRight final : public Lease::Right {
 public:
  LockRight(std::string key, int file) : key_(std::move(key)), file_(file) { Carriers::all().add(file_); }
  ~LockRight() override { Carriers::all().close(file_); }
  LockRight(const LockRight&) = delete;
  LockRight& operator=(const LockRight&) = delete;

  int descriptor() const override { return file_; }
  void release() override {
    auto range = range_of(key_, F_UNLCK);
    ::fcntl(file_, F_OFD_SETLK, &range);
  }

 private:
  std::string key_;
  int file_;
};

int open_lock_file(const std::filesystem::path& file) {
  const int opened = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (opened < 0) throw Error(ErrorKind::store, file_trouble("open", file, errno));
  return opened;
}

Locked probe(const std::filesystem::path& file, struct flock range) {
  const int opened = open_lock_file(file);
  const bool worked = ::fcntl(opened, F_OFD_GETLK, &range) == 0;
  ::close(opened);
  if (!worked) return Locked::unsupported;
  return range.l_type == F_UNLCK ? Locked::yes : Locked::no;
}

bool means_busy(int code) { return code == EAGAIN || code == EACCES; }

}  // namespace

Locked take_lock(const std::filesystem::path& file, const std::string& key, std::unique_ptr<Lease::Right>& right) {
  const int opened = open_lock_file(file);
  auto range = range_of(key, F_WRLCK);
  if (::fcntl(opened, F_OFD_SETLK, &range) == 0) {
    right = std::make_unique<LockRight>(key, opened);
    return Locked::yes;
  }
  const int code = errno;
  ::close(opened);
  return means_busy(code) ? Locked::no : Locked::unsupported;
}

Locked probe_lock(const std::filesystem::path& file, const std::string& key) {
  return probe(file, range_of(key, F_WRLCK));
}

Locked probe_any_lock(const std::filesystem::path& file) {
  struct flock range = {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;  // from 0, of length 0: to the end of whatever there may be
  return probe(file, range);
}

std::unique_ptr<Lease::Right> received_lock(const std::string& key, int descriptor) {
  return std::make_unique<LockRight>(key, descriptor);
}

}  // namespace retort

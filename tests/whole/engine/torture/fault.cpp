#include "fault.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace {

template <class F>
F real(const char* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

struct Plan {
  std::string under, name;
  uint64_t at = 0;
  int error = 0;
  bool sticky = false, no_locks = false, reads = false;
  time_t clock = 0;
  std::atomic<uint64_t> own{0};
  std::atomic<uint64_t>* count = &own;
};

long number(const char* name) {
  const char* text = std::getenv(name);
  return text ? std::atol(text) : 0;
}

bool is_this_program(const char* name) {
  char path[PATH_MAX] = "";
  if (::readlink("/proc/self/exe", path, sizeof path - 1) < 0) return false;
  const char* base = std::strrchr(path, '/');
  return std::strcmp(base ? base + 1 : path, name) == 0;
}

Plan& plan() {
  static Plan& one = *[] {
    auto* made = new Plan;
    made->no_locks = number("RETORT_FAULT_NO_LOCKS") != 0;
    made->clock = number("RETORT_FAULT_CLOCK");
    const char* program = std::getenv("RETORT_FAULT_PROGRAM");
    const char* under = std::getenv("RETORT_FAULT_UNDER");
    if (!under || (program && !is_this_program(program))) return made;
    made->at = static_cast<uint64_t>(number("RETORT_FAULT_AT"));
    made->error = static_cast<int>(number("RETORT_FAULT_ERRNO"));
    made->sticky = number("RETORT_FAULT_STICKY") != 0;
    made->reads = number("RETORT_FAULT_READS") != 0;
    if (const char* file = std::getenv("RETORT_FAULT_COUNTER")) {
      const int opened = real<int (*)(const char*, int, ...)>("open")(file, O_RDWR | O_CLOEXEC);
      void* memory = ::mmap(nullptr, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
      if (memory != MAP_FAILED) made->count = static_cast<std::atomic<uint64_t>*>(memory);
      ::close(opened);
    }
    if (const char* name = std::getenv("RETORT_FAULT_NAME")) made->name = name;
    made->under = under;
    return made;
  }();
  return one;
}

/// Whether the call that was counted last is to write a part only, if it writes.
thread_local bool short_write = false;

size_t part_of(size_t size) { return std::exchange(short_write, false) && size > 1 ? size / 2 : size; }

bool below_scratch(const std::string& path) { return path.compare(plan().under.size(), 9, "/scratch/") == 0; }

/// Counts a call that changes `path`, or looks at it, and says whether it shall fail; errno is set then.
bool fails(const char* path, bool in_scratch_too = true, bool reads = false) {
  const int before = errno;
  Plan& one = plan();
  if (one.reads != reads) return false;
  short_write = false;
  if (one.under.empty() || !path || std::strncmp(path, one.under.c_str(), one.under.size()) != 0) return false;
  if (!in_scratch_too && below_scratch(path)) return false;
  if (!std::string_view(path).ends_with(one.name)) return false;
  const uint64_t number = ++*one.count;
  errno = before;
  if (one.at == 0 || (number != one.at && !(one.sticky && number > one.at))) return false;
  if (one.error == 0) return short_write = true, false;
  errno = one.error;
  return true;
}

bool fails_to_read(const char* path) { return fails(path, /*in_scratch_too=*/true, /*reads=*/true); }

bool fails(int file, bool reads = false) {
  if (plan().reads != reads) return false;
  if (plan().under.empty()) return false;
  const int before = errno;
  char path[PATH_MAX] = "";
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const ssize_t size = ::readlink(link.c_str(), path, sizeof path - 1);
  errno = before;
  return size > 0 && fails(path, /*in_scratch_too=*/reads, reads);
}

bool changes(int flags) { return (flags & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR)) != 0; }

int open_by(const char* name, const char* path, int flags, mode_t mode) {
  if (changes(flags) ? fails(path, /*in_scratch_too=*/false) : fails_to_read(path)) return -1;
  return real<int (*)(const char*, int, ...)>(name)(path, flags, mode);
}

bool locks(int command) {
  switch (command) {
    case F_SETLK:
    case F_SETLKW:
    case F_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
    case F_OFD_GETLK:
      return true;
    default:
      return false;
  }
}

int fcntl_by(const char* name, int file, int command, void* argument) {
  if (plan().no_locks && locks(command)) {
    errno = ENOLCK;
    return -1;
  }
  return real<int (*)(int, int, ...)>(name)(file, command, argument);
}

}  // namespace

extern "C" {

void fault_arm(const char* under, uint64_t at, int error, bool sticky) {
  plan().under = under ? under : "";
  plan().at = at;
  plan().error = error;
  plan().sticky = sticky;
  plan().count->store(0);
}
uint64_t fault_count() { return plan().count->load(); }

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return open_by("open", path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return open_by("open64", path, flags, mode);
}
ssize_t write(int file, const void* bytes, size_t size) {
  return fails(file) ? -1 : real<ssize_t (*)(int, const void*, size_t)>("write")(file, bytes, part_of(size));
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  return fails(file) ? -1
                     : real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite")(file, bytes, part_of(size), at);
}
ssize_t read(int file, void* bytes, size_t size) {
  return fails(file, /*reads=*/true) ? -1 : real<ssize_t (*)(int, void*, size_t)>("read")(file, bytes, size);
}
ssize_t pread(int file, void* bytes, size_t size, off_t at) {
  return fails(file, /*reads=*/true) ? -1
                                     : real<ssize_t (*)(int, void*, size_t, off_t)>("pread")(file, bytes, size, at);
}
int stat(const char* path, struct stat* about) {
  return fails_to_read(path) ? -1 : real<int (*)(const char*, struct stat*)>("stat")(path, about);
}
int lstat(const char* path, struct stat* about) {
  return fails_to_read(path) ? -1 : real<int (*)(const char*, struct stat*)>("lstat")(path, about);
}
int statx(int folder, const char* path, int flags, unsigned mask, struct statx* about) {
  if (fails_to_read(path)) return -1;
  return real<int (*)(int, const char*, int, unsigned, struct statx*)>("statx")(folder, path, flags, mask, about);
}
int access(const char* path, int mode) {
  return fails_to_read(path) ? -1 : real<int (*)(const char*, int)>("access")(path, mode);
}
DIR* opendir(const char* path) { return fails_to_read(path) ? nullptr : real<DIR* (*)(const char*)>("opendir")(path); }
dirent* readdir(DIR* list) {
  return fails(dirfd(list), /*reads=*/true) ? nullptr : real<dirent* (*)(DIR*)>("readdir")(list);
}
int fsync(int file) { return fails(file) ? -1 : real<int (*)(int)>("fsync")(file); }
int rename(const char* from, const char* to) {
  return fails(to) ? -1 : real<int (*)(const char*, const char*)>("rename")(from, to);
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  if (fails(to)) return -1;
  return real<int (*)(int, const char*, int, const char*, unsigned)>("renameat2")(from_folder, from, to_folder, to,
                                                                                  flags);
}
int link(const char* from, const char* to) {
  return fails(to) ? -1 : real<int (*)(const char*, const char*)>("link")(from, to);
}
int mkdir(const char* path, mode_t mode) {
  return fails(path) ? -1 : real<int (*)(const char*, mode_t)>("mkdir")(path, mode);
}
int chmod(const char* path, mode_t mode) {
  return fails(path) ? -1 : real<int (*)(const char*, mode_t)>("chmod")(path, mode);
}
int unlink(const char* path) { return fails(path) ? -1 : real<int (*)(const char*)>("unlink")(path); }

int fcntl(int file, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  return fcntl_by("fcntl", file, command, argument);
}
int fcntl64(int file, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  return fcntl_by("fcntl64", file, command, argument);
}
int flock(int file, int operation) {
  if (plan().no_locks) {
    errno = ENOLCK;
    return -1;
  }
  return real<int (*)(int, int)>("flock")(file, operation);
}

int clock_gettime(clockid_t clock, timespec* time) {
  const int result = real<int (*)(clockid_t, timespec*)>("clock_gettime")(clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += plan().clock;
  return result;
}
time_t time(time_t* out) {
  timespec now = {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"

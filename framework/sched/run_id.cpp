#include "sched/run_id.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <random>

#include "core/error.h"
#include "core/file_trouble.h"
#include "core/guarded_folder.h"

namespace retort {
namespace {

/// Inverse of run_id; 0 for a name that is none.
int64_t time_of(const std::string& id) {
  std::tm parts = {};
  const char* rest = ::strptime(id.c_str(), "%Y%m%d-%H%M%S-", &parts);
  int milliseconds = 0;
  return rest && std::sscanf(rest, "%3d-", &milliseconds) == 1 ? 1000 * int64_t{::timegm(&parts)} + milliseconds : 0;
}

int64_t newest_in(const std::filesystem::path& runs) {
  int64_t newest = 0;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(runs, none))
    newest = std::max(newest, time_of(entry.path().filename().string()));
  return newest;
}

}  // namespace

std::string run_id(int64_t milliseconds) {
  const std::time_t seconds = milliseconds / 1000;
  std::tm parts = {};
  ::gmtime_r(&seconds, &parts);
  char time[32], id[64];
  std::strftime(time, sizeof time, "%Y%m%d-%H%M%S", &parts);
  std::snprintf(id, sizeof id, "%s-%03d-%04x", time, static_cast<int>(milliseconds % 1000),
                std::random_device()() & 0xffff);
  return id;
}

std::string make_run(const std::filesystem::path& runs) {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  for (;;) {
    const std::string id = run_id(std::max(now, newest_in(runs) + 1));
    const auto folder = runs / id;
    if (::mkdir(SafePath(folder).c_str(), 0777) == 0) {
      share_with_group(folder);
      return id;
    }
    if (errno != EEXIST) throw Error(ErrorKind::store, file_trouble("make", folder, errno));
  }
}

}  // namespace retort

#include "core/processors.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostCores = 1 << 16;

size_t cores_of_affinity() {
  for (size_t most = 1024; most <= kMostCores; most *= 4) {  // the kernel refuses a set that is too small for it
    cpu_set_t* set = CPU_ALLOC(most);
    const size_t size = CPU_ALLOC_SIZE(most);
    const bool known = ::sched_getaffinity(0, size, set) == 0;
    const int count = known ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (known) return static_cast<size_t>(count);
  }
  return std::thread::hardware_concurrency();
}

/// Of one group; 0: no limit.
size_t cores_of(const fs::path& group) {
  double quota = 0, period = 0;
  if (std::ifstream file(group / "cpu.max"); !(file >> quota >> period)) {  // "max 100000" has no quota
    std::ifstream old_quota(group / "cpu.cfs_quota_us"), old_period(group / "cpu.cfs_period_us");
    if (!(old_quota >> quota) || !(old_period >> period)) return 0;
  }
  if (quota <= 0 || period <= 0) return 0;
  return static_cast<size_t>(std::clamp(std::ceil(quota / period), 1.0, static_cast<double>(kMostCores)));
}

bool names_cpu(const std::string& controllers) { return ("," + controllers + ",").find(",cpu,") != std::string::npos; }

}  // namespace

size_t cores_of_groups(const fs::path& membership, const fs::path& mount) {
  size_t fewest = 0;
  std::ifstream lines(membership);
  for (std::string line; std::getline(lines, line);) {  // "0::/a/b", "4:cpu,cpuacct:/a/b"
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (!controllers.empty() && !names_cpu(controllers)) continue;
    const fs::path root = controllers.empty() ? mount : mount / controllers;
    for (fs::path group = line.substr(second + 1);; group = group.parent_path()) {
      if (const size_t cores = cores_of(root / group.relative_path()); cores > 0)
        fewest = fewest == 0 ? cores : std::min(fewest, cores);
      if (group == group.parent_path()) break;
    }
  }
  return fewest;
}

size_t usable_cores() {
  const size_t cores = std::max<size_t>(1, cores_of_affinity());
  const size_t allowed = cores_of_groups("/proc/self/cgroup", "/sys/fs/cgroup");
  return allowed == 0 ? cores : std::min(cores, allowed);
}

}  // namespace retort

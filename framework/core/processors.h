#pragma once
// How many processor cores this process may use.
#include <cstddef>
#include <filesystem>

namespace retort {

/// The cores of its affinity mask (taskset, cpusets), at most as many as its control groups give it time for. One at
/// least.
size_t usable_cores();

/// What the control groups of a process allow, rounded up: the tightest limit of its group and those above, of version
/// 2 (cpu.max) or 1 (cpu.cfs_quota_us). `membership` is /proc/self/cgroup, `mount` /sys/fs/cgroup. 0: no limit.
size_t cores_of_groups(const std::filesystem::path& membership, const std::filesystem::path& mount);

}  // namespace retort

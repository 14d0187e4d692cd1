#pragma once
// A lease as a kernel lock: one byte of one file, on an open file description of its own.
#include <filesystem>
#include <memory>
#include <string>

#include "store/lease.h"

namespace retort {

enum class Locked { yes, no, unsupported };  ///< the last: this file system has no such locks

/// `right` is set if `yes`. Throws Error(store) if the file cannot be opened although it is there.
Locked take_lock(const std::filesystem::path& file, const Key& key, std::unique_ptr<Lease::Right>& right);
Locked probe_lock(const std::filesystem::path& file, const Key& key);  ///< `no`: somebody has it
Locked probe_any_lock(const std::filesystem::path& file);              ///< `no`: somebody has one
std::unique_ptr<Lease::Right> received_lock(const Key& key, int descriptor);

}  // namespace retort

#pragma once
// Fences as names of files and folders.
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace retort {

/// Nothing for a name that is no number, or none that fits.
inline std::optional<uint64_t> fence_in(const std::string& name) {
  uint64_t fence = 0;
  const char* end = name.data() + name.size();
  const auto [stopped, error] = std::from_chars(name.data(), end, fence);
  return error == std::errc() && stopped == end && !name.empty() ? std::optional(fence) : std::nullopt;
}

}  // namespace retort

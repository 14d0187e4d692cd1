#pragma once
// Sizes and times as people write them on a command line.
#include <chrono>
#include <cstdint>
#include <string>

namespace retort {

/// "500M", "10G", "1.5TiB", "4096": bytes, units of 1024. Throws Error(user) saying how sizes are written.
uint64_t size_value(const std::string& text);
/// "90s", "15min", "12h", "30d", "2w". Throws Error(user) saying how times are written.
std::chrono::seconds time_value(const std::string& text);

}  // namespace retort

#include "core/error.h"

#include <array>
#include <cstdio>

namespace retort {
namespace {
constexpr std::array<const char*, 12> kNames = {"user",    "data",          "store",     "plugin",
                                                "memory",  "device_memory", "device",    "not_a_number",
                                                "timeout", "lost",          "cancelled", "internal"};
}

const char* name_of(ErrorKind kind) { return kNames[static_cast<size_t>(kind)]; }

ErrorKind error_kind(const std::string& name) {
  for (size_t i = 0; i < kNames.size(); ++i)
    if (name == kNames[i]) return static_cast<ErrorKind>(i);
  return ErrorKind::internal;
}

void check_failed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: internal check failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace retort

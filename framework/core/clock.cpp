#include "core/clock.h"

#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>

namespace retort {
namespace {

/// "2026-01-31T14:25:01" of seconds since 1970.
std::string utc(std::time_t time) {
  std::tm parts = {};
  ::gmtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return text;
}

}  // namespace

std::string utc_now() { return utc(std::time(nullptr)) + "Z"; }

std::string utc_now_milliseconds() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  char rest[8];
  std::snprintf(rest, sizeof rest, ".%03dZ", static_cast<int>(milliseconds % 1000));
  return utc(milliseconds / 1000) + rest;
}

std::string user_name() {
  const passwd* user = ::getpwuid(::geteuid());
  return user ? user->pw_name : "user " + std::to_string(::geteuid());
}

}  // namespace retort

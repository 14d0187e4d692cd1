#include "plan/folder_watch.h"

#include <charconv>

namespace retort {
namespace {

size_t folder_number(const std::string& name) {
  size_t number = 0;
  std::from_chars(name.data(), name.data() + 2, number, 16);
  return number;
}

}  // namespace

void FolderWatch::watch(const std::string& name) {
  auto& seen = stamps_[folder_number(name)];
  if (seen) return;
  seen.emplace();
  seen->read = clock_now();
  seen->stamp = stamp_of((place_ / name.substr(0, 2)).c_str()).value_or(FileStamp{});
}

void FolderWatch::came(const std::string& name) {
  auto& seen = stamps_[folder_number(name)];
  if (!seen) seen.emplace();
}

}  // namespace retort

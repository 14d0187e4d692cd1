#include "plan/source_digests.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "core/digest.h"
#include "core/files.h"
#include "core/plugin_spec.h"

namespace retort {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kRest = 2 * kSecond;  // the coarsest clock of a file system in use (FAT, old network servers)

int64_t nanoseconds(const timespec& time) { return time.tv_sec * kSecond + time.tv_nsec; }

int64_t now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

}  // namespace

SourceDigests::SourceDigests(std::filesystem::path file) : file_(std::move(file)) {
  std::error_code none;
  if (!std::filesystem::exists(file_, none)) return;
  const Json json = Json::parse(read_file(file_, ErrorKind::store), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("retort_sources", 0) != 1) return;
  for (const auto& [path, one] : json.at("files").items())
    seen_[path] = {one.at(0), one.at(1), one.at(2), one.at(3), one.at(4), one.at(5)};
}

SourceDigests::Seen SourceDigests::look(const std::filesystem::path& path) {
  struct stat about = {};
  if (::stat(path.c_str(), &about) != 0)
    throw Error(ErrorKind::data, "cannot read " + path.string() + ": " + std::strerror(errno));
  Seen seen;
  seen.size = static_cast<uint64_t>(about.st_size);
  seen.inode = about.st_ino;
  seen.modified = nanoseconds(about.st_mtim);
  seen.changed = nanoseconds(about.st_ctim);
  seen.read = now();
  return seen;
}

std::string SourceDigests::digest(const std::filesystem::path& path) {
  Seen present = look(path);
  Seen& known = seen_[std::filesystem::absolute(path).lexically_normal().string()];
  const bool same = known.size == present.size && known.inode == present.inode && known.modified == present.modified &&
                    known.changed == present.changed;
  const bool at_rest = std::max(known.modified, known.changed) + kRest < known.read;
  if (same && at_rest && !known.digest.empty()) return known.digest;
  present.digest = sha256_file(path);
  known = present;
  learned_ = true;
  return known.digest;
}

void SourceDigests::save() const noexcept {
  if (!learned_) return;
  try {
    Json files = Json::object();
    for (const auto& [path, seen] : seen_)
      if (!seen.digest.empty())
        files[path] = {seen.size, seen.inode, seen.modified, seen.changed, seen.read, seen.digest};
    write_atomically(file_, Json{{"retort_sources", 1}, {"files", files}}.dump(1) + "\n", /*sync=*/false);
  } catch (const std::exception&) {  // read-only store: nothing is lost but time
  }
}

}  // namespace retort

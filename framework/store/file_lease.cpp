#include "store/file_lease.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <random>

#include "core/error.h"
#include "core/file_trouble.h"
#include "core/files.h"
#include "store/heartbeat.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int kTries = 8;  // of making a folder that others remove when it is empty

/// Fences that exist in the folder of a key; the file of each is its owner's.
std::optional<uint64_t> newest_fence(const fs::path& folder) {
  std::optional<uint64_t> newest;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename().string();
    if (name.empty() || name.find_first_not_of("0123456789") != std::string::npos) continue;
    newest = std::max(newest.value_or(0), static_cast<uint64_t>(std::stoull(name)));
  }
  return newest;
}

std::string text_of(const fs::path& file) {
  try {
    return read_file(file, ErrorKind::store);
  } catch (const Error&) {
    return "";
  }
}

std::string random_token() {
  std::random_device random;
  char text[40];
  std::snprintf(text, sizeof text, "%08x%08x%08x", random(), random(), random());
  return text;
}

class FileRight final : public Lease::Right {
 public:
  FileRight(fs::path file, std::string token)
      : file_(std::move(file)), token_(std::move(token)), beat_(std::make_unique<Heartbeat>(file_, token_)) {}

  Json ticket() const override { return {{"file", file_.string()}, {"token", token_}}; }
  bool is_mine() const override {
    const auto newest = newest_fence(file_.parent_path());
    return newest && std::to_string(*newest) == file_.filename().string() &&
           Heartbeat::token_in(text_of(file_)) == token_;
  }
  void release() override {
    beat_.reset();
    if (Heartbeat::token_in(text_of(file_)) != token_) return;
    ::unlink(file_.c_str());
    ::rmdir(file_.parent_path().c_str());  // fails, rightly, if there is another owner
  }

 private:
  fs::path file_;
  std::string token_;
  std::unique_ptr<Heartbeat> beat_;
};

}  // namespace

FileLeases::FileLeases(fs::path folder, std::chrono::milliseconds stale) : folder_(std::move(folder)), stale_(stale) {}

bool FileLeases::is_abandoned(const fs::path& file, const std::string& text) {
  if (Heartbeat::owner_is_dead(text)) return true;
  Seen& seen = seen_[file.string()];
  if (seen.text != text || seen.since == Clock::time_point{}) seen = {text, Clock::now()};
  return Clock::now() - seen.since > stale_;
}

bool FileLeases::is_taken(const std::string& key) {
  const auto newest = newest_fence(folder_ / key);
  if (!newest) return false;
  const fs::path file = folder_ / key / std::to_string(*newest);
  const std::string text = text_of(file);
  return !text.empty() && !is_abandoned(file, text);
}

bool FileLeases::any_taken() {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder_, none))
    if (entry.is_directory(none) && is_taken(entry.path().filename().string())) return true;
  return false;
}

std::unique_ptr<Lease::Right> FileLeases::try_take(const std::string& key, uint64_t& fence) {
  const fs::path folder = folder_ / key;
  const auto newest = newest_fence(folder);
  if (newest) {
    if (is_taken(key)) return nullptr;
    fence = std::max(fence, *newest + 1);
  }
  const std::string token = random_token();
  const fs::path beside = folder_ / ("new-" + token);
  write_file(beside, Heartbeat::text(token, 0));
  const fs::path file = folder / std::to_string(fence);
  int code = ENOENT;
  for (int i = 0; i < kTries && code == ENOENT; ++i) {
    std::error_code none;
    fs::create_directory(folder, none);
    code = ::link(beside.c_str(), file.c_str()) == 0 ? 0 : errno;
  }
  ::unlink(beside.c_str());
  if (code == EEXIST) return nullptr;
  if (code != 0) throw Error(ErrorKind::store, file_trouble("make", file, code));
  for (uint64_t old = newest.value_or(0); newest && old > 0 && ::unlink((folder / std::to_string(old)).c_str()) == 0;)
    --old;
  seen_.erase((folder / std::to_string(newest.value_or(0))).string());
  return std::make_unique<FileRight>(file, token);
}

std::unique_ptr<Lease::Right> received_file(const fs::path& file, const std::string& token) {
  return std::make_unique<FileRight>(file, token);
}

}  // namespace retort

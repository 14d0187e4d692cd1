#include "cli/files/new_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/clock.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/files.h"
#include "core/plugin_spec.h"
#include "core/stated_version.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMark = ".retort-export.json";  // {"retort_export":1,"files":{NAME:SHA256}}
constexpr int kMarkFormat = 1;

Error failed(const std::string& what, const fs::path& path, const std::string& reason) {
  return {ErrorKind::store, "cannot " + what + " " + path.string() + ": " + reason};
}

/// All that lies in the folder, its mark apart: files by their SHA-256, anything but files and folders as null.
Json contents_of(const fs::path& folder) {
  Json files = Json::object();
  for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string name = entry->path().lexically_relative(folder).string();
    const auto kind = entry->symlink_status().type();
    if (name == kMark || kind == fs::file_type::directory) continue;
    files[name] = kind == fs::file_type::regular ? Json(sha256_file(entry->path())) : Json();
  }
  return files;
}

/// Whether it was written here and nothing was added to it, taken out or changed.
bool is_own(const fs::path& folder) {
  std::error_code none;
  if (!fs::is_regular_file(folder / kMark, none)) return false;
  try {
    const Json mark = Json::parse(read_file(folder / kMark), nullptr, /*allow_exceptions=*/false);
    return stated_version(mark, "retort_export") == kMarkFormat && mark.value("files", Json()) == contents_of(folder);
  } catch (const std::exception&) {
    return false;
  }
}

/// Whether one of them is the other, or holds it.
bool overlap(const fs::path& a, const fs::path& b) {
  const auto [one, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return one == a.end() || other == b.end();
}

bool holds(const fs::path& outer, const fs::path& inner) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

/// All that is left of one file, into another; 0 or the error. (std::filesystem::copy_file takes a short write for
/// all.)
int copy_bytes(int from, int to) {
  constexpr size_t kPiece = 1 << 20;
  std::string piece(kPiece, '\0');
  for (;;) {
    const ssize_t got = ::read(from, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0 ? 0 : errno;
    for (ssize_t done = 0; done < got;) {
      const ssize_t put = ::write(to, piece.data() + done, static_cast<size_t>(got - done));
      if (put < 0 && errno != EINTR) return errno;
      done += std::max<ssize_t>(put, 0);
    }
  }
}

int move(const fs::path& from, const fs::path& to) { return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno; }

}  // namespace

NewFolder::NewFolder(const fs::path& place, bool replace, const fs::path& precious) : typed_(place) {
  std::error_code code;
  place_ = fs::weakly_canonical(fs::absolute(place), code);
  if (code) throw failed("use", place, code.message());
  if (!place_.has_filename()) place_ = place_.parent_path();
  const auto status = fs::status(place_, code);
  if (fs::exists(status) && !fs::is_directory(status))
    throw Error(ErrorKind::user, place.string() + " is a file; name a folder");
  if (overlap(place_, fs::weakly_canonical(precious, code)))
    throw Error(ErrorKind::user, place.string() + " is in the store, or holds it; name another folder");
  stays_ = holds(place_, fs::current_path(code));
  if (fs::is_directory(status) && !fs::is_empty(place_, code)) {
    own_ = is_own(place_);
    foreign_ = !own_;
    if (foreign_ && !replace)
      throw Error(ErrorKind::user, place.string() +
                                       " holds other things than an untouched export; name a new folder, or let "
                                       "--replace move it aside");
    if (stays_)
      throw Error(ErrorKind::user, place.string() + " is worked in just now: go elsewhere, or name another folder");
  }
  make_beside();
}

void NewFolder::make_beside() {
  make_folder(place_.parent_path());
  std::string name = (place_.parent_path() / ("." + place_.filename().string().substr(0, 200) + ".XXXXXX")).string();
  if (!::mkdtemp(name.data())) throw failed("make a folder in", place_.parent_path(), std::strerror(errno));
  beside_ = name;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::chmod(name.c_str(), 0777 & ~mask);
}

NewFolder::~NewFolder() {
  std::error_code none;
  if (!beside_.empty()) fs::remove_all(beside_, none);
}

void NewFolder::copy(const fs::path& from, const fs::path& name) {
  const fs::path to = beside_ / name;
  make_folder(to.parent_path());
  const int source = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
  if (source < 0) throw failed("read", from, std::strerror(errno));
  const int target = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  int code = target < 0 ? errno : copy_bytes(source, target);
  ::close(source);
  if (target >= 0 && ::close(target) != 0 && code == 0) code = errno;  // some file systems say only now that it is full
  if (code != 0) throw failed("write", typed_ / name, std::strerror(code));
  files_.push_back(name.string());
}

void NewFolder::write(const fs::path& name, const std::string& bytes) {
  make_folder((beside_ / name).parent_path());
  write_atomically(beside_ / name, bytes, /*sync=*/false);
  files_.push_back(name.string());
}

/// A name for what was there before.
fs::path NewFolder::free_name() const {
  std::error_code none;
  const std::string name = place_.string() + ".before-" + utc_now();
  fs::path free = name;
  for (int i = 2; fs::exists(fs::symlink_status(free, none)); ++i) free = name + "-" + std::to_string(i);
  return free;
}

void NewFolder::publish() {
  write(kMark, Json{{"retort_export", kMarkFormat}, {"files", contents_of(beside_)}}.dump(1) + "\n");
  int code = own_ || foreign_ ? EEXIST : stays_ ? EBUSY : move(beside_, place_);
  if (code == EBUSY || code == EINVAL) {  // the folder that is worked in, or a place where something is mounted
    code = 0;
    for (const auto& entry : fs::directory_iterator(beside_))
      if (code == 0) code = move(entry.path(), place_ / entry.path().filename());
    if (code != 0) throw failed("write", typed_, std::strerror(code));
    return;  // the empty folder beside goes
  }
  if (code == 0) return beside_.clear();
  if (code != EEXIST && code != ENOTEMPTY) throw failed("write", typed_, std::strerror(code));
  if (!own_ && !foreign_)
    throw Error(ErrorKind::user, typed_.string() + " was filled by somebody meanwhile; name another folder");
  const fs::path old = free_name();
  if (::renameat2(AT_FDCWD, beside_.c_str(), AT_FDCWD, place_.c_str(), RENAME_EXCHANGE) == 0) {
    if (own_) return;  // what was there goes with the folder beside
    if (move(beside_, old) == 0) aside_ = old;
    return beside_.clear();
  }
  if (errno != EINVAL && errno != ENOSYS) throw failed("write", typed_, std::strerror(errno));
  if (code = move(place_, old); code != 0) throw failed("move aside", typed_, std::strerror(code));
  if (code = move(beside_, place_); code != 0) {
    move(old, place_);
    throw failed("write", typed_, std::strerror(code));
  }
  beside_ = own_ ? old : fs::path();
  if (foreign_) aside_ = old;
}

}  // namespace retort

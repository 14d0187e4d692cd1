// The half of Store that moves and checks bytes.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/digest.h"
#include "core/file_trouble.h"
#include "core/files.h"
#include "core/guarded_folder.h"
#include "store/store.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// The bytes as text for a record, if JSON can hold them unchanged.
bool is_utf8(const std::string& bytes) {
  try {
    static_cast<void>(Json(bytes).dump());
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

/// A file of this user's own, and nothing that a link of that name leads to.
bool make_read_only(const fs::path& path) {
  const SafePath safe(path);
  const int file = ::open(safe.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat about = {};
  bool good = file >= 0 && ::fstat(file, &about) == 0;
  if (good && (!S_ISREG(about.st_mode) || about.st_uid != ::geteuid())) errno = EPERM, good = false;
  good = good && ::fchmod(file, about.st_mode & 0444) == 0;  // for whom it was made
  const int code = errno;
  if (file >= 0) ::close(file);
  errno = code;
  return good;
}

/// Whoever wrote it knows how long it is: what was cut off or written over meanwhile is not published.
void check_written(const fs::path& path, const WrittenFile& file) {
  struct stat about = {};
  if (::lstat(path.c_str(), &about) != 0)
    throw Error(ErrorKind::internal, "output file \"" + file.name + "\" was written and is gone");
  if (!S_ISREG(about.st_mode) || static_cast<uint64_t>(about.st_size) != file.size)
    throw Error(ErrorKind::internal, "output file \"" + file.name + "\" was written with " + std::to_string(file.size) +
                                         " bytes and has " + std::to_string(about.st_size) + " now");
}

/// A name of its own for a file that somebody is about to read for a while: a collection may take the object away
/// meanwhile. The object's own name where no other can be given (another owner's file, another file system).
fs::path held_as(const fs::path& name, const fs::path& object) {
  make_folder(name.parent_path());
  const SafePath from(object), to(name);
  if (::link(from.c_str(), to.c_str()) == 0) return name;
  const CannotRead error(ErrorKind::store, "look at", object, errno);
  if (error.is_absent()) throw error;
  return object;
}

std::string of_record(const Record& record, const StoredFile& file) {
  return "result " + record.key.substr(0, 12) + " (" + record.type + "), file " + file.name;
}

}  // namespace

void Store::sync_path(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 || ::fsync(file) != 0) {
    const int code = errno;
    if (file >= 0) ::close(file);
    throw Error(ErrorKind::store, file_trouble("sync", path, code));
  }
  ::close(file);
}

void Store::add_object(const fs::path& from, const Key& digest) const {
  const fs::path to = object_file(digest);
  make_folder(to.parent_path());
  const SafePath safe_from(from), safe_to(to);
  if (!make_read_only(from) || ::rename(safe_from.c_str(), safe_to.c_str()) != 0)
    throw Error(ErrorKind::store, "cannot move " + from.string() + " to " + to.string() + ": " + std::strerror(errno));
}

StoredOutput Store::add_output(const std::string& kind, const Json& meta, const fs::path& folder,
                               const std::vector<WrittenFile>& files) const {
  StoredOutput output;
  output.kind = kind;
  output.meta = meta;
  for (const auto& written : files) {
    StoredFile file{written.name, written.size, written.digest, false, ""};
    file.inlined = written.size <= kSmallFile && is_utf8(written.bytes);
    if (file.inlined) {
      file.text = written.bytes;
    } else {
      check_written(folder / written.name, written);
      add_object(folder / written.name, written.digest);
    }
    output.files.push_back(std::move(file));
  }
  output.digest = digest_of(output);
  return output;
}

std::string Store::missing(const Record& record) const {
  for (const auto& [port, output] : record.outputs)
    for (const auto& file : output.files) {
      if (file.inlined) continue;
      struct stat about = {};
      const auto look = [&] {
        const fs::path path = locate(file.digest);
        if (!path.empty() && ::stat(path.c_str(), &about) != 0)
          throw CannotRead(ErrorKind::store, "look at", path, errno);
        return !path.empty();
      };
      if (::stat(object_file(file.digest).c_str(), &about) != 0 && !found(look))
        return of_record(record, file) + " is missing";
      if (!S_ISREG(about.st_mode)) return of_record(record, file) + " is no file of bytes";
      if (static_cast<uint64_t>(about.st_size) != file.size)
        return of_record(record, file) + " has " + std::to_string(about.st_size) + " bytes, not " +
               std::to_string(file.size);
    }
  return "";
}

fs::path Store::verified(const Record& record, const StoredFile& file, const fs::path& scratch) const {
  const fs::path own = scratch.empty() ? fs::path() : scratch / file.name.text();  // names may have folders in them
  if (file.inlined) {
    make_folder(own.parent_path());
    write_file(own, read(record, file));
    return own;
  }
  fs::path object, path;
  std::string digest;
  const bool is_here = found([&] {
    object = locate(file.digest);
    if (object.empty()) return false;
    path = own.empty() ? object : held_as(own, object);
    digest = sha256_file(path);
    return true;
  });
  if (!is_here)
    throw DamagedResult(record.key, of_record(record, file) + ": " + object_file(file.digest).string() + " is missing");
  if (digest == file.digest) return path;
  if (object == object_file(file.digest)) to_trash(object);
  throw DamagedResult(record.key,
                      of_record(record, file) + ": SHA-256 is " + digest + ", the record says " + file.digest);
}

std::string Store::read(const Record& record, const StoredFile& file) const {
  if (!file.inlined) {
    std::string bytes;
    if (found([&] { return bytes = read_file(verified(record, file, {}), ErrorKind::store), true; })) return bytes;
    throw DamagedResult(record.key, of_record(record, file) + " is missing");
  }
  if (sha256_hex(file.text) == file.digest) return file.text;
  throw DamagedResult(record.key, of_record(record, file) + ": the text in the record does not match its digest");
}

}  // namespace retort

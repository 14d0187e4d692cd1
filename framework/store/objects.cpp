// The half of Store that moves and checks bytes.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/digest.h"
#include "core/file_trouble.h"
#include "core/files.h"
#include "store/store.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kInlineLimit = 4096;

/// The bytes as text for a record, if JSON can hold them unchanged.
bool is_utf8(const std::string& bytes) {
  try {
    static_cast<void>(Json(bytes).dump());
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
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

void Store::add_object(const fs::path& from, const std::string& digest) const {
  const fs::path to = object_file(digest);
  make_folder(to.parent_path());
  if (::chmod(from.c_str(), 0444) != 0 || ::rename(from.c_str(), to.c_str()) != 0)
    throw Error(ErrorKind::store, "cannot move " + from.string() + " to " + to.string() + ": " + std::strerror(errno));
}

StoredOutput Store::add_output(const std::string& kind, const Json& meta, const fs::path& folder,
                               const std::vector<std::string>& names) const {
  StoredOutput output;
  output.kind = kind;
  output.meta = meta;
  for (const auto& name : names) {
    const fs::path from = folder / name;
    std::error_code code;
    StoredFile file;
    file.name = name;
    file.size = fs::file_size(from, code);
    if (code) throw Error(ErrorKind::internal, "output file \"" + name + "\" was announced but not written");
    if (file.size <= kInlineLimit) {
      file.text = read_file(from, ErrorKind::store);
      file.inlined = is_utf8(file.text);
      file.digest = sha256_hex(file.text);
      if (!file.inlined) file.text.clear();
    } else {
      file.digest = sha256_file(from);
    }
    if (!file.inlined) {
      add_object(from, file.digest);
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
      if (::stat(object_file(file.digest).c_str(), &about) != 0 && ::stat(locate(file.digest).c_str(), &about) != 0)
        return of_record(record, file) + " is missing";
      if (static_cast<uint64_t>(about.st_size) != file.size)
        return of_record(record, file) + " has " + std::to_string(about.st_size) + " bytes, not " +
               std::to_string(file.size);
    }
  return "";
}

fs::path Store::verified(const Record& record, const StoredFile& file, const fs::path& scratch) const {
  if (file.inlined) {
    const fs::path path = scratch / file.name;
    fs::create_directories(path.parent_path());  // names may have folders in them
    write_file(path, read(record, file));
    return path;
  }
  const fs::path path = locate(file.digest);
  if (path.empty())
    throw DamagedResult(record.key, of_record(record, file) + ": " + object_file(file.digest).string() + " is missing");
  const std::string found = sha256_file(path);
  if (found == file.digest) return path;
  if (path == object_file(file.digest)) to_trash(path);
  throw DamagedResult(record.key,
                      of_record(record, file) + ": SHA-256 is " + found + ", the record says " + file.digest);
}

std::string Store::read(const Record& record, const StoredFile& file) const {
  if (!file.inlined) return read_file(verified(record, file, {}));
  if (sha256_hex(file.text) == file.digest) return file.text;
  throw DamagedResult(record.key, of_record(record, file) + ": the text in the record does not match its digest");
}

}  // namespace retort

#include "core/file_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"
#include "core/files.h"
#include "core/guarded_folder.h"

namespace retort {
namespace {

constexpr size_t kBuffer = 1 << 16;

}  // namespace

FileWriter::FileWriter(std::filesystem::path path) : path_(std::move(path)) {}

FileWriter::~FileWriter() {
  if (file_ >= 0) ::close(file_);
}

void FileWriter::fail(int code) {
  failure_ = "cannot write " + path_.string() + " at byte " + std::to_string(put_) + ": " + std::strerror(code);
  throw Error(ErrorKind::store, failure_);
}

void FileWriter::put(std::string_view bytes) {
  if (file_ < 0) file_ = open_to_write(path_, O_WRONLY | O_CREAT | O_TRUNC);
  if (file_ < 0) fail(errno);
  while (!bytes.empty()) {
    const ssize_t put = ::write(file_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail(errno);
    if (put == 0) fail(EIO);
    digest_.update(bytes.substr(0, static_cast<size_t>(put)));
    bytes.remove_prefix(static_cast<size_t>(put));
    put_ += static_cast<uint64_t>(put);
  }
}

void FileWriter::write(std::string_view bytes) {
  if (!failure_.empty()) throw Error(ErrorKind::store, failure_);
  if (closed_) throw Error(ErrorKind::internal, path_.string() + " was closed: nothing more can be written to it");
  size_ += bytes.size();
  size_ > kSmallFile ? small_.clear() : static_cast<void>(small_ += bytes);
  if (buffer_.size() + bytes.size() < kBuffer) {
    buffer_ += bytes;
    return;
  }
  flush();
  if (bytes.size() < kBuffer) {
    buffer_ = bytes;
  } else {
    put(bytes);
  }
}

void FileWriter::flush() {
  if (!failure_.empty()) throw Error(ErrorKind::store, failure_);
  put(buffer_);
  buffer_.clear();
}

void FileWriter::close() {
  if (closed_) return;
  flush();
  struct stat about = {};
  if (::fstat(file_, &about) != 0) fail(errno);
  if (static_cast<uint64_t>(about.st_size) != size_) fail(EIO);  // somebody else wrote to it
  const int file = file_;
  file_ = -1;
  // Network file systems tell here that the bytes found no room.
  if (::close(file) != 0 && errno != EINTR) fail(errno);
  closed_ = true;
  digest_hex_ = digest_.hex();
}

WrittenFile FileWriter::written(const std::string& name) const {
  RETORT_CHECK(closed_);
  return {name, size_, digest_hex_, small_};
}

WrittenFile written_file(const std::filesystem::path& path, const std::string& name) {
  struct stat about = {};
  if (::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode))
    throw Error(ErrorKind::internal, "output file \"" + name + "\" was announced but not written");
  const auto size = static_cast<uint64_t>(about.st_size);
  if (size > kSmallFile) return {name, size, sha256_file(path), ""};
  std::string bytes = read_file(path, ErrorKind::store);
  return {name, bytes.size(), sha256_hex(bytes), bytes};
}

}  // namespace retort

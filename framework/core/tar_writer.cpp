#include "core/tar_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "core/error.h"
#include "core/file_trouble.h"
#include "core/files.h"

namespace retort {
namespace {

constexpr uint64_t kTarBlock = 512;
constexpr size_t kCopyPiece = 1 << 20;
constexpr uint64_t kOctalLimit = 1ULL << 33;  // eleven octal digits

/// Octal digits, or GNU's big-endian binary for what has no room.
void set_size(char* field, uint64_t size) {
  if (size < kOctalLimit) {
    std::snprintf(field, 12, "%011llo", static_cast<unsigned long long>(size));
    return;
  }
  field[0] = '\x80';
  for (int i = 0; i < 8; ++i) field[11 - i] = static_cast<char>(size >> (8 * i) & 0xff);
}

}  // namespace

TarWriter::TarWriter(std::filesystem::path file)
    : path_(std::move(file)), beside_(path_.string() + ".tmp" + std::to_string(::getpid())) {
  file_ = ::open(beside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file_ < 0) throw Error(ErrorKind::store, file_trouble("write", path_, errno));
}

TarWriter::~TarWriter() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink(beside_.c_str());
}

void TarWriter::put(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(file_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw Error(ErrorKind::store, file_trouble("write", path_, errno));
    bytes.remove_prefix(static_cast<size_t>(put));
  }
}

void TarWriter::pad(uint64_t size) { put(std::string((kTarBlock - size % kTarBlock) % kTarBlock, '\0')); }

void TarWriter::header(const std::string& name, uint64_t size) {
  RETORT_CHECK(name.size() <= 100);
  std::string block(kTarBlock, '\0');
  char* const at = block.data();
  std::memcpy(at, name.data(), name.size());
  std::memcpy(at + 100, "0000644\0000000000\0000000000", 24);  // mode, owner, group
  set_size(at + 124, size);
  std::memcpy(at + 136, "00000000000", 12);  // time: equal results make equal archives
  std::memset(at + 148, ' ', 8);
  at[156] = '0';
  std::memcpy(at + 257, "ustar\00000", 8);
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  std::snprintf(at + 148, 8, "%06o", sum);
  put(block);
}

void TarWriter::add(const std::string& name, std::string_view bytes) {
  header(name, bytes.size());
  put(bytes);
  pad(bytes.size());
}

void TarWriter::add_file(const std::string& name, const std::filesystem::path& from) {
  const int file = open_regular(from);
  struct stat about = {};
  if (::fstat(file, &about) != 0) {
    const int code = errno;
    ::close(file);
    throw CannotRead(ErrorKind::data, "read", from, code);
  }
  const auto size = static_cast<uint64_t>(about.st_size);
  header(name, size);
  std::vector<char> piece(kCopyPiece);
  uint64_t done = 0;
  for (ssize_t got; (got = ::read(file, piece.data(), piece.size())) > 0; done += static_cast<uint64_t>(got))
    put({piece.data(), static_cast<size_t>(got)});
  ::close(file);
  if (done != size) throw Error(ErrorKind::data, from.string() + " changed while it was read");
  pad(size);
}

void TarWriter::finish() {
  put(std::string(2 * kTarBlock, '\0'));
  const bool good = ::fsync(file_) == 0 && ::rename(beside_.c_str(), path_.c_str()) == 0;
  const int code = errno;
  if (!good) throw Error(ErrorKind::store, file_trouble("write", path_, code));
  ::close(file_);
  file_ = -1;
}

}  // namespace retort

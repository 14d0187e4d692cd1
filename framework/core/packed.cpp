#include "core/packed.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/hex.h"

namespace retort {
namespace {

unsigned char value_of(char digit) { return static_cast<unsigned char>(digit <= '9' ? digit - '0' : digit - 'a' + 10); }

}  // namespace

Name packed(std::string_view hex) {
  Name name{};
  for (size_t i = 0; i < name.size(); ++i)
    name[i] = static_cast<unsigned char>(value_of(hex[2 * i]) << 4 | value_of(hex[2 * i + 1]));
  return name;
}

std::string hex_of(const Name& name) { return hex_of(name.data(), name.size()); }

void put_text(std::string& out, std::string_view text) {
  put_raw(out, uint64_t{text.size()});
  out += text;
  out.append(8 - text.size() % 8, '\0');
}

void put_stamp(std::string& out, const FileStamp& stamp, int64_t read) {
  put_raw(out, stamp);
  put_raw(out, read);
}

const char* Unpacker::take(size_t count) {
  if (count > size_ - at_) {
    ok_ = false;
    return nullptr;
  }
  at_ += count;
  return bytes_ + at_ - count;
}

std::string_view Unpacker::text() {
  const auto size = raw<uint64_t>();
  const char* from = size < size_ ? take(size + 8 - size % 8) : take(size_ + 1);
  return from ? std::string_view(from, size) : std::string_view();
}

SeenFile Unpacker::seen() {
  SeenFile file;
  file.stamp = raw<FileStamp>();
  file.read = raw<int64_t>();
  return file;
}

MappedFile::MappedFile(const char* path, size_t least) {
  const int file = ::open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return;
  struct stat about = {};
  const size_t size = ::fstat(file, &about) == 0 && S_ISREG(about.st_mode) ? static_cast<size_t>(about.st_size) : 0;
  void* bytes = size > least ? ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0) : MAP_FAILED;
  ::close(file);
  if (bytes == MAP_FAILED) return;
  bytes_ = static_cast<const char*>(bytes);
  size_ = size;
}

MappedFile::~MappedFile() {
  if (bytes_) ::munmap(const_cast<char*>(bytes_), size_);
}

}  // namespace retort

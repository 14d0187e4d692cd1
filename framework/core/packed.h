#pragma once
// Values in a row of bytes, in the byte order of this machine: files that are mapped and read where they lie. Each text
// ends with a zero and fills up to a multiple of eight, so that what follows a whole number of them is aligned.
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/file_stamp.h"

namespace retort {

/// A SHA-256 in its 32 bytes.
using Name = std::array<unsigned char, 32>;
Name packed(std::string_view hex);  ///< of 64 digits
std::string hex_of(const Name& name);

template <class T>
void put_raw(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void put_text(std::string& out, std::string_view text);
void put_stamp(std::string& out, const FileStamp& stamp, int64_t read);

/// Takes apart what they wrote, never beyond the end.
class Unpacker {
 public:
  Unpacker(const char* bytes, size_t size, size_t at = 0) : bytes_(bytes), size_(size), at_(at) {}

  const char* take(size_t count);  ///< null, and not ok from then on, if there are not so many
  template <class T>
  T raw() {
    T value{};
    if (const char* from = take(sizeof value)) std::memcpy(&value, from, sizeof value);
    return value;
  }
  std::string_view text();
  SeenFile seen();  ///< what put_stamp wrote
  template <class T>
  const T* list(size_t count) {  ///< where they lie
    return reinterpret_cast<const T*>(count < size_ ? take(count * sizeof(T)) : take(size_ + 1));
  }
  size_t at() const { return at_; }
  bool ok() const { return ok_; }
  bool whole() const { return ok_ && at_ == size_; }

 private:
  const char* bytes_;
  size_t size_, at_;
  bool ok_ = true;
};

/// A file in memory, read only: null `bytes` if it is not there or is no longer than `least`.
class MappedFile {
 public:
  MappedFile(const char* path, size_t least);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  const char* bytes() const { return bytes_; }
  size_t size() const { return size_; }
  std::string_view text() const { return {bytes_, size_}; }

 private:
  const char* bytes_ = nullptr;
  size_t size_ = 0;
};

}  // namespace retort

#include "core/tar.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "core/error.h"
#include "core/file_trouble.h"
#include "core/files.h"

namespace retort {
namespace {

constexpr uint64_t kBlock = 512;

/// One header as it lies in the file.
struct Header {
  char name[100], mode[8], owner[8], group[8], size[12], time[12], sum[8], kind, link[100], magic[6], version[2],
      owner_name[32], group_name[32], major[8], minor[8], prefix[155], rest[12];
};
static_assert(sizeof(Header) == kBlock);

template <size_t kSize>
std::string_view text(const char (&field)[kSize]) {
  return {field, strnlen(field, kSize)};
}

/// Octal digits, or GNU's big-endian binary where the first bit is set.
std::optional<uint64_t> number(std::string_view field) {
  uint64_t value = 0;
  if (!field.empty() && (field[0] & '\x80')) {
    for (const char c : field.substr(field.size() - 8)) value = value << 8 | static_cast<unsigned char>(c);
    return value >> 63 ? std::nullopt : std::optional(value);
  }
  const size_t first = field.find_first_not_of(' ');
  if (first == std::string_view::npos) return 0;
  for (const char c : field.substr(first)) {
    if (c == ' ' || c == '\0') break;
    if (c < '0' || c > '7') return std::nullopt;
    value = value << 3 | static_cast<uint64_t>(c - '0');
  }
  return value;
}

/// The sum of all bytes with the sum's own field read as blanks.
bool sum_is_right(const Header& header) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&header);
  uint64_t sum = 0;
  for (size_t i = 0; i < kBlock; ++i) sum += bytes[i];
  for (const char c : header.sum) sum = sum - static_cast<unsigned char>(c) + ' ';
  return number({header.sum, sizeof header.sum}) == sum;
}

bool is_blank(const Header& header) {
  const char* bytes = reinterpret_cast<const char*>(&header);
  return std::all_of(bytes, bytes + kBlock, [](char c) { return c == '\0'; });
}

std::string plain(std::string name) {
  while (name.starts_with("./")) name.erase(0, 2);
  while (name.ends_with('/')) name.pop_back();
  return name == "." ? "" : name;
}

std::string name_of(const Header& header) {
  std::string name(text(header.name));
  const bool has_prefix = std::memcmp(header.magic, "ustar\0", 6) == 0 && header.prefix[0] != '\0';
  return has_prefix ? std::string(text(header.prefix)) + "/" + name : name;
}

std::optional<uint64_t> decimal(std::string_view digits) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// What records before a header say about it.
struct Ahead {
  std::string name;
  std::optional<uint64_t> size;

  /// POSIX records: "LENGTH KEY=VALUE\n", the length counting itself. False if they are malformed.
  bool read(std::string_view records) {
    while (!records.empty()) {
      const size_t blank = records.find(' ');
      const auto length = decimal(records.substr(0, std::min(blank, records.size())));
      if (!length || *length <= blank + 1 || *length > records.size()) return false;
      const std::string_view record = records.substr(blank + 1, *length - blank - 2);
      if (record.starts_with("path=")) name = record.substr(5);
      if (record.starts_with("size=") && !(size = decimal(record.substr(5)))) return false;
      records.remove_prefix(*length);
    }
    return true;
  }
};

Error damaged(const std::filesystem::path& file, uint64_t offset, const std::string& what) {
  return {ErrorKind::data,
          file.string() + " is not a readable tar archive: " + what + " at byte " + std::to_string(offset)};
}

}  // namespace

Tar::Tar(const std::filesystem::path& file) : path_(file), file_(open_regular(file)) {
  struct stat about = {};
  if (::fstat(file_, &about) != 0) {
    const int code = errno;
    ::close(file_);
    throw CannotRead(ErrorKind::data, "read", file, code);
  }
  size_ = static_cast<uint64_t>(about.st_size);
  try {
    read_headers();
  } catch (...) {
    ::close(file_);
    throw;
  }
}

Tar::~Tar() { ::close(file_); }

void Tar::read_headers() {
  Ahead ahead;
  for (uint64_t at = 0;;) {
    // Some writers leave out the closing blocks.
    if (at == size_ && !entries_.empty()) return;
    if (size_ - at < kBlock) throw damaged(path_, at, "the file ends");
    Header header;
    read_at(at, reinterpret_cast<char*>(&header), kBlock);
    if (is_blank(header)) return;
    if (!sum_is_right(header)) throw damaged(path_, at, "no header");
    const bool is_record = std::strchr("LKxg", header.kind) != nullptr && header.kind != '\0';
    const std::optional<uint64_t> stated = number({header.size, sizeof header.size});
    if (!stated) throw damaged(path_, at, "a malformed size");
    const uint64_t size = is_record ? *stated : ahead.size.value_or(*stated);
    const uint64_t start = at + kBlock;
    if (size > size_ - start) throw damaged(path_, start, "the file ends within " + name_of(header));
    if (header.kind == 'L' || header.kind == 'x') {
      std::string record = read({name_of(header), false, start, size});
      if (header.kind == 'L') {
        ahead.name = record.c_str();
      } else if (!ahead.read(record)) {
        throw damaged(path_, start, "a malformed record");
      }
    } else if (!is_record) {
      std::string name = plain(ahead.name.empty() ? name_of(header) : ahead.name);
      const bool folder = header.kind == '5';
      if (!folder && header.kind != '0' && header.kind != '\0') {
        throw Error(ErrorKind::data,
                    path_.string() + ": " + name + " is a link or a special file; archive the files themselves");
      }
      if (!name.empty()) entries_.push_back({std::move(name), folder, start, folder ? 0 : size});
      ahead = {};
    }
    at = start + (size + kBlock - 1) / kBlock * kBlock;
    if (at > size_) at = size_;  // the padding of the last entry may be missing
  }
}

std::string Tar::read(const TarEntry& entry) const {
  std::string bytes(entry.size, '\0');
  read_at(entry.offset, bytes.data(), bytes.size());
  return bytes;
}

std::string Tar::read(const TarEntry& entry, uint64_t from, size_t count) const {
  std::string bytes(from < entry.size ? std::min<uint64_t>(count, entry.size - from) : 0, '\0');
  read_at(entry.offset + from, bytes.data(), bytes.size());
  return bytes;
}

void Tar::read_at(uint64_t offset, char* to, size_t count) const {
  while (count > 0) {
    const ssize_t got = ::pread(file_, to, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(ErrorKind::data, file_trouble("read", path_, errno));
    if (got == 0) throw damaged(path_, offset, "the file ends");
    offset += static_cast<uint64_t>(got);
    to += got;
    count -= static_cast<size_t>(got);
  }
}

}  // namespace retort

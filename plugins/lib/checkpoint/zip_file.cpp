#include "checkpoint/zip_file.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/error.h"

namespace retort::checkpoint {
namespace {

constexpr uint32_t kHeader = 0x04034b50, kEntry = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50,
                   kLocator64 = 0x07064b50, kDescriptor = 0x08074b50;
constexpr size_t kHeaderBytes = 30, kEntryBytes = 46, kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20;
constexpr size_t kLongestComment = 0xffff;
constexpr uint16_t kEncrypted = 1, kHasDescriptor = 8;
constexpr uint16_t kStored = 0, kDeflated = 8;
constexpr uint16_t kWideSizes = 1;        // the extra field that holds what does not fit into 32 bits
constexpr uint64_t kMostInflated = 1032;  // bytes that one deflated byte can become
// Weights hardly shrink; a file that would take more memory than this and so many times its own size is no file of them.
constexpr uint64_t kFreeBytes = uint64_t{1} << 30, kTimesOfFile = 64;
constexpr size_t kLongestName = 512;  // of records that are looked for without a directory

/// A little-endian number; the caller made sure that it is there.
template <class T>
T number(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

bool is_at(std::string_view bytes, size_t at, uint32_t mark) {
  return at <= bytes.size() && bytes.size() - at >= sizeof mark && number<uint32_t>(bytes, at) == mark;
}

/// Where the directory is and what it holds, from the end of the file.
struct Directory {
  uint64_t begin = 0, size = 0, count = 0;
  size_t end = 0;  ///< where what points to it begins
};

std::optional<size_t> end_record(std::string_view bytes) {
  if (bytes.size() < kEndBytes) return std::nullopt;
  const size_t last = bytes.size() - kEndBytes;
  for (size_t at = last; at + kLongestComment + 1 > last; --at) {
    if (is_at(bytes, at, kEnd) && at + kEndBytes + number<uint16_t>(bytes, at + 20) == bytes.size()) return at;
    if (at == 0) break;
  }
  return std::nullopt;
}

std::optional<Directory> directory_of(std::string_view bytes) {
  const auto end = end_record(bytes);
  if (!end) return std::nullopt;
  Directory found{number<uint32_t>(bytes, *end + 16), number<uint32_t>(bytes, *end + 12),
                  number<uint16_t>(bytes, *end + 10), *end};
  const bool wide = *end >= kLocatorBytes && is_at(bytes, *end - kLocatorBytes, kLocator64);
  if (!wide) return found;
  const auto place = number<uint64_t>(bytes, *end - kLocatorBytes + 8);
  if (place > bytes.size() || bytes.size() - place < kEnd64Bytes || !is_at(bytes, place, kEnd64)) return std::nullopt;
  return Directory{number<uint64_t>(bytes, place + 48), number<uint64_t>(bytes, place + 40),
                   number<uint64_t>(bytes, place + 32), static_cast<size_t>(place)};
}

/// Sizes and places that the directory's 32 bits could not hold.
void widen(std::string_view extra, uint64_t& size, uint64_t& stored, uint64_t& header) {
  for (size_t at = 0; at + 4 <= extra.size();) {
    const auto id = number<uint16_t>(extra, at);
    const size_t length = number<uint16_t>(extra, at + 2);
    std::string_view field = extra.substr(at + 4, length);
    at += 4 + length;
    if (id != kWideSizes) continue;
    for (uint64_t* value : {&size, &stored, &header}) {
      if (*value != 0xffffffff || field.size() < sizeof *value) continue;
      *value = number<uint64_t>(field, 0);
      field.remove_prefix(sizeof *value);
    }
  }
}

std::string called(const std::string& name) { return "record \"" + name.substr(0, 200) + "\""; }

}  // namespace

void ZipFile::bad(const std::string& what) const { throw Error(ErrorKind::data, where_ + ": " + what); }

std::optional<ZipFile> ZipFile::open(std::string_view bytes, const std::string& where) {
  const auto directory = directory_of(bytes);
  if (!directory) return std::nullopt;
  ZipFile file(bytes, where);
  if (directory->begin > directory->end || directory->size > directory->end - directory->begin)
    file.bad("its zip directory is said to be where it cannot be (byte " + std::to_string(directory->begin) + ", " +
             std::to_string(directory->size) + " bytes, the file has " + std::to_string(bytes.size()) + ")");
  file.read_directory(directory->begin, directory->size, directory->count);
  file.check_places(directory->begin);
  return file;
}

void ZipFile::read_directory(size_t begin, size_t size, uint64_t count) {
  size_t at = begin;
  const size_t end = begin + size;
  for (uint64_t i = 0; i < count; ++i) {
    if (end - at < kEntryBytes || !is_at(bytes_, at, kEntry))
      bad("its zip directory ends after " + std::to_string(i) + " of " + std::to_string(count) + " records");
    const size_t length = kEntryBytes + number<uint16_t>(bytes_, at + 28) + number<uint16_t>(bytes_, at + 30) +
                          number<uint16_t>(bytes_, at + 32);
    if (length > end - at) bad("its zip directory is cut off in record " + std::to_string(i));
    add(at, at + length);
    at += length;
  }
}

void ZipFile::add(size_t entry, size_t entry_end) {
  const size_t name_length = number<uint16_t>(bytes_, entry + 28);
  ZipRecord record;
  record.name = bytes_.substr(entry + kEntryBytes, name_length);
  if (record.name.ends_with('/')) return;
  const auto flags = number<uint16_t>(bytes_, entry + 8), method = number<uint16_t>(bytes_, entry + 10);
  if (flags & kEncrypted) bad(called(record.name) + " is encrypted");
  if (method != kStored && method != kDeflated)
    bad(called(record.name) + " is packed by method " + std::to_string(method) +
        "; read here are stored ones (0), as torch.save writes them, and deflated ones (8)");
  uint64_t stored = number<uint32_t>(bytes_, entry + 20), size = number<uint32_t>(bytes_, entry + 24);
  uint64_t header = number<uint32_t>(bytes_, entry + 42);
  const size_t extra = entry + kEntryBytes + name_length;
  widen(bytes_.substr(extra, std::min<size_t>(number<uint16_t>(bytes_, entry + 30), entry_end - extra)), size, stored,
        header);
  record.header = header, record.stored = stored, record.size = size;
  record.deflated = method == kDeflated;
  record.checksum = number<uint32_t>(bytes_, entry + 16);
  if (!record.deflated && stored != size)
    bad(called(record.name) + " is stored in " + std::to_string(stored) + " bytes and said to hold " +
        std::to_string(size));
  if (record.deflated && size / kMostInflated > stored)
    bad(called(record.name) + " has " + std::to_string(stored) + " bytes, which cannot inflate to " +
        std::to_string(size));
  const std::string name = record.name;
  if (!records_.emplace(name, std::move(record)).second) bad(called(name) + " is there twice");
}

void ZipFile::check_places(size_t directory) {
  std::vector<ZipRecord*> placed;
  uint64_t stored = 0, inflated = 0;  // each is at most 1032 times the file
  for (auto& [name, record] : records_) {
    placed.push_back(&record);
    if (record.deflated) stored += record.stored, inflated += record.size;
  }
  if (inflated > kFreeBytes && (inflated - kFreeBytes) / kTimesOfFile > stored)
    bad("its deflated records have " + std::to_string(stored) + " bytes and would become " + std::to_string(inflated) +
        ": no file of weights does");
  std::sort(placed.begin(), placed.end(), [](auto* a, auto* b) { return a->header < b->header; });
  for (size_t i = 0; i < placed.size(); ++i)
    check_header(*placed[i], i + 1 < placed.size() ? std::min(placed[i + 1]->header, directory) : directory);
}

/// `end`: where the next record or the directory begins.
void ZipFile::check_header(ZipRecord& record, size_t end) const {
  const size_t at = record.header;
  if (at > end || end - at < kHeaderBytes || !is_at(bytes_, at, kHeader))
    bad(called(record.name) + " does not begin at byte " + std::to_string(at) + ", as the zip directory says");
  const size_t name_length = number<uint16_t>(bytes_, at + 26), extra_length = number<uint16_t>(bytes_, at + 28);
  const auto flags = number<uint16_t>(bytes_, at + 6);
  record.begin = at + kHeaderBytes + name_length + extra_length;
  if (record.begin > end || end - record.begin < record.stored)
    bad(called(record.name) + " has " + std::to_string(record.stored) + " bytes from byte " +
        std::to_string(record.begin) + ", but what follows it begins at byte " + std::to_string(end));
  if (bytes_.substr(at + kHeaderBytes, name_length) != record.name)
    bad(called(record.name) + " has another name in its own header");
  if (number<uint16_t>(bytes_, at + 8) != (record.deflated ? kDeflated : kStored))
    bad(called(record.name) + " is packed in one way by the zip directory, in another by its own header");
  const auto differs = [&](size_t field, size_t value) {
    const auto own = number<uint32_t>(bytes_, at + field);
    return own != 0xffffffff && own != value && !(own == 0 && (flags & kHasDescriptor));
  };
  if (differs(18, record.stored) || differs(22, record.size))
    bad(called(record.name) + " has other sizes in its own header than in the zip directory");
  // Without a checksum only its end tells whether the record begins where its header says.
  const size_t record_end = record.begin + record.stored;
  if (record.checksum == 0 && !(flags & kHasDescriptor ? is_at(bytes_, record_end, kDescriptor) : record_end == end))
    bad(called(record.name) + " does not end at byte " + std::to_string(record_end) + ", as its sizes say");
}

const ZipRecord* ZipFile::find(const std::string& name) const {
  const auto found = records_.find(name);
  return found == records_.end() ? nullptr : &found->second;
}

std::string_view ZipFile::content(const ZipRecord& record, std::string& inflated) const {
  std::string_view content = bytes_.substr(record.begin, record.stored);
  if (record.deflated) {
    inflated.assign(record.size, '\0');
    z_stream stream = {};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw Error(ErrorKind::memory, "zlib has no memory");
    int status = Z_OK;
    size_t read = 0, written = 0;
    constexpr size_t kPart = 1 << 30;  // zlib counts in 32 bits
    while (status == Z_OK) {
      const size_t in = std::min(record.stored - read, kPart), out = std::min(record.size - written, kPart);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data() + read));
      stream.avail_in = static_cast<uInt>(in);
      stream.next_out = reinterpret_cast<Bytef*>(inflated.data() + written);
      stream.avail_out = static_cast<uInt>(out);
      status = inflate(&stream, Z_NO_FLUSH);
      read += in - stream.avail_in, written += out - stream.avail_out;
    }
    inflateEnd(&stream);
    if (status != Z_STREAM_END || written != record.size || read != record.stored)
      bad(called(record.name) + " does not inflate to the " + std::to_string(record.size) +
          " bytes that the zip directory says");
    content = inflated;
  }
  if (record.checksum != 0 &&
      crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()) != record.checksum)
    bad(called(record.name) + " has other bytes than its checksum says: the file is damaged");
  return content;
}

std::map<std::string, ZipRecord> ZipFile::headers_in(std::string_view bytes) {
  const std::string_view mark("PK\3\4", 4);
  std::map<std::string, ZipRecord> found;
  for (size_t at = bytes.find(mark); at != std::string_view::npos; at = bytes.find(mark, at + mark.size())) {
    if (bytes.size() - at < kHeaderBytes) break;
    ZipRecord record;
    const size_t length = number<uint16_t>(bytes, at + 26);
    if (length > kLongestName) continue;
    record.name = bytes.substr(at + kHeaderBytes, length);
    record.header = at;
    record.begin = std::min(bytes.size(), at + kHeaderBytes + length + number<uint16_t>(bytes, at + 28));
    record.deflated = number<uint16_t>(bytes, at + 8) != kStored;
    const std::string name = record.name;
    found.emplace(name, std::move(record));
  }
  return found;
}

}  // namespace retort::checkpoint

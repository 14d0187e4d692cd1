#pragma once
// The records of a zip file that lies in memory, as torch.save writes them: stored, or deflated by whoever packed the
// file again. Everything that says where a record lies and how long it is gets checked before a byte of it is used:
// the directory, the header in front of each record, where records end, what they inflate to.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace retort::checkpoint {

struct ZipRecord {
  std::string name;
  size_t header = 0;  ///< where its local header begins
  size_t begin = 0;   ///< of its bytes in the file
  size_t stored = 0;  ///< how many those are
  size_t size = 0;    ///< bytes of its content
  bool deflated = false;
  uint32_t checksum =
      0;  ///< CRC-32 of its content; 0: the writer computed none (torch.serialization.set_crc32_options)
};

class ZipFile {
 public:
  /// Reads the directory; nothing if there is none: the file is cut off. Throws Error(data) that begins with `where` for
  /// a directory or a record that cannot be what it says, an encrypted one, or one packed in another way.
  static std::optional<ZipFile> open(std::string_view bytes, const std::string& where);

  const std::map<std::string, ZipRecord>& records() const { return records_; }  ///< by name; folders are left out
  const ZipRecord* find(const std::string& name) const;                         ///< nullptr: none of this name
  /// Its content: of a stored record the bytes in the file, of a deflated one `inflated`, which is filled. Throws
  /// Error(data) if they are not what the directory says.
  std::string_view content(const ZipRecord& record, std::string& inflated) const;

  /// Where the local headers are that bytes without a directory seem to hold, the first of each name.
  static std::map<std::string, ZipRecord> headers_in(std::string_view bytes);

 private:
  ZipFile(std::string_view bytes, std::string where) : bytes_(bytes), where_(std::move(where)) {}
  void read_directory(size_t begin, size_t size, uint64_t count);
  void add(size_t entry, size_t directory_end);
  void check_places(size_t directory);
  void check_header(ZipRecord& record, size_t end) const;
  [[noreturn]] void bad(const std::string& what) const;

  std::string_view bytes_;
  std::string where_;
  std::map<std::string, ZipRecord> records_;
};

}  // namespace retort::checkpoint

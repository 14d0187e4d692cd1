#pragma once
// Writes an uncompressed tar archive that any tar reads: regular files only, sizes without a limit.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace retort {

class TarWriter {
 public:
  /// Writes beside `file` and gives it its name in finish(): an archive that was begun only is never there.
  explicit TarWriter(std::filesystem::path file);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  /// Names of at most 100 bytes. All throw Error(store) if they cannot write, Error(data) if `from` cannot be read.
  void add(const std::string& name, std::string_view bytes);
  void add_file(const std::string& name, const std::filesystem::path& from);
  void finish();

 private:
  void header(const std::string& name, uint64_t size);
  void put(std::string_view bytes);
  void pad(uint64_t size);

  std::filesystem::path path_, beside_;
  int file_ = -1;
};

}  // namespace retort

#pragma once
// A folder of one's own outside any store, gone with the object.
#include <filesystem>
#include <string>

namespace retort {

class TemporaryFolder {
 public:
  /// `NAME-XXXXXX` in $TMPDIR, else /tmp; nobody else may look into it. Throws Error(store) where none can be made.
  explicit TemporaryFolder(const std::string& name = "retort");
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace retort

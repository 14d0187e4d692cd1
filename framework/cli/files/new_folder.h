#pragma once
// A folder that a command writes: filled beside its place and put there whole, or not at all.
#include <filesystem>
#include <string>
#include <vector>

namespace retort {

class NewFolder {
 public:
  /// `place` may be absent, empty, or a folder that was written so before and holds nothing else and nothing changed:
  /// that one is replaced whole. Anything else is refused, Error(user), unless `replace` is set: then what is there is
  /// moved aside, and `aside()` says where to. Never replaced are a file, the folder that is worked in or one above it,
  /// and what holds `precious` or lies in it.
  NewFolder(const std::filesystem::path& place, bool replace, const std::filesystem::path& precious);
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  /// Copies a file into it, `name` below it. Throws Error(store) if not all of it could be written.
  void copy(const std::filesystem::path& from, const std::filesystem::path& name);
  void write(const std::filesystem::path& name, const std::string& bytes);
  /// Names of the files copied and written so far, in their order.
  const std::vector<std::string>& files() const { return files_; }
  /// Puts it in its place. Throws Error(store); then what was there before is there still.
  void publish();
  const std::filesystem::path& aside() const { return aside_; }  ///< empty if nothing was moved

 private:
  void make_beside();
  std::filesystem::path free_name() const;

  std::filesystem::path typed_, place_, beside_, aside_;
  std::vector<std::string> files_;
  bool own_ = false, foreign_ = false, stays_ = false;
};

}  // namespace retort

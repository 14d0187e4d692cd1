#pragma once
// The files behind the project's code in this process. Memory of code is shared with its file: whoever writes into the
// file in place, as `cp` does, changes what runs here. (A linker or an installation puts a new file in its place, which
// changes nothing here.)
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/file_stamp.h"

namespace retort {

/// The code in memory is not, or not certainly, that which was asked for. A fresh process may have it; if not, somebody
/// builds just now.
class StaleCode : public Error {
 public:
  StaleCode(std::string library, const std::string& what)
      : Error(ErrorKind::plugin, library + ": " + what), library_(std::move(library)) {}
  const std::string& library() const { return library_; }

 private:
  std::string library_;
};

class LibraryFiles {
 public:
  /// From now on these are watched too; they were opened by this process after `since` (clock_now()). Throws StaleCode
  /// if one was written to so lately that it may have changed while it was opened.
  void watch(const std::vector<std::string>& paths, int64_t since);
  /// Throws StaleCode that names a file which was written to since.
  void check() const;

  /// Whether somebody seems to be writing it: it is a second old at most, or was taken away within the last second.
  static bool is_in_work(const std::string& path);

 private:
  struct One {
    int descriptor;  ///< of the file that is in memory, whatever has its name by now
    FileStamp stamp;
  };
  mutable std::mutex lock_;
  std::map<std::string, One> files_;  ///< never closed: libraries are never unloaded
};

}  // namespace retort

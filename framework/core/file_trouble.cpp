#include "core/file_trouble.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace retort {
namespace {

/// Empty where the reason says all.
std::string advice(int code) {
  switch (code) {
    case EACCES:
    case EPERM:
      return "ask its owner for the permission, or name another place";
    case ENOSPC:
    case EDQUOT:
      return "make room there, or name another place";
    case EROFS:
      return "it is mounted for reading only: name another place";
    case ENOTDIR:
      return "a part of this path is a file, not a folder";
    case EISDIR:
      return "it is a folder: name a file";
    case ENOTEMPTY:
    case EEXIST:
      return "remove it, or name another place";
    case ENAMETOOLONG:
      return "give it a shorter name";
    case ELOOP:
      return "its links lead round in a circle";
    case EMFILE:
    case ENFILE:
      return "too many files are open: raise the limit with `ulimit -n`";
    case EIO:
    case ESTALE:
      return "the disk or the network failed, nothing is known to be damaged: look into the system's log and try again";
    default:
      return "";
  }
}

std::string with_advice(const std::string& text, int code) {
  const std::string more = advice(code);
  return text + ": " + std::strerror(code) + (more.empty() ? "" : "; " + more);
}

}  // namespace

std::string file_trouble(const std::string& what, const std::filesystem::path& path, int code) {
  return with_advice("cannot " + what + " " + path.string(), code);
}

std::string file_trouble(const std::filesystem::filesystem_error& error) {
  // "filesystem error: cannot copy file: No space left on device [a] [b]"
  std::string what = error.what();
  if (const std::string head = "filesystem error: "; what.starts_with(head)) what.erase(0, head.size());
  what.resize(std::min(what.find(": "), what.size()));
  std::string text = what + " " + error.path1().string();
  if (!error.path2().empty()) text += " to " + error.path2().string();
  return with_advice(text, error.code().value());
}

}  // namespace retort

#include "core/temporary_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace retort {

TemporaryFolder::TemporaryFolder(const std::string& name) {
  const char* given = ::getenv("TMPDIR");
  const std::filesystem::path place = given && *given ? given : "/tmp";
  std::string folder = (place / (name + "-XXXXXX")).string();
  if (!::mkdtemp(folder.data()))
    throw Error(ErrorKind::store, "cannot make a folder in " + place.string() + ": " + std::strerror(errno) +
                                      "; TMPDIR names another place");
  path_ = folder;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code none;
  std::filesystem::remove_all(path_, none);
}

}  // namespace retort

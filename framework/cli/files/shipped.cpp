#include "cli/files/shipped.h"

#include "core/error.h"

namespace retort {

namespace fs = std::filesystem;

namespace {

/// The folder that `bin` lies in, of an installation or of a build.
fs::path prefix() { return fs::read_symlink("/proc/self/exe").parent_path().parent_path(); }

}  // namespace

fs::path package_folder() {
  for (const fs::path& folder : {prefix() / RETORT_LIBDIR / "cmake" / "Retort", prefix()})
    if (fs::exists(folder / "RetortConfig.cmake")) return folder;
  throw Error(ErrorKind::user, "no RetortConfig.cmake belongs to this program in " + prefix().string() +
                                   "; install it with `cmake --install BUILD --prefix DIR`, or use it from its build");
}

fs::path shipped_folder(const std::string& name) {
  fs::path installed = prefix() / "share" / "retort" / name;
  if (fs::exists(installed)) return installed;
  return fs::path(RETORT_SOURCE) / (name == "templates" ? "framework/cli/templates" : name);
}

}  // namespace retort

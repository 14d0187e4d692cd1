#include "cli/files/shipped.h"

namespace retort {

namespace fs = std::filesystem;

fs::path shipped_folder(const std::string& name) {
  const fs::path installed = fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "share" / "retort" / name;
  if (fs::exists(installed)) return installed;
  return fs::path(RETORT_SOURCE) / (name == "templates" ? "framework/cli/templates" : name);
}

}  // namespace retort

#pragma once
// What plugins exist, read from the manifests that the build writes beside the libraries. No library is opened here.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/file_stamp.h"
#include "core/plugin_spec.h"

namespace retort {

/// One plugin's manifest: `<name>.json` beside `<name>.so`. Format in framework/docs/formats.md, *Manifest*.
struct Manifest {
  PluginSpec spec;
  std::filesystem::path library;                  ///< absolute
  std::filesystem::path file;                     ///< the manifest itself
  std::string build;                              ///< build_string() it was compiled with
  std::string code;                               ///< digest of the normalised tokens of `code_files`, or "version N"
  std::map<std::string, std::string> code_files;  ///< project-relative path → digest
  std::string torch;                              ///< libtorch version it was compiled against, "none" without
  std::string refused;                            ///< why it cannot be used (other build); empty if it can
  bool absent = false;                            ///< only this description is here: it shows results and runs nothing
};

/// All plugins of some folders. Later folders do not replace names of earlier ones: a name found twice is a problem.
class Catalog {
 public:
  /// Folders searched: `$RETORT_PLUGIN_PATH` (colon-separated), `more`, then the build's or installation's own.
  static std::vector<std::filesystem::path> default_folders(const std::vector<std::filesystem::path>& more = {});
  /// Whether it lies in a folder of this build or installation.
  static bool is_own(const Manifest& manifest);
  static Catalog read(const std::vector<std::filesystem::path>& folders);

  /// The description of a plugin as `file` held it once; nothing if there is one of that name.
  void add_absent(const std::filesystem::path& file, const std::string& text);

  const Manifest* find(const std::string& type) const;                           ///< any kind
  const Manifest* find(const std::string& kind, const std::string& type) const;  ///< null if absent
  std::vector<const Manifest*> of_kind(const std::string& kind) const;           ///< by name
  std::vector<const Manifest*> all() const;
  const std::vector<std::string>& problems() const { return problems_; }  ///< unreadable or duplicate manifests
  const SeenFiles& files() const { return files_; }      ///< all manifests, usable or not, as they were read
  const SeenFiles& folders() const { return folders_; }  ///< as they were listed
  std::string nearest(const std::string& kind, const std::string& type) const;  ///< "" if nothing is near

 private:
  std::map<std::pair<std::string, std::string>, Manifest> manifests_;
  std::vector<std::string> problems_;
  SeenFiles files_, folders_;
};

}  // namespace retort

#include "catalog/catalog.h"

#include <algorithm>
#include <cstdlib>

#include "core/build.h"
#include "core/checked_name.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json_read.h"
#include "core/nearest.h"
#include "core/stated_version.h"
#include "core/system_text.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int kManifestVersion = 1;

std::string before_torch(const std::string& build) { return build.substr(0, build.rfind("; torch ")); }

/// Why a plugin of this build cannot be used. One without libtorch fits beside any libtorch.
std::string refusal(const Manifest& manifest) {
  const std::string own = build_string();
  if (manifest.build == own) return "";
  if (manifest.torch == "none" && before_torch(manifest.build) == before_torch(own)) return "";
  return "built with \"" + manifest.build + "\", this Retort with \"" + own + "\": rebuild it";
}

Manifest read_manifest(const fs::path& file, const std::string& text) {
  const Json json = parsed_json(text);
  if (stated_version(json, "retort_manifest") != kManifestVersion)
    throw Error(ErrorKind::plugin, "not a manifest of version " + std::to_string(kManifestVersion));
  Manifest manifest;
  manifest.spec = plugin_spec_from_json(json);
  manifest.file = file;
  manifest.library = file.parent_path() / bytes_of(FileName(json.at("library").get<std::string>()).text());
  manifest.build = json.at("build");
  manifest.torch = json.at("torch");
  manifest.code = json.at("code").at("identity");
  manifest.code_files = json.at("code").at("files").get<std::map<std::string, std::string>>();
  manifest.refused = refusal(manifest);
  return manifest;
}

SeenFile seen(const fs::path& path) {
  SeenFile file;
  file.read = clock_now();
  file.stamp = stamp_of(path.c_str()).value_or(FileStamp{});
  return file;
}

/// The folder beside the running program's: `bin/../plugins` in a build, `bin/../lib/retort/plugins` installed.
std::vector<fs::path> own_folders() {
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (failed) return {};
  const fs::path prefix = program.parent_path().parent_path();
  std::vector<fs::path> found;
  for (const char* place : {"plugins", "lib/retort/plugins", "lib64/retort/plugins"})
    if (fs::is_directory(prefix / place, failed)) found.push_back(prefix / place);
  return found;
}

}  // namespace

std::vector<fs::path> Catalog::default_folders(const std::vector<fs::path>& more) {
  std::vector<fs::path> folders;
  const auto add = [&](fs::path folder) {
    folder = fs::absolute(folder).lexically_normal();
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) folders.push_back(std::move(folder));
  };
  const char* given = std::getenv("RETORT_PLUGIN_PATH");
  const std::string path = given ? given : "";
  for (size_t from = 0; from < path.size();) {
    const size_t end = std::min(path.find(':', from), path.size());
    if (end > from) add(path.substr(from, end - from));
    from = end + 1;
  }
  for (const auto& folder : more) add(folder);
  for (auto& folder : own_folders()) add(folder);
  return folders;
}

bool Catalog::is_own(const Manifest& manifest) {
  const auto own = own_folders();
  return std::find(own.begin(), own.end(), manifest.file.parent_path()) != own.end();
}

void Catalog::add_absent(const fs::path& file, const std::string& text) {
  Manifest manifest = read_manifest(file, text);
  manifest.refused.clear();  // a description fits every build
  manifest.absent = true;
  auto name = std::make_pair(manifest.spec.kind, manifest.spec.type);
  manifests_.try_emplace(std::move(name), std::move(manifest));
}

Catalog Catalog::read(const std::vector<fs::path>& folders) {
  Catalog catalog;
  for (const auto& folder : folders) {
    std::error_code failed;
    std::vector<fs::path> files;
    catalog.folders_.emplace_back(fs::absolute(folder).string(), seen(folder));
    for (const auto& entry : fs::directory_iterator(fs::absolute(folder), failed))
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    if (failed) catalog.problems_.push_back("cannot read " + folder.string() + ": " + failed.message());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) try {
        auto& [path, as_read] = catalog.files_.emplace_back(file.string(), seen(file));
        const std::string text = read_file(file, ErrorKind::data, kLongestText);
        as_read.digest = sha256_hex(text);
        Manifest manifest = read_manifest(file, text);
        auto name = std::make_pair(manifest.spec.kind, manifest.spec.type);
        const auto [it, fresh] = catalog.manifests_.try_emplace(std::move(name), std::move(manifest));
        if (!fresh)
          catalog.problems_.push_back(it->first.first + " \"" + it->first.second + "\" of " + file.string() +
                                      " is already in " + it->second.file.string());
      } catch (const std::exception& error) {
        catalog.problems_.push_back("cannot use " + file.string() + ": " + error.what());
      }
  }
  return catalog;
}

const Manifest* Catalog::find(const std::string& type) const {
  for (const auto& [name, manifest] : manifests_)
    if (name.second == type) return &manifest;
  return nullptr;
}

const Manifest* Catalog::find(const std::string& kind, const std::string& type) const {
  const auto it = manifests_.find({kind, type});
  return it == manifests_.end() ? nullptr : &it->second;
}

std::vector<const Manifest*> Catalog::of_kind(const std::string& kind) const {
  std::vector<const Manifest*> found;
  for (const auto& [name, manifest] : manifests_)
    if (name.first == kind) found.push_back(&manifest);
  return found;
}

std::vector<const Manifest*> Catalog::all() const {
  std::vector<const Manifest*> found;
  for (const auto& [name, manifest] : manifests_) found.push_back(&manifest);
  return found;
}

std::string Catalog::nearest(const std::string& kind, const std::string& type) const {
  std::vector<std::string> names;
  for (const Manifest* manifest : of_kind(kind)) names.push_back(manifest->spec.type);
  return retort::nearest(type, names);
}

}  // namespace retort

#include "worker/components.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include "core/error.h"
#include "worker/library.h"

namespace retort {

void ComponentFinder::use(const std::string& kind, const std::string& type, const std::filesystem::path& library,
                          const std::string& code) {
  found_[{kind, type}] = {library, code};
}

void ComponentFinder::look() {
  if (looked_) return;
  looked_ = true;
  std::vector<std::filesystem::path> folders = {folder_.empty() ? "." : folder_};
  const char* more = std::getenv("RETORT_PLUGIN_PATH");
  std::stringstream list(more ? more : "");
  for (std::string one; std::getline(list, one, ':');)
    if (!one.empty()) folders.push_back(one);
  std::error_code none;
  for (const auto& place : folders)
    for (const auto& entry : std::filesystem::directory_iterator(place, none)) {
      if (entry.path().extension() != ".json") continue;
      std::ifstream in(entry.path());
      const Json manifest = Json::parse(in, nullptr, /*allow_exceptions=*/false);
      if (!manifest.is_object() || !manifest.contains("retort_manifest")) continue;
      found_.emplace(Name(manifest.at("kind"), manifest.at("type")),
                     Found{place / manifest.at("library").get<std::string>(), manifest.at("code").at("identity")});
    }
}

const ComponentFinder::Found* ComponentFinder::find(const Name& name) {
  auto it = found_.find(name);
  if (it == found_.end()) look(), it = found_.find(name);
  return it == found_.end() ? nullptr : &it->second;
}

std::unique_ptr<Plugin> ComponentFinder::make(const std::string& kind, const std::string& type) {
  const Found* found = find({kind, type});
  if (!found) throw Error(ErrorKind::plugin, "there is no " + kind + " \"" + type + "\"");
  return make_plugin(open_plugin(found->library));
}

std::string ComponentFinder::code_of(const std::string& kind, const std::string& type) {
  const Found* found = find({kind, type});
  return found ? found->code : "";
}

std::string ComponentFinder::first_of(const std::string& kind) {
  look();
  const auto it = found_.lower_bound({kind, ""});
  if (it == found_.end() || it->first.first != kind) throw Error(ErrorKind::plugin, "there is no " + kind);
  return it->first.second;
}

}  // namespace retort

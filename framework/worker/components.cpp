#include "worker/components.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include "core/error.h"
#include "worker/library.h"

namespace retort {

ComponentFinder::ComponentFinder(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> folders = {folder.empty() ? "." : folder};
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
      found_.emplace(std::pair(manifest.at("kind"), manifest.at("type")),
                     Found{place / manifest.at("library").get<std::string>(), manifest.at("code").at("identity")});
    }
}

std::unique_ptr<Plugin> ComponentFinder::make(const std::string& kind, const std::string& type) {
  const auto it = found_.find({kind, type});
  if (it == found_.end()) throw Error(ErrorKind::plugin, "there is no " + kind + " \"" + type + "\"");
  return make_plugin(open_plugin(it->second.library));
}

std::string ComponentFinder::code_of(const std::string& kind, const std::string& type) {
  const auto it = found_.find({kind, type});
  return it == found_.end() ? "" : it->second.code;
}

std::string ComponentFinder::first_of(const std::string& kind) const {
  const auto it = found_.lower_bound({kind, ""});
  if (it == found_.end() || it->first.first != kind) throw Error(ErrorKind::plugin, "there is no " + kind);
  return it->first.second;
}

}  // namespace retort

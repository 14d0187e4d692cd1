#include "store/settings.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "core/error.h"
#include "core/files.h"
#include "core/json_read.h"
#include "core/nearest.h"
#include "core/plugin_spec.h"
#include "core/system_text.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int kSettingsFormat = 1;
const std::vector<std::string> kNames = {"retort_settings", "parents", "plugins", "leases"};

[[noreturn]] void refuse(const fs::path& file, const std::string& what) {
  throw Error(ErrorKind::store, file.string() + ": " + what);
}

std::string kind_of_lease(const fs::path& file, const Json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (text != "locks" && text != "files") refuse(file, "leases is " + text + "; it can be \"locks\" or \"files\"");
  return text;
}

void read(const fs::path& file, StoreSettings& settings) {
  const Json json = parsed_json(read_file(file, ErrorKind::store, kLongestText));
  if (!json.is_object()) refuse(file, "not an object of JSON: {\"retort_settings\":1,\"parents\":[\"/shared/store\"]}");
  const Json format = json.value("retort_settings", Json(0));
  if (format.is_number_integer() && format.get<int>() > kSettingsFormat)
    refuse(file, "has settings format " + format.dump() + ", this retort reads " + std::to_string(kSettingsFormat) +
                     "; use a newer retort");
  for (const auto& [name, value] : json.items()) {
    const std::string near = nearest(name, kNames);
    if (std::find(kNames.begin(), kNames.end(), name) == kNames.end())
      refuse(file, "unknown setting \"" + name + "\"" + (near.empty() ? "" : "; " + did_you_mean(near)));
  }
  if (const auto problem = problem_with(json, {{"retort_settings", FieldRule::count},
                                               {"parents", FieldRule::list},
                                               {"plugins", FieldRule::list},
                                               {"leases", FieldRule::text}});
      !problem.empty())
    refuse(file, problem);
  const auto folders = [&](const char* name, const char* what, std::vector<fs::path>& all) {
    for (const auto& one : list_in(json, name)) {
      if (!one.is_string()) refuse(file, std::string(name) + " has " + one.dump() + "; each is " + what);
      all.push_back((file.parent_path() / bytes_of(one.get<std::string>())).lexically_normal());
    }
  };
  folders("parents", "the folder of a store", settings.parents);
  folders("plugins", "a folder of plugins", settings.plugins);
  if (json.contains("leases")) settings.lease_files = kind_of_lease(file, json["leases"]) == "files";
}

}  // namespace

StoreSettings store_settings(const fs::path& root) {
  StoreSettings settings;
  const char* list = std::getenv("RETORT_PARENT_STORES");
  std::istringstream folders(list ? list : "");
  for (std::string one; std::getline(folders, one, ':');)
    if (!one.empty()) settings.parents.push_back(fs::absolute(one).lexically_normal());
  if (const fs::path file = root / "settings.json"; is_there(file)) read(file, settings);
  return settings;
}

}  // namespace retort

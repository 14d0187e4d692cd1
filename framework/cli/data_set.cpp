#include "cli/data_set.h"

#include <algorithm>
#include <cstdlib>

#include "core/error.h"
#include "core/files.h"
#include "core/nearest.h"
#include "core/plugin_spec.h"
#include "core/stated_version.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// `$RETORT_DATASETS`, else that of the installation, else that of the source tree this was built in.
fs::path manifest_folder() {
  if (const char* folder = std::getenv("RETORT_DATASETS"); folder && *folder) return folder;
  const fs::path installed =
      fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "share" / "retort" / "datasets";
  return fs::exists(installed) ? installed : fs::path(RETORT_DATASETS);
}

DataSource source_from_json(const Json& json) {
  DataSource source;
  source.url = json.value("url", "");
  source.page = json.value("page", "");
  source.note = json.value("note", "");
  source.file = json.at("file");
  source.sha256 = json.value("sha256", "");
  source.bytes = json.value("bytes", uint64_t{0});
  source.unpack = json.value("unpack", "");
  source.others = json.value("others", std::map<std::string, std::string>{});
  source.files = json.value("files", std::map<std::string, std::string>{});
  return source;
}

DataSet read_data_set(const fs::path& file) try {
  const Json json = Json::parse(read_file(file));
  if (stated_version(json, "retort_dataset") != 1) throw Error(ErrorKind::data, "no data set's manifest of version 1");
  DataSet set;
  set.name = file.stem().string();
  set.title = json.value("title", set.name);
  set.terms = json.value("terms", "");
  set.folder = data_home() / json.at("folder").get<std::string>();
  for (const auto& source : json.value("source", Json::array())) set.sources.push_back(source_from_json(source));
  return set;
} catch (const std::exception& error) {
  throw Error(ErrorKind::data, file.string() + ": " + error.what());
}

}  // namespace

bool DataSet::is_here() const {
  std::error_code none;
  for (const auto& source : sources)
    for (const auto& [file, digest] : source.files)
      if (!fs::exists(folder / file, none)) return false;
  return fs::is_directory(folder, none) && !fs::is_empty(folder, none);
}

std::vector<DataSet> data_sets() {
  std::vector<DataSet> sets;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(manifest_folder(), none))
    if (entry.path().extension() == ".json") sets.push_back(read_data_set(entry.path()));
  std::sort(sets.begin(), sets.end(), [](const DataSet& a, const DataSet& b) { return a.name < b.name; });
  return sets;
}

DataSet find_data_set(const std::string& name) {
  std::vector<std::string> names;
  for (auto& set : data_sets()) {
    if (set.name == name) return set;
    names.push_back(set.name);
  }
  const std::string near = nearest(name, names);
  throw Error(ErrorKind::user, "there is no data set \"" + name + "\"" +
                                   (near.empty() ? "; retort data list names them" : "; " + did_you_mean(near)));
}

}  // namespace retort

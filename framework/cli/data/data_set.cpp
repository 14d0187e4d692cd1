#include "cli/data/data_set.h"

#include <algorithm>
#include <cstdlib>

#include "cli/files/shipped.h"
#include "core/checked_name.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json_read.h"
#include "core/nearest.h"
#include "core/plugin_spec.h"
#include "core/stated_version.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// `$RETORT_DATASETS`, else that which comes with Retort.
fs::path manifest_folder() {
  if (const char* folder = std::getenv("RETORT_DATASETS"); folder && *folder) return folder;
  return shipped_folder("datasets");
}

void check(const std::string& what, const std::string& problem) {
  if (!problem.empty()) throw Error(ErrorKind::data, what + problem);
}

DataSource source_from_json(const Json& json) {
  check("a source: ", problem_with(json, {{"url", FieldRule::text},
                                          {"page", FieldRule::text},
                                          {"note", FieldRule::text},
                                          {"file", FieldRule::text, true},
                                          {"sha256", FieldRule::key},
                                          {"unpack", FieldRule::text},
                                          {"files", FieldRule::object}}));
  DataSource source;
  source.url = text_in(json, "url");
  source.page = text_in(json, "page");
  source.note = text_in(json, "note");
  source.file = FileName(text_in(json, "file"));
  source.sha256 = text_in(json, "sha256");
  source.bytes = static_cast<uint64_t>(std::max<int64_t>(0, whole_in(json, "bytes")));
  source.unpack = text_in(json, "unpack");
  for (const auto& [name, digest] : object_in(json, "files").items())
    source.files[FileName(name)] = digest.is_string() ? Key(digest.get<std::string>()) : Key(digest.dump());
  for (const auto& [digest, what] : object_in(json, "others").items())
    source.others[Key(digest).text()] = what.is_string() ? what.get<std::string>() : what.dump();
  return source;
}

DataSet read_data_set(const fs::path& file) try {
  const Json json = parsed_json(read_file(file, ErrorKind::data, kLongestText));
  if (stated_version(json, "retort_dataset") != 1) throw Error(ErrorKind::data, "no data set's manifest of version 1");
  DataSet set;
  set.name = file.stem().string();
  check("", problem_with(json, {{"title", FieldRule::text},
                                {"terms", FieldRule::text},
                                {"folder", FieldRule::text, true},
                                {"source", FieldRule::list}}));
  set.title = text_in(json, "title", set.name);
  set.terms = text_in(json, "terms");
  set.folder = data_home() / FileName(text_in(json, "folder")).text();
  for (const auto& source : list_in(json, "source")) set.sources.push_back(source_from_json(source));
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

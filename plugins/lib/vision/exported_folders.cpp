#include "vision/exported_folders.h"

#include <algorithm>

#include "core/error.h"
#include "core/plugin_spec.h"

namespace retort::vision {
namespace {

std::string below(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

std::vector<std::string> names_in(const Json& meta, const char* list) {
  std::vector<std::string> names;
  for (const auto& one : meta.value(list, Json::array()))
    if (one.is_string()) names.push_back(one);
  return names;
}

std::optional<ClassFolders> listed_in(const FileTree& tree, const std::string& folder) {
  const std::string file = below(folder, "meta.json");
  if (!tree.has(file)) return std::nullopt;
  const Json meta = Json::parse(tree.read(file), nullptr, /*allow_exceptions=*/false);
  if (!meta.is_object() || !meta.contains("folders")) return std::nullopt;
  ClassFolders all{folder, names_in(meta, "folders"), names_in(meta, "classes")};
  if (all.folders.empty() || all.folders.size() != all.classes.size())
    throw Error(ErrorKind::data, tree.place(file) + ": \"folders\" and \"classes\" are not two lists of one length");
  return all;
}

}  // namespace

std::optional<ClassFolders> exported_folders(const FileTree& tree, const std::string& folder) {
  auto all = listed_in(tree, folder);
  if (!all && tree.has(below(folder, "datasheet.json"))) all = listed_in(tree, below(folder, "folder"));
  if (!all) return std::nullopt;
  const auto here = tree.folders_in(all->root);
  const auto lacks = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) == names.end();
  };
  for (const auto& name : all->folders)
    if (lacks(here, name))
      throw Error(ErrorKind::data,
                  tree.place(below(all->root, name)) + " is gone: meta.json lists it; export it again");
  for (const auto& name : here)
    if (lacks(all->folders, name))
      throw Error(ErrorKind::data, tree.place(below(all->root, name)) +
                                       " was put into an exported set: meta.json does not list it; take it or "
                                       "meta.json out");
  return all;
}

}  // namespace retort::vision

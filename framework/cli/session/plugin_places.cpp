#include "cli/session/plugin_places.h"

#include <set>

#include "core/digest.h"
#include "core/error.h"
#include "core/files.h"
#include "core/sealed_text.h"
#include "core/stated_version.h"
#include "store/settings.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int kMemoryFormat = 1;

fs::path beside(const std::string& graph) { return fs::path(graph).parent_path() / "plugins"; }

/// Whether there are libraries in it: sources of plugins, or descriptions alone, lie in folders of this name too.
bool has_plugins(const fs::path& folder) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    if (entry.path().extension() == ".so") return true;
  return false;
}

fs::path store_root(const std::string& store) { return Store::default_root(store, fs::current_path()); }

/// {"retort_plugins":1,"manifests":[{"file","text"}]}, sealed.
fs::path memory_of(const fs::path& store, const std::string& graph) {
  return store / "learned" / "plugins" / (sha256_hex(fs::absolute(graph).lexically_normal().string()) + ".json");
}

}  // namespace

std::vector<fs::path> plugin_folders(const std::string& graph, const std::string& store) {
  std::vector<fs::path> more;
  if (has_plugins(beside(graph))) more.push_back(beside(graph));
  for (const auto& folder : store_settings(store_root(store)).plugins) more.push_back(folder);
  return Catalog::default_folders(more);
}

std::string where_it_looked(const std::string& graph, const std::string& store) {
  std::string text = "plugins were looked for in";
  const auto folders = plugin_folders(graph, store);
  for (const auto& folder : folders) text += (&folder == &folders.front() ? " " : ", ") + folder.string();
  if (folders.empty()) text += " no folder";
  if (!has_plugins(beside(graph)))
    text += "; " + fs::absolute(beside(graph)).lexically_normal().string() + " beside the graph has none";
  return text + "; RETORT_PLUGIN_PATH and \"plugins\" in " + (store_root(store) / "settings.json").string() +
         " name more folders";
}

void remember_plugins(const Store& store, const Graph& graph) {
  std::set<const Manifest*> used;
  for (const auto& node : graph.nodes) {
    used.insert(node.manifest);
    for (const auto& component : node.components) used.insert(component.manifest);
  }
  Json manifests = Json::array();
  try {
    std::set<std::string> texts;  // in an order that does not change
    for (const Manifest* one : used)
      if (!Catalog::is_own(*one) && !one->absent)
        texts.insert(Json{{"file", one->file.string()}, {"text", read_file(one->file)}}.dump());
    if (texts.empty()) return;
    for (const auto& text : texts) manifests.push_back(Json::parse(text));
    const std::string bytes = sealed(Json{{"retort_plugins", kMemoryFormat}, {"manifests", manifests}}.dump());
    const fs::path file = memory_of(store.root(), graph.file);
    std::error_code none;
    if (fs::exists(file, none) && read_file(file) == bytes) return;
    make_folder(file.parent_path());
    write_atomically(file, bytes, /*sync=*/false);
  } catch (const std::exception&) {  // it only helps to show
  }
}

void recall_plugins(const fs::path& store, const std::string& graph, Catalog& catalog) {
  const fs::path file = memory_of(store, graph);
  std::error_code none;
  if (!fs::exists(file, none)) return;
  try {
    const std::string bytes = read_file(file, ErrorKind::store);
    const auto text = unsealed(bytes);
    const Json json = text ? Json::parse(*text, nullptr, /*allow_exceptions=*/false) : Json();
    if (stated_version(json, "retort_plugins") != kMemoryFormat) return;
    for (const auto& one : json.at("manifests")) catalog.add_absent(one.at("file").get<std::string>(), one.at("text"));
  } catch (const std::exception&) {  // damaged: as if it had never been
  }
}

}  // namespace retort

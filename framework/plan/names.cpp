#include "plan/names.h"

#include "core/digest.h"
#include "core/files.h"

namespace retort {

Names::Names(const Store& store, const std::filesystem::path& graph)
    : graph_(std::filesystem::absolute(graph).lexically_normal().string()) {
  file_ = store.root() / "names" / (sha256_hex(graph_) + ".json");
  std::error_code none;
  if (!std::filesystem::exists(file_, none)) return;
  const Json json = Json::parse(read_file(file_, ErrorKind::store), nullptr, /*allow_exceptions=*/false);
  if (json.is_object() && json.value("retort_names", 0) == 1)
    keys_ = json.at("nodes").get<std::map<std::string, std::string>>();
}

std::string Names::last(const std::string& node) const {
  const auto it = keys_.find(node);
  return it == keys_.end() ? "" : it->second;
}

void Names::remember(const std::string& node, const std::string& key) {
  std::string& known = keys_[node];
  if (known == key) return;
  known = key;
  learned_ = true;
}

void Names::save() noexcept {
  if (!learned_) return;
  learned_ = false;
  try {
    write_atomically(file_, Json{{"retort_names", 1}, {"graph", graph_}, {"nodes", keys_}}.dump(1) + "\n",
                     /*sync=*/false);
  } catch (const std::exception&) {  // read-only store: `why` will know less, nothing else
  }
}

}  // namespace retort

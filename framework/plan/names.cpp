#include "plan/names.h"

#include "core/digest.h"
#include "core/files.h"
#include "core/sealed_text.h"
#include "core/stated_version.h"
#include "core/system_text.h"

namespace retort {
namespace {
constexpr int kNamesFormat = 2;
}

Names::Names(const Store& store, const std::filesystem::path& graph)
    : graph_(std::filesystem::absolute(graph).lexically_normal().string()), results_(store) {
  file_ = store.root() / "names" / (sha256_hex(graph_) + ".json");
  keys_ = written();
}

std::map<std::string, std::string> Names::written() const {
  std::error_code none;
  if (!std::filesystem::exists(file_, none)) return {};
  const std::string bytes = read_file(file_, ErrorKind::store);
  const auto text = unsealed(bytes);  // format 1 had no seal: what it knew is learned again
  const Json json = text ? Json::parse(*text, nullptr, /*allow_exceptions=*/false) : Json();
  if (stated_version(json, "retort_names") != kNamesFormat) return {};
  return json.at("nodes").get<std::map<std::string, std::string>>();
}

std::string Names::last(const std::string& node, const std::string& type) const {
  const auto it = keys_.find(node);
  return it == keys_.end() ? results_.last(node, type) : it->second;
}

void Names::learn(const std::string& node, const std::string& type, const std::string& key,
                  const std::string& key_text) {
  results_.add(type, ResultIndex::entry(key, node, key_text));
  remember(node, key);
}

void Names::remember(const std::string& node, const std::string& key) {
  std::string& known = keys_[node];
  if (known == key) return;
  known = key;
  learned_.insert(node);
}

void Names::save() noexcept {
  results_.save();
  if (learned_.empty()) return;
  try {
    // Another run of the same graph may have learned of other nodes meanwhile.
    for (const auto& [node, key] : written())
      if (learned_.count(node) == 0) keys_[node] = key;
    learned_.clear();
    const Json json = {{"retort_names", kNamesFormat}, {"graph", text_of(graph_)}, {"nodes", keys_}};
    write_atomically(file_, sealed(json.dump(1)), /*sync=*/false);
  } catch (const std::exception&) {  // read-only store: `why` will know less, nothing else
  }
}

}  // namespace retort

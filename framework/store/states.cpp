#include "store/states.h"

#include <unistd.h>

#include <algorithm>

#include "core/digest.h"

namespace retort {
namespace {

constexpr int64_t kMostLookedFor = 100000;
constexpr const char* kOutput = "state";

}  // namespace

std::string States::key_text(int64_t stop) const {
  return "retort-state 1\n" + text_ + "stop " + std::to_string(stop) + "\n";
}

std::optional<States::Found> States::furthest(int64_t at_most, const std::filesystem::path& scratch) const {
  for (int64_t stop = at_most; stop > std::max<int64_t>(0, at_most - kMostLookedFor); --stop) {
    const Key key = sha256_hex(key_text(stop));
    if (::access(store_.record_file(key).c_str(), F_OK) != 0) continue;
    try {
      const auto record = store_.find(key);
      if (!record) continue;
      return Found{stop, *record, store_.verified(*record, record->outputs.at(kOutput).files.at(0), scratch)};
    } catch (const DamagedResult&) {
      store_.remove(key);
    }
  }
  return std::nullopt;
}

void States::keep(int64_t stop, const std::filesystem::path& file, const std::string& type, Json about,
                  bool sync) const {
  Record record;
  record.key_text = key_text(stop);
  record.key = sha256_hex(record.key_text);
  record.type = type;
  record.about = std::move(about);
  record.outputs[kOutput] =
      store_.add_output(kOutput, {{"stop", stop}}, file.parent_path(), {written_file(file, file.filename().string())});
  store_.commit(record, sync);
}

}  // namespace retort

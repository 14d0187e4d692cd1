#include "sdk/checkpoint.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "core/digest.h"
#include "core/files.h"
#include "core/plugin_spec.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int kCheckpointFormat = 1;
constexpr size_t kKept = 2;
constexpr size_t kSumSize = 64;

/// Names of one width, so that their order is that of the steps.
std::string file_name(int64_t step) {
  char name[40];
  std::snprintf(name, sizeof name, "step-%015lld.save", static_cast<long long>(step));
  return name;
}

/// Those of this run, newest first.
std::vector<fs::path> saves(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    if (entry.path().filename().string().rfind("step-", 0) == 0 && entry.path().extension() == ".save")
      files.push_back(entry.path());
  std::sort(files.rbegin(), files.rend());
  return files;
}

std::optional<Checkpoint::State> parse(const std::string& bytes) {
  if (bytes.size() < kSumSize) return std::nullopt;
  const std::string_view body(bytes.data(), bytes.size() - kSumSize);
  if (sha256_hex(body) != bytes.substr(body.size())) return std::nullopt;
  const auto end = body.find('\n');
  const Json header = Json::parse(body.substr(0, end));
  if (header.at("retort_checkpoint") != kCheckpointFormat) return std::nullopt;  // a newer retort's: start over
  Checkpoint::State state;
  state.step = header.at("step");
  size_t from = end + 1;
  for (const auto& blob : header.at("blobs")) {
    const size_t size = blob.at(1);
    state.blobs[blob.at(0)] = std::string(body.substr(from, size));
    from += size;
  }
  return state;
}

std::string text_of(int64_t step, const std::map<std::string, std::string>& blobs) {
  Json list = Json::array();
  for (const auto& [name, bytes] : blobs) list.push_back({name, bytes.size()});
  std::string text = Json{{"retort_checkpoint", kCheckpointFormat}, {"step", step}, {"blobs", list}}.dump() + "\n";
  for (const auto& [name, bytes] : blobs) text += bytes;
  text += sha256_hex(text);
  return text;
}

}  // namespace

void Checkpoint::save(int64_t step, const std::map<std::string, std::string>& blobs) const {
  write_atomically(folder_ / file_name(step), text_of(step, blobs), /*sync=*/false);
  const auto files = saves(folder_);
  std::error_code none;
  for (size_t i = kKept; i < files.size(); ++i) fs::remove(files[i], none);
}

void Checkpoint::finish(int64_t step, const std::map<std::string, std::string>& blobs) const {
  write_atomically(folder_ / kEnd, text_of(step, blobs), /*sync=*/false);
}

std::optional<Checkpoint::State> Checkpoint::load() const {
  std::optional<State> best;
  for (const auto& file : saves(folder_))
    if (!best) best = parse(read_file(file));
  if (const fs::path start = folder_ / kStart; fs::exists(start))
    if (auto state = parse(read_file(start)); state && (!best || state->step > best->step)) best = std::move(state);
  return best;
}

}  // namespace retort

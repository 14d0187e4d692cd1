#include "worker/job_checkpoints.h"

#include "core/files.h"
#include "core/guarded_folder.h"
#include "sdk/checkpoint.h"
#include "store/states.h"

namespace retort {

namespace fs = std::filesystem;

namespace {
constexpr const char* kWarningsFile = "warnings.json";
}

JobCheckpoints::JobCheckpoints(const Json& job, const Store& store, uint64_t fence, fs::path scratch)
    : job_(job), store_(store), fence_(fence), scratch_(std::move(scratch)) {}

const fs::path& JobCheckpoints::folder() const {
  if (!folder_.empty()) return folder_;
  const std::string how = job_.value("checkpoints", "own");
  const Key key = job_.at("key").get<std::string>();
  if (how == "own") return folder_ = store_.checkpoint_folder(key, fence_);
  make_folder(scratch_);
  const fs::path newest =
      store_.root() / "checkpoints" / key.text() / std::to_string(store_.newest_checkpoint_fence(key));
  if (how == "copy" && fs::exists(newest)) fs::copy(newest, scratch_, fs::copy_options::recursive);
  return folder_ = scratch_;
}

void JobCheckpoints::keep_warning(const std::string& text) const noexcept {
  if (folder_.empty()) return;
  try {
    std::vector<std::string> all = kept_warnings();
    all.push_back(text);
    write_atomically(folder_ / kWarningsFile, Json(all).dump(), /*sync=*/false);
  } catch (const std::exception&) {
  }
}

std::vector<std::string> JobCheckpoints::kept_warnings() const {
  std::vector<std::string> warnings;
  std::error_code none;
  if (folder_.empty() || !fs::exists(folder_ / kWarningsFile, none)) return warnings;
  const Json kept = Json::parse(read_file(folder_ / kWarningsFile), nullptr, /*allow_exceptions=*/false);
  if (!kept.is_array()) return warnings;  // cut off by a crash of the machine
  for (const auto& one : kept)
    if (one.is_string()) warnings.push_back(one);
  return warnings;
}

void JobCheckpoints::drop() const {
  if (!folder_.empty()) remove_tree(folder_);
}

bool JobCheckpoints::has_budget() const {
  return job_.value("budget", Json()).is_object() && job_.value("checkpoints", "own") == "own";
}

std::string JobCheckpoints::extend() const {
  if (!has_budget()) return "";
  const Json& budget = job_["budget"];
  const auto found = States(store_, budget.at("text")).furthest(budget.at("stop"), scratch_);
  if (!found) return "";
  const fs::path start = folder() / Checkpoint::kStart;
  std::error_code none;
  fs::remove(start, none);
  fs::copy_file(found->file, start);
  return "the state at " + budget.at("param").get<std::string>() + " " + std::to_string(found->stop) +
         " was kept: result " + found->record.key.substr(0, 12);
}

void JobCheckpoints::keep_end(Json about, bool sync) const {
  if (!has_budget() || folder_.empty() || !fs::exists(folder_ / Checkpoint::kEnd)) return;
  const Json& budget = job_["budget"];
  about["node"] = "state of " + job_.at("node").get<std::string>();  // the node's own name means its result
  States(store_, budget.at("text"))
      .keep(budget.at("stop"), folder_ / Checkpoint::kEnd, "state of " + job_.at("type").get<std::string>(), about,
            sync);
}

}  // namespace retort

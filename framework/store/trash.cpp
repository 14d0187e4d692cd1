#include "store/trash.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "core/files.h"
#include "core/guarded_folder.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCollected = "collected";

/// Another collection that goes on may take folders away that are empty still.
void make_below(const fs::path& folder) {
  constexpr int kTimes = 10;
  for (int i = 1;; ++i) try {
      return make_folder(folder);
    } catch (const Error&) {
      if (i == kTimes) throw;
    }
}

bool rename_quietly(const fs::path& from, const fs::path& to) {
  const SafePath safe_from(from), safe_to(to);
  return ::rename(safe_from.c_str(), safe_to.c_str()) == 0;
}

}  // namespace

bool Trash::put_damaged(const fs::path& file) const noexcept {
  static std::atomic<unsigned> count{0};
  try {
    const std::string name =
        file.filename().string() + "." + std::to_string(::getpid()) + "-" + std::to_string(count.fetch_add(1));
    return rename_quietly(file, root_ / name);
  } catch (...) {  // out of memory while naming it: it stays where it is, and is found damaged again
    return false;
  }
}

Trash::Batch Trash::begin_batch() const {
  Batch batch;
  batch.time = std::time(nullptr);
  batch.folder = root_ / kCollected / (std::to_string(batch.time) + "-" + std::to_string(::getpid()));
  for (const char* kind : {"results", "objects"}) make_below(batch.folder / kind);
  return batch;
}

std::vector<Trash::Batch> Trash::batches() const {
  std::vector<Batch> all;
  for (const auto& name : names_in(root_ / kCollected))
    all.push_back({root_ / kCollected / name, std::strtoll(name.c_str(), nullptr, 10)});
  return all;
}

bool Trash::put(const Batch& batch, const std::string& kind, const fs::path& file) noexcept {
  try {
    return rename_quietly(file, batch.folder / kind / file.filename());
  } catch (...) {
    return false;
  }
}

bool Trash::restore(const std::string& kind, const fs::path& to) const {
  for (const auto& batch : batches()) {
    const fs::path from = batch.folder / kind / to.filename();
    if (rename_quietly(from, to)) return true;
    const CannotRead error(ErrorKind::store, "put back", from, errno);
    if (!error.is_absent()) throw error;
  }
  return is_there(to);  // another process missed it too, and was first
}

}  // namespace retort

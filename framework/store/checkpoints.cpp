// Where nodes save what they have while they run: a folder for each owner of a key.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "core/files.h"
#include "core/guarded_folder.h"
#include "store/fence.h"
#include "store/store.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// Fences that have a folder, newest first.
std::vector<uint64_t> fences_in(const fs::path& folder) {
  std::vector<uint64_t> fences;
  for (const auto& name : names_in(folder))
    if (const auto fence = fence_in(name)) fences.push_back(*fence);
  std::sort(fences.rbegin(), fences.rend());
  return fences;
}

/// Stores of format 1 had the saves in the key's folder itself.
void adopt_format_1(const fs::path& folder) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    if (entry.is_regular_file(none)) {
      make_folder(folder / "0");
      fs::rename(SafePath(entry.path()).path(), SafePath(folder / "0" / entry.path().filename()).path(), none);
    }
}

}  // namespace

uint64_t Store::newest_checkpoint_fence(const Key& key) const {
  const auto fences = fences_in(root_ / "checkpoints" / key.text());
  return fences.empty() ? 0 : fences.front();
}

fs::path Store::checkpoint_folder(const Key& key, uint64_t fence) const {
  const fs::path folder = root_ / "checkpoints" / key.text(), mine = folder / std::to_string(fence);
  std::error_code code;
  if (fs::is_directory(mine, code)) return mine;
  adopt_format_1(folder);
  for (const uint64_t old : fences_in(folder)) {
    const fs::path from = folder / std::to_string(old);
    if (old > fence)
      throw Error(ErrorKind::lost, "result " + key.substr(0, 12) +
                                       ": another process works on it since; this one, with fence " +
                                       std::to_string(fence) + ", came back after fence " + std::to_string(old));
    if (!fs::exists(mine, code)) {
      fs::rename(SafePath(from).path(), SafePath(mine).path(), code);
    } else {
      remove_tree(from);
    }
  }
  make_folder(mine);
  return mine;
}

}  // namespace retort

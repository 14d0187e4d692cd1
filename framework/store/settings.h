#pragma once
// What people set for one store, in its settings.json: {"retort_settings":1,"parents":["/shared/store"]}.
#include <filesystem>
#include <vector>

namespace retort {

struct StoreSettings {
  /// Stores of others, only read: a result that is not here is looked for there. In this order.
  std::vector<std::filesystem::path> parents;
  /// Folders of plugins that results here are made with. In this order.
  std::vector<std::filesystem::path> plugins;
  /// Leases are files with heartbeats: for file systems that promise locks and do not keep the promise.
  bool lease_files = false;
};

/// Of the store at `root`, and of `$RETORT_PARENT_STORES` (folders with ':' between), which come first. Relative
/// folders in the file are relative to the store. Throws Error(store) naming what is wrong with the file.
StoreSettings store_settings(const std::filesystem::path& root);

}  // namespace retort

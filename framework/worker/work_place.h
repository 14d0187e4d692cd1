#pragma once
// A store as a worker keeps it from job to job: opened once, with one scratch folder for all of them.
#include <filesystem>
#include <string>

#include "store/store.h"

namespace retort {

class WorkPlace {
 public:
  /// Made on first use; lives until `leave_all`.
  static WorkPlace& at(const std::string& root);
  static void leave_all() noexcept;

  const Store& store() const { return store_; }
  /// Below the scratch folder, another one each time; not made yet.
  std::filesystem::path new_folder();

 private:
  explicit WorkPlace(const std::string& root) : store_(Store::open(root)), scratch_(store_.make_scratch()) {}
  Store store_;
  std::filesystem::path scratch_;
  size_t given_ = 0;
};

}  // namespace retort

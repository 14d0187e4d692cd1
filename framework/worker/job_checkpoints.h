#pragma once
// Where a job's node saves while it runs: its key's own folder, found again after a kill, or one that nobody else sees.
// With a budget: what a shorter run left to start from, and what this one leaves to longer ones.
#include <filesystem>
#include <string>
#include <vector>

#include "core/plugin_spec.h"
#include "store/store.h"

namespace retort {

class JobCheckpoints {
 public:
  /// `fence` of the job's lease; `scratch`: a folder of this job alone, not made yet. Job and store must outlive this.
  JobCheckpoints(const Json& job, const Store& store, uint64_t fence, std::filesystem::path scratch);

  /// Made on the first question: most nodes never save.
  const std::filesystem::path& folder() const;

  /// Puts the end of the shorter run that went furthest where the node looks for its saves; says which, empty if none.
  std::string extend() const;
  /// Moves the end that the node saved, if it did, into the store. Before the result itself: a run that is killed in
  /// between starts from here.
  void keep_end(Json about, bool sync) const;
  /// Puts a warning beside what the node saved, if it saves: a later try that goes on from there does not meet what was
  /// warned of before. Never throws: a disk that takes no more is found by who saves.
  void keep_warning(const std::string& text) const noexcept;
  /// Those that were kept, of this and of earlier tries; none if the node did not ask for its folder.
  std::vector<std::string> kept_warnings() const;
  /// Whoever does the job next begins at its beginning.
  void drop() const;

 private:
  bool has_budget() const;

  const Json& job_;
  const Store& store_;
  uint64_t fence_;
  std::filesystem::path scratch_;
  mutable std::filesystem::path folder_;
};

}  // namespace retort

#pragma once
// What a node saves while it runs, so that after a kill it goes on from there: named blobs of bytes at a step. Each
// save is one self-checking file, written beside the others and renamed; a save that was cut off is never loaded.
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#define RETORT_CHECKPOINT_API __attribute__((visibility("default")))

namespace retort {

class RETORT_CHECKPOINT_API Checkpoint {
 public:
  struct State {
    int64_t step = 0;                          ///< steps done
    std::map<std::string, std::string> blobs;  ///< name → bytes
  };

  /// `folder` is Run::checkpoint_folder().
  explicit Checkpoint(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Keeps this save and the one before. Throws Error(store) if it cannot be written; the saves before are untouched.
  void save(int64_t step, const std::map<std::string, std::string>& blobs) const;
  /// The furthest save whose checksum holds; nothing if there is none. It may be the end of a shorter run, with the
  /// same parameters but the budget.
  std::optional<State> load() const;
  /// The state at the end of a node's budget, before it writes its outputs: kept with its result, so that a run with a
  /// longer budget goes on from it. It must not depend on the budget itself.
  void finish(int64_t step, const std::map<std::string, std::string>& blobs) const;

  static constexpr const char* kEnd = "end.save";      ///< [engine] what `finish` writes
  static constexpr const char* kStart = "start.save";  ///< [engine] the end of a shorter run, put there for `load`

 private:
  std::filesystem::path folder_;
};

}  // namespace retort

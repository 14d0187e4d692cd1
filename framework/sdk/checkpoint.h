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
  /// The newest save whose checksum holds; nothing if there is none.
  std::optional<State> load() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace retort

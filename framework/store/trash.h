#pragma once
// What was taken out of a store and is not gone yet: damaged files, kept for people to look at, and what was collected,
// for a time in which whoever still wants it puts it back.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace retort {

class Trash {
 public:
  /// One collection: trash/collected/<seconds since 1970>-<process>.
  struct Batch {
    std::filesystem::path folder;
    int64_t time = 0;  ///< when it began
  };

  explicit Trash(std::filesystem::path root) : root_(std::move(root)) {}

  /// Moves a damaged file aside. False if it stays where it is: the store cannot be written.
  bool put_damaged(const std::filesystem::path& file) const noexcept;

  Batch begin_batch() const;  ///< throws Error(store)
  std::vector<Batch> batches() const;
  /// Moves `file` into the batch as results/NAME or objects/NAME; false if it could not be.
  static bool put(const Batch& batch, const std::string& kind, const std::filesystem::path& file) noexcept;

  /// Puts a collected file back to `to`, or finds it there; false if none of this name was collected. Throws CannotRead
  /// where the system does not say, Error(store) where it is and cannot be put back.
  bool restore(const std::string& kind, const std::filesystem::path& to) const;

  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

}  // namespace retort

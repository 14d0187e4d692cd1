#pragma once
// SHA-256, the one digest of the project: of keys, objects, sources and artifacts. Always lower-case hex of 64 digits.
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace retort {

/// A digest taken piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view bytes);
  /// The digest of everything given so far; starts afresh.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view bytes);

/// Reads the file in pieces, never whole. Throws CannotRead(data) (core/files.h) naming the file and the reason, Error
/// (data) for what is no regular file.
std::string sha256_file(const std::filesystem::path& path);

}  // namespace retort

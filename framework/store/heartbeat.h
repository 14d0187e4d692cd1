#pragma once
// A file that says who holds a lease and changes every few seconds while that process runs.
#include <filesystem>
#include <string>

namespace retort {

class Heartbeat {
 public:
  /// Writes this process into the file as its owner and beats until destroyed. The file is never made anew: one that
  /// was removed stays so.
  Heartbeat(std::filesystem::path file, std::string token);
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  /// One line of JSON: token, host, boot, process and its start, number of the beat. Always of the same length.
  static std::string text(const std::string& token, unsigned long beat);
  static std::string token_in(const std::string& text);  ///< empty if it is no such text
  /// Known only for processes of this machine.
  static bool owner_is_dead(const std::string& text);
  static void beat_all() noexcept;

 private:
  void beat() noexcept;

  std::filesystem::path file_;
  std::string token_;
  unsigned long count_ = 0;
};

}  // namespace retort

#pragma once
// What the pages that show one run are told, however many there are: the log is read once for all that know equally
// much of it.
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "report/feed.h"

namespace retort {

class RunMessages {
 public:
  explicit RunMessages(std::filesystem::path log);

  const std::filesystem::path& log() const { return log_; }
  /// Reads what was logged since; whether that was anything.
  bool look();

  struct Message {
    std::string text;  ///< RunFeed::next, as JSON; empty: nothing
    int64_t seen;      ///< number of the newest event it knows of
  };
  /// For a page that knows all up to event `seen`.
  Message since(int64_t seen);

 private:
  std::filesystem::path log_;
  RunFeed newest_;
  int64_t seen_ = 0;
  std::map<int64_t, Message> made_;  ///< since the last look, by what the page knew
};

}  // namespace retort

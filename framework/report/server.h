#pragma once
// Pages over HTTP, for the person who started the command and nobody else: on the loopback address only, read-only,
// below a random token, for requests that name this host. Whoever lacks the token gets an empty 404, and is cut off
// after five seconds; open pages hold no thread.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/plugin_spec.h"

namespace retort {

/// What is served. Called from one thread, which is not that of the server's making. `run` is empty for what the
/// command was started for.
class PageSource {
 public:
  virtual ~PageSource() = default;
  /// A whole page; nothing if there is no such run.
  virtual std::optional<std::string> page(const std::string& run) = 0;
  /// One part of it, as it is now; null if there is none of that name.
  virtual Json part(const std::string& run, const std::string& id) = 0;
  /// The log that the page follows, an empty path while there is none yet; nothing if there is no such run.
  virtual std::optional<std::filesystem::path> log(const std::string& run) = 0;
};

class PageServer {
 public:
  /// Takes a port of 127.0.0.1; 0: any. Throws Error(user) if it is taken.
  PageServer(PageSource& source, uint16_t port);
  ~PageServer();

  const std::string& address() const { return address_; }  ///< "http://127.0.0.1:PORT/TOKEN/"

  /// Serves until `stop` can be read.
  void run(int stop);

 private:
  struct Http;
  std::unique_ptr<Http> http_;
  std::string address_;
};

}  // namespace retort

#pragma once
// The server: who is connected, which logs are followed, who is told what.
#include <unistd.h>

#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "report/file_watch.h"
#include "report/run_messages.h"
#include "report/server.h"
#include "report/server/http.h"

namespace retort {

class Connection;
class Stream;

/// The open pages that follow one log, and what they are told. `messages` belongs to the thread of the source.
struct Group {
  Group(asio::io_context& io, std::string the_run, std::filesystem::path the_log)
      : run(std::move(the_run)), log(std::move(the_log)), watch(log), written(io), gather(io) {
    if (watch.descriptor() >= 0) written.assign(::dup(watch.descriptor()));
  }
  std::string run;  ///< of the address; empty: what the server was started for
  std::filesystem::path log;
  std::unique_ptr<RunMessages> messages;
  FileWatch watch;
  asio::posix::stream_descriptor written;
  asio::steady_timer gather;
  std::set<std::shared_ptr<Stream>> streams;
  bool looking = false, look_again = false;
};

using Messages = std::map<int64_t, RunMessages::Message>;  // by what a page knows

/// All sockets belong to the thread that calls run(), the source and the logs to another one, of which there is one: a
/// page that takes seconds to make holds nobody else up.
class Site {
 public:
  static constexpr size_t kMostStreams = 4096;

  Site(PageSource& the_source, uint16_t wanted);
  void run(int stop);

  void accept();
  void drop_the_oldest_stranger();
  void join(const std::shared_ptr<Stream>& stream, const std::string& run, const std::filesystem::path& log);
  void leave(const std::shared_ptr<Stream>& stream);
  void watch(const std::shared_ptr<Group>& group);
  void look_at_all();
  void look(const std::shared_ptr<Group>& group);
  void tell(const std::shared_ptr<Group>& group, const Messages& messages, bool reload);

  PageSource& source;
  std::list<std::weak_ptr<Connection>> strangers;  ///< without the token so far, the oldest first; outlives `io`
  asio::io_context io{1};
  asio::thread_pool office{1};
  tcp::acceptor acceptor{io};
  asio::steady_timer rest{io}, looks{io};
  std::string token, port;
  std::map<std::pair<std::string, std::filesystem::path>, std::shared_ptr<Group>> groups;
  size_t streams = 0;
  int beat = 0;
};

}  // namespace retort

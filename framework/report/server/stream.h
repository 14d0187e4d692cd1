#pragma once
// One open page: messages to it, the next when it has read the last.
#include <cstdint>
#include <memory>
#include <string>

#include "report/server/http.h"

namespace retort {

class Site;
struct Group;

inline constexpr int64_t kOfAnotherRun = -1;

class Stream : public std::enable_shared_from_this<Stream> {
 public:
  Stream(Site& site, beast::tcp_stream socket, int64_t knows) : seen(knows), site_(site), socket_(std::move(socket)) {}

  void open();
  bool busy() const { return busy_; }
  void say(const std::string& data) { send("data: " + data + "\n\n"); }
  void send(std::string text);
  void close();

  int64_t seen;         ///< number of the newest event that the page knows of; kOfAnotherRun
  bool behind = false;  ///< something happened while it was busy
  bool last = false;    ///< it is closed after what is being sent
  std::weak_ptr<Group> group;

 private:
  void notice_the_end();

  Site& site_;
  beast::tcp_stream socket_;
  std::string text_;
  char ignored_[256];
  bool busy_ = false, gone_ = false;
};

}  // namespace retort

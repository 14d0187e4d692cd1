#pragma once
// One request and its answer.
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "report/page_address.h"
#include "report/server/http.h"

namespace retort {

class Site;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Site& site, tcp::socket socket) : site_(site), socket_(std::move(socket)) {}
  ~Connection() { stop_waiting(); }

  void start();
  void close();

 private:
  using Request = http::request<http::empty_body>;
  static constexpr uint32_t kLongestHeader = 8 << 10;  // all lines of it

  void stop_waiting();
  void answer(const Request& request);
  static void make(std::shared_ptr<Connection> self, const PageAddress& address);
  void follow(const PageAddress& address);
  void become_stream(const PageAddress& address, const std::optional<std::filesystem::path>& log);
  void refuse(http::status status) { send(status, "", ""); }
  void send(http::status status, std::string text, const char* type);

  Site& site_;
  beast::tcp_stream socket_;
  beast::flat_buffer buffer_{kLongestHeader};
  http::request_parser<http::empty_body> parser_;
  http::response<http::string_body> answer_;
  std::list<std::weak_ptr<Connection>>::iterator place_;
  bool waits_ = false;
  std::string asked_;  ///< what is below the token, for the log
};

}  // namespace retort

#include "report/server/connection.h"

#include <cstdlib>
#include <utility>

#include "core/system_text.h"
#include "log/log.h"
#include "report/server/site.h"
#include "report/server/stream.h"

namespace retort {
namespace {

constexpr auto kPatience = std::chrono::seconds(5);  // for a request with the token

}  // namespace

void Connection::start() {
  place_ = site_.strangers.insert(site_.strangers.end(), weak_from_this());
  waits_ = true;
  parser_.header_limit(kLongestHeader);
  socket_.expires_after(kPatience);
  http::async_read_header(socket_, buffer_, parser_, [self = shared_from_this()](Failure failure, size_t) {
    if (!failure) return self->answer(self->parser_.get());
    if (failure == http::error::header_limit) return self->refuse(http::status::request_header_fields_too_large);
    if (failure.category() == make_error_code(http::error::bad_method).category() &&
        failure != http::error::end_of_stream && failure != http::error::partial_message)
      return self->refuse(http::status::bad_request);
    log(LogLevel::debug, "server", "a connection was closed before it asked for anything: " + failure.message());
    self->close();
  });
}

void Connection::close() {
  stop_waiting();
  socket_.close();
}

void Connection::stop_waiting() {
  if (waits_) site_.strangers.erase(place_);
  waits_ = false;
}

void Connection::answer(const Request& request) {
  const auto host = request[http::field::host];
  const std::string target(request.target());
  const auto address = address_below(target, site_.token);
  if (host != std::string(kHost) + ":" + site_.port && host != "localhost:" + site_.port)
    return refuse(http::status::forbidden);  // a page elsewhere whose name was made to mean this machine
  if (!address) return refuse(http::status::not_found);
  stop_waiting();
  asked_ = (address->run.empty() ? "" : address->run + ": ") + address->rest;
  if (request.method() != http::verb::get) return refuse(http::status::method_not_allowed);
  if (address->rest == "events") return follow(*address);
  asio::post(site_.office,
             [self = shared_from_this(), address = *address]() mutable { make(std::move(self), address); });
}

/// In the thread of the source; the connection goes back to its own.
void Connection::make(std::shared_ptr<Connection> self, const PageAddress& address) {
  PageSource& source = self->site_.source;
  asio::io_context& io = self->site_.io;
  std::string text, type;
  const std::string part = "part/";
  try {
    if (address.rest.empty()) {
      if (auto page = source.page(address.run)) text = std::move(*page), type = "text/html; charset=utf-8";
    } else if (address.rest.rfind(part, 0) == 0) {
      const Json json = source.part(address.run, address.rest.substr(part.size()));
      if (!json.is_null()) text = dump_text(json), type = "application/json";
    }
  } catch (const std::exception& error) {
    log(LogLevel::error, "server", self->asked_ + ": " + error.what());
    return asio::post(io, [self = std::move(self)] { self->refuse(http::status::internal_server_error); });
  }
  asio::post(io, [self = std::move(self), text = std::move(text), type]() mutable {
    if (type.empty()) return self->refuse(http::status::not_found);
    self->send(http::status::ok, std::move(text), type.c_str());
  });
}

void Connection::follow(const PageAddress& address) {
  if (site_.streams >= Site::kMostStreams) return refuse(http::status::service_unavailable);
  asio::post(site_.office, [self = shared_from_this(), address]() mutable {
    asio::io_context& io = self->site_.io;
    std::optional<std::filesystem::path> log;
    try {
      log = self->site_.source.log(address.run);
    } catch (const std::exception& error) {
      retort::log(LogLevel::error, "server", std::string("events: ") + error.what());
    }
    asio::post(io, [self = std::move(self), address, log] { self->become_stream(address, log); });
  });
}

/// The page says which run it shows, and how much of it.
void Connection::become_stream(const PageAddress& address, const std::optional<std::filesystem::path>& log) {
  if (!log) return refuse(http::status::not_found);
  retort::log(LogLevel::debug, "server", "a page follows " + log->string());
  const auto stream = std::make_shared<Stream>(site_, std::move(socket_), std::atoll(address.asked("seen").c_str()));
  stream->open();
  site_.join(stream, address.run, *log);
  if (log->parent_path().filename() != address.asked("run")) stream->seen = kOfAnotherRun;
}

void Connection::send(http::status status, std::string text, const char* type) {
  if (!asked_.empty() || status == http::status::ok)
    log(LogLevel::debug, "server", "\"" + asked_ + "\" " + std::to_string(static_cast<unsigned>(status)));
  answer_ = {status, 11};
  set_header(answer_, type);
  answer_.body() = std::move(text);
  answer_.prepare_payload();
  if (!waits_) socket_.expires_after(kSendPatience);  // else what is left of the patience with a stranger
  http::async_write(socket_, answer_, [self = shared_from_this()](Failure, size_t) {
    Failure none;
    self->socket_.socket().shutdown(tcp::socket::shutdown_both, none);
    self->close();
  });
}

}  // namespace retort

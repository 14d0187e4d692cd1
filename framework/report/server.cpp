#include "report/server.h"

#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <chrono>
#include <list>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "core/error.h"
#include "core/hex.h"
#include "core/system_text.h"
#include "log/log.h"
#include "report/file_watch.h"
#include "report/page.h"
#include "report/page_address.h"
#include "report/run_messages.h"

namespace retort {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Failure = boost::system::error_code;
using Request = http::request<http::empty_body>;

constexpr const char* kHost = "127.0.0.1";
constexpr auto kPatience = std::chrono::seconds(5);       // for a request with the token
constexpr auto kSendPatience = std::chrono::seconds(60);  // for the reader of one answer or message
constexpr size_t kMostStrangers = 256;                    // connections that have not shown the token
constexpr size_t kMostStreams = 4096;
constexpr rlim_t kMostFiles = 2 * kMostStreams;
constexpr uint32_t kLongestHeader = 8 << 10;              // all lines of it
constexpr auto kLook = std::chrono::seconds(2);           // between looks at a log the kernel says nothing about
constexpr int kBeat = 15;                                 // looks after which a quiet connection is tried
constexpr auto kGather = std::chrono::milliseconds(300);  // events of that long are one message
constexpr int64_t kOfAnotherRun = -1;
constexpr auto kRest = std::chrono::milliseconds(50);  // when the system gives no more connections

/// 128 bits by chance, as hex.
std::string new_token() {
  unsigned char bytes[16];
  if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
    throw Error(ErrorKind::internal, "the system gives no random numbers");
  return hex_of(bytes, sizeof bytes);
}

/// Each open page is a descriptor, and shells allow a thousand.
void allow_many_files() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kMostFiles) return;
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? kMostFiles : std::min(limit.rlim_max, kMostFiles);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

template <class Body>
void set_header(http::response<Body>& answer, const char* type) {
  answer.set(http::field::cache_control, "no-store");
  answer.set("Referrer-Policy", "no-referrer");
  answer.set("X-Content-Type-Options", "nosniff");
  static const std::string policy = page_policy(/*live=*/true) + "; frame-ancestors 'none'";
  answer.set("Content-Security-Policy", policy);
  if (*type) answer.set(http::field::content_type, type);
  answer.keep_alive(false);
}

class Stream;
class Connection;

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
struct Site {
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
  std::string token = new_token(), port;
  std::map<std::pair<std::string, std::filesystem::path>, std::shared_ptr<Group>> groups;
  size_t streams = 0;
  int beat = 0;
};

/// One open page: messages to it, the next when it has read the last.
class Stream : public std::enable_shared_from_this<Stream> {
 public:
  Stream(Site& server, beast::tcp_stream socket, int64_t knows)
      : seen(knows), server_(server), socket_(std::move(socket)) {}

  void open() {
    http::response<http::empty_body> answer(http::status::ok, 11);
    set_header(answer, "text/event-stream");
    std::ostringstream text;
    text << answer.base() << ": retort\n\n";
    socket_.expires_never();
    send(text.str());
    notice_the_end();
  }

  bool busy() const { return busy_; }
  void say(const std::string& data) { send("data: " + data + "\n\n"); }
  void send(std::string text) {
    busy_ = true;
    text_ = std::move(text);
    socket_.expires_after(kSendPatience);
    asio::async_write(socket_, asio::buffer(text_), [self = shared_from_this()](Failure failure, size_t) {
      self->busy_ = false;
      if (failure) return self->close();
      self->socket_.expires_never();
      const auto followed = self->group.lock();
      if (self->last) return self->close();
      if (followed && std::exchange(self->behind, false)) self->server_.look(followed);
    });
  }

  void close() {
    if (std::exchange(gone_, true)) return;
    Failure none;
    socket_.socket().shutdown(tcp::socket::shutdown_both, none);
    socket_.close();
    server_.leave(shared_from_this());
  }

  int64_t seen;         ///< number of the newest event that the page knows of; kOfAnotherRun
  bool behind = false;  ///< something happened while it was busy
  bool last = false;    ///< it is closed after what is being sent
  std::weak_ptr<Group> group;

 private:
  /// What a page says is not listened to; that it is gone is.
  void notice_the_end() {
    socket_.socket().async_read_some(asio::buffer(ignored_), [self = shared_from_this()](Failure failure, size_t) {
      if (failure) return self->close();
      self->notice_the_end();
    });
  }

  Site& server_;
  beast::tcp_stream socket_;
  std::string text_;
  char ignored_[256];
  bool busy_ = false, gone_ = false;
};

/// One request and its answer.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Site& server, tcp::socket socket) : server_(server), socket_(std::move(socket)) {}

  void start() {
    place_ = server_.strangers.insert(server_.strangers.end(), weak_from_this());
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

  void close() {
    stop_waiting();
    socket_.close();
  }

  ~Connection() { stop_waiting(); }

 private:
  void stop_waiting() {
    if (waits_) server_.strangers.erase(place_);
    waits_ = false;
  }

  void answer(const Request& request) {
    const auto host = request[http::field::host];
    const std::string target(request.target());
    const auto address = address_below(target, server_.token);
    if (host != std::string(kHost) + ":" + server_.port && host != "localhost:" + server_.port)
      return refuse(http::status::forbidden);  // a page elsewhere whose name was made to mean this machine
    if (!address) return refuse(http::status::not_found);
    stop_waiting();
    asked_ = (address->run.empty() ? "" : address->run + ": ") + address->rest;
    if (request.method() != http::verb::get) return refuse(http::status::method_not_allowed);
    if (address->rest == "events") return follow(*address);
    asio::post(server_.office,
               [self = shared_from_this(), address = *address]() mutable { make(std::move(self), address); });
  }

  /// In the thread of the source; the connection goes back to its own.
  static void make(std::shared_ptr<Connection> self, const PageAddress& address) {
    PageSource& source = self->server_.source;
    asio::io_context& io = self->server_.io;
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

  void follow(const PageAddress& address) {
    if (server_.streams >= kMostStreams) return refuse(http::status::service_unavailable);
    asio::post(server_.office, [self = shared_from_this(), address]() mutable {
      asio::io_context& io = self->server_.io;
      std::optional<std::filesystem::path> log;
      try {
        log = self->server_.source.log(address.run);
      } catch (const std::exception& error) {
        retort::log(LogLevel::error, "server", std::string("events: ") + error.what());
      }
      asio::post(io, [self = std::move(self), address, log] { self->become_stream(address, log); });
    });
  }

  /// The page says which run it shows, and how much of it.
  void become_stream(const PageAddress& address, const std::optional<std::filesystem::path>& log) {
    if (!log) return refuse(http::status::not_found);
    retort::log(LogLevel::debug, "server", "a page follows " + log->string());
    const auto stream =
        std::make_shared<Stream>(server_, std::move(socket_), std::atoll(address.asked("seen").c_str()));
    stream->open();
    server_.join(stream, address.run, *log);
    if (log->parent_path().filename() != address.asked("run")) stream->seen = kOfAnotherRun;
  }

  void refuse(http::status status) { send(status, "", ""); }

  void send(http::status status, std::string text, const char* type) {
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

  Site& server_;
  beast::tcp_stream socket_;
  beast::flat_buffer buffer_{kLongestHeader};
  http::request_parser<http::empty_body> parser_;
  http::response<http::string_body> answer_;
  std::list<std::weak_ptr<Connection>>::iterator place_;
  bool waits_ = false;
  std::string asked_;  ///< what is below the token, for the log
};

Site::Site(PageSource& the_source, uint16_t wanted) : source(the_source) {
  allow_many_files();
  const tcp::endpoint place(asio::ip::address_v4::loopback(), wanted);
  acceptor.open(place.protocol());
  acceptor.set_option(asio::socket_base::reuse_address(true));
  acceptor.bind(place);
  acceptor.listen();
  port = std::to_string(acceptor.local_endpoint().port());
}

void Site::run(int stop) {
  asio::posix::stream_descriptor ender(io, ::dup(stop));
  ender.async_wait(asio::posix::stream_descriptor::wait_read, [this](Failure) { io.stop(); });
  accept();
  look_at_all();
  io.run();
  office.stop();
  office.join();
}

void Site::accept() {
  acceptor.async_accept([this](Failure failure, tcp::socket socket) {
    if (failure) {  // too many files are open
      log(LogLevel::warning, "server", "no connection can be taken: " + failure.message());
      drop_the_oldest_stranger();
      rest.expires_after(kRest);
      return rest.async_wait([this](Failure) { accept(); });
    }
    if (strangers.size() >= kMostStrangers) drop_the_oldest_stranger();
    std::make_shared<Connection>(*this, std::move(socket))->start();
    accept();
  });
}

void Site::drop_the_oldest_stranger() {
  if (strangers.empty()) return;
  if (const auto oldest = strangers.front().lock()) oldest->close();
}

void Site::join(const std::shared_ptr<Stream>& stream, const std::string& run, const std::filesystem::path& log) {
  auto& group = groups[{run, log}];
  if (!group) {
    group = std::make_shared<Group>(io, run, log);
    watch(group);
  }
  group->streams.insert(stream);
  ++streams;
  stream->group = group;
  stream->behind = true;  // it is told what it does not know when it has read the header
}

void Site::leave(const std::shared_ptr<Stream>& stream) {
  const auto group = stream->group.lock();
  if (!group || group->streams.erase(stream) == 0) return;
  --streams;
  if (!group->streams.empty()) return;
  Failure none;
  group->written.close(none);
  group->gather.cancel();
  groups.erase({group->run, group->log});
}

void Site::watch(const std::shared_ptr<Group>& group) {
  if (!group->written.is_open()) return;
  const std::weak_ptr<Group> watched = group;
  group->written.async_wait(asio::posix::stream_descriptor::wait_read, [this, watched](Failure failure) {
    const auto written = watched.lock();
    if (failure || !written) return;
    written->gather.expires_after(kGather);
    written->gather.async_wait([this, watched](Failure cancelled) {
      const auto gathered = watched.lock();
      if (cancelled || !gathered) return;
      gathered->watch.drain();
      look(gathered);
      watch(gathered);
    });
  });
}

void Site::look_at_all() {
  const bool test = ++beat % kBeat == 0;
  for (const auto& [name, group] : groups) {
    look(group);
    if (!test) continue;
    for (const auto& stream : group->streams)
      if (!stream->busy()) stream->send(": still here\n\n");
  }
  looks.expires_after(kLook);
  looks.async_wait([this](Failure) { look_at_all(); });
}

void Site::look(const std::shared_ptr<Group>& group) {
  if (std::exchange(group->looking, true)) {
    group->look_again = true;
    return;
  }
  std::set<int64_t> known;
  for (const auto& stream : group->streams)
    if (stream->seen != kOfAnotherRun) known.insert(stream->seen);
  asio::post(office, [this, group = std::shared_ptr<Group>(group), known = std::move(known)]() mutable {
    Messages messages;
    bool reload = false;
    try {
      reload = source.log(group->run) != group->log;
      if (!group->messages) group->messages = std::make_unique<RunMessages>(group->log);
      group->messages->look();
      for (const int64_t seen : known) messages[seen] = group->messages->since(seen);
    } catch (const std::exception& error) {
      log(LogLevel::error, "server", group->log.string() + ": " + error.what());
    }
    asio::post(io, [this, group = std::move(group), reload, messages = std::move(messages)] {
      group->looking = false;
      tell(group, messages, reload);
      if (std::exchange(group->look_again, false)) look(group);
    });
  });
}

void Site::tell(const std::shared_ptr<Group>& group, const Messages& messages, bool reload) {
  for (const auto& stream : group->streams) {
    const auto message = messages.find(stream->seen);
    if (stream->busy()) {
      stream->behind = true;
    } else if (message != messages.end() && !message->second.text.empty()) {
      stream->seen = message->second.seen;
      stream->behind = reload;
      stream->say(message->second.text);
    } else if (reload || stream->seen == kOfAnotherRun) {
      stream->last = stream->seen == kOfAnotherRun;
      stream->say("{\"reload\":true}");
    }
  }
}

}  // namespace

struct PageServer::Http : Site {
  using Site::Site;
};

PageServer::PageServer(PageSource& source, uint16_t port) try
    : http_(std::make_unique<Http>(source, port)),
      address_(std::string("http://") + kHost + ":" + http_->port + "/" + http_->token + "/") {
  log(LogLevel::info, "server", std::string("listens on ") + kHost + ":" + http_->port);
} catch (const boost::system::system_error& error) {
  throw Error(ErrorKind::user,
              "port " + std::to_string(port) + " of " + kHost + " cannot be had; another with --port N");
}

PageServer::~PageServer() = default;

void PageServer::run(int stop) { http_->run(stop); }

}  // namespace retort

#include "report/server.h"

#include <httplib.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <sys/random.h>

#include <mutex>
#include <thread>

#include "core/error.h"
#include "core/hex.h"
#include "report/feed.h"
#include "report/file_watch.h"
#include "report/page.h"

namespace retort {
namespace {

constexpr const char* kHost = "127.0.0.1";
constexpr size_t kThreads = 32;  // each open page holds one
constexpr int kLook = 2000;      // milliseconds between looks at a log the kernel says nothing about
constexpr int kBeat = 15;        // looks without news after which the connection is tried
constexpr auto kGather = std::chrono::milliseconds(300);  // events of that long are one message

/// 128 bits by chance, as hex.
std::string new_token() {
  unsigned char bytes[16];
  if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
    throw Error(ErrorKind::internal, "the system gives no random numbers");
  return hex_of(bytes, sizeof bytes);
}

/// "TOKEN/rest" → rest, in a time that says nothing about the token.
std::optional<std::string> below_token(const std::string& path, const std::string& token) {
  if (path.size() < token.size() + 2 || path[token.size() + 1] != '/') return std::nullopt;
  if (CRYPTO_memcmp(path.data() + 1, token.data(), token.size()) != 0) return std::nullopt;
  return path.substr(token.size() + 2);
}

/// "run/ID/rest" → {ID, rest}; else {"", all}.
std::pair<std::string, std::string> run_and_rest(const std::string& path) {
  const std::string prefix = "run/";
  const auto slash = path.find('/', prefix.size());
  if (path.rfind(prefix, 0) != 0 || slash == std::string::npos) return {"", path};
  return {path.substr(prefix.size(), slash - prefix.size()), path.substr(slash + 1)};
}

bool is_readable(int descriptor) {
  pollfd one = {descriptor, POLLIN, 0};
  return descriptor >= 0 && ::poll(&one, 1, 0) > 0;
}

/// The messages of one open page.
class Stream {
 public:
  using Newest = std::function<std::optional<std::filesystem::path>()>;

  Stream(std::filesystem::path log, int64_t seen, Newest newest, int stop)
      : feed_(log, seen), watch_(log), log_(std::move(log)), newest_(std::move(newest)), stop_(stop) {}

  /// Waits for something to say and says it; false if the connection is to end.
  bool go_on(httplib::DataSink& sink) {
    if (first_) {
      first_ = false;
      return send(sink, ": retort\n\n");
    }
    if (is_readable(stop_)) return false;
    if (const auto message = feed_.next()) {
      const std::string text = message->dump(-1, ' ', false, Json::error_handler_t::replace);
      if (!send(sink, "data: " + text + "\n\n")) return false;
      std::this_thread::sleep_for(kGather);
      return true;
    }
    if (newest_() != log_) return send(sink, "data: {\"reload\":true}\n\n") && watch_.wait(kLook, stop_);
    if (!watch_.wait(kLook, stop_)) return false;
    return ++quiet_ % kBeat != 0 || send(sink, ": still here\n\n");
  }

 private:
  static bool send(httplib::DataSink& sink, const std::string& text) { return sink.write(text.data(), text.size()); }

  RunFeed feed_;
  FileWatch watch_;
  std::filesystem::path log_;
  Newest newest_;
  int stop_;
  int quiet_ = 0;
  bool first_ = true;
};

httplib::ContentProviderWithoutLength messages_of(std::shared_ptr<Stream> stream) {
  return [stream = std::move(stream)](size_t, httplib::DataSink& sink) { return stream->go_on(sink); };
}

}  // namespace

struct PageServer::Http {
  explicit Http(PageSource& the_source) : source(the_source) {}

  void prepare() {
    server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server.set_keep_alive_max_count(1);              // a kept connection is looked at a hundred times a second
    server.set_socket_options([](socket_t socket) {  // the library's own let two servers have one port
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      answer(request, response);
      return httplib::Server::HandlerResponse::Handled;
    });
  }

  void answer(const httplib::Request& request, httplib::Response& response) {
    response.set_header("Cache-Control", "no-store");
    response.set_header("Referrer-Policy", "no-referrer");
    response.set_header("X-Content-Type-Options", "nosniff");
    response.set_header("Content-Security-Policy", page_policy(/*live=*/true) + "; frame-ancestors 'none'");
    const std::string host = request.get_header_value("Host");
    const auto path = below_token(request.path, token);
    if (host != std::string(kHost) + ":" + port && host != "localhost:" + port) {
      response.status = 403;  // a page elsewhere whose name was made to mean this machine
    } else if (!path) {
      response.status = 404;
    } else if (request.method != "GET") {
      response.status = 405;
    } else {
      get(request, *path, response);
    }
  }

  void get(const httplib::Request& request, const std::string& path, httplib::Response& response) {
    const auto [run, rest] = run_and_rest(path);
    response.status = 404;
    if (rest.empty()) {
      const std::lock_guard lock(mutex);
      if (auto page = source.page(run)) set(response, *page, "text/html; charset=utf-8");
    } else if (rest.rfind("part/", 0) == 0) {
      const std::lock_guard lock(mutex);
      const Json part = source.part(run, rest.substr(5));
      if (!part.is_null()) set(response, part.dump(-1, ' ', false, Json::error_handler_t::replace), "application/json");
    } else if (rest == "events") {
      follow(run, request, response);
    }
  }

  /// `run`: of the address; the page says which run it shows, and how much of it.
  void follow(const std::string& run, const httplib::Request& request, httplib::Response& response) {
    const auto newest = [this, run = run] {
      const std::lock_guard lock(mutex);
      return source.log(run);
    };
    const auto log = newest();
    if (!log) return;
    response.status = 200;
    const bool same = log->parent_path().filename() == request.get_param_value("run");
    const int64_t seen = std::atoll(request.get_param_value("seen").c_str());
    auto stream = std::make_shared<Stream>(same ? *log : std::filesystem::path(), seen, newest, stop);
    response.set_chunked_content_provider("text/event-stream", messages_of(std::move(stream)));
  }

  static void set(httplib::Response& response, const std::string& text, const char* type) {
    response.status = 200;
    response.set_content(text, type);
  }

  PageSource& source;
  std::mutex mutex;  ///< of the source
  std::string token = new_token(), port;
  int stop = -1;
  httplib::Server server;
};

PageServer::PageServer(PageSource& source, uint16_t port) : http_(std::make_unique<Http>(source)) {
  http_->prepare();
  int taken = port;
  if (port == 0) {
    taken = http_->server.bind_to_any_port(kHost);
  } else if (!http_->server.bind_to_port(kHost, port)) {
    taken = -1;
  }
  if (taken < 0)
    throw Error(ErrorKind::user,
                "port " + std::to_string(port) + " of " + kHost + " cannot be had; another with --port N");
  http_->port = std::to_string(taken);
  address_ = std::string("http://") + kHost + ":" + http_->port + "/" + http_->token + "/";
}

PageServer::~PageServer() = default;

void PageServer::run(int stop) {
  http_->stop = stop;
  std::thread ender([this, stop] {
    pollfd one = {stop, POLLIN, 0};
    ::poll(&one, 1, -1);
    http_->server.stop();
  });
  http_->server.listen_after_bind();
  ender.join();
}

}  // namespace retort

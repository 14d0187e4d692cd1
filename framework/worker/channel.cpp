#include "worker/channel.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace retort {

Channel::Channel(int socket) : socket_(socket), reader_([this] { read_loop(); }) {}

Channel::~Channel() {
  ::shutdown(socket_, SHUT_RDWR);
  reader_.join();
  ::close(socket_);
}

void Channel::send(const Json& event) {
  // Messages of libraries may hold any bytes; they are shown to people, so replacing is right.
  const std::string line = event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  const std::lock_guard lock(send_lock_);
  for (size_t sent = 0; sent < line.size();) {
    const ssize_t put = ::send(socket_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return;
    sent += static_cast<size_t>(put);
  }
}

std::optional<Json> Channel::next_job() {
  std::unique_lock lock(queue_lock_);
  busy_ = false;
  arrived_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
  if (jobs_.empty()) return std::nullopt;
  busy_ = true;
  Json job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

void Channel::handle(const std::string& line) {
  Json message = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  const std::string op = message.is_object() ? message.value("op", "") : "";
  if (op == "cancel") cancelled_ = true;
  if (op != "run") return;
  const std::lock_guard lock(queue_lock_);
  jobs_.push_back(std::move(message["job"]));
  arrived_.notify_one();
}

void Channel::read_loop() {
  std::string text;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = ::read(socket_, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer, static_cast<size_t>(got));
    for (size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) handle(text.substr(0, end));
  }
  const std::lock_guard lock(queue_lock_);
  if (busy_) ::_exit(0);
  closed_ = true;
  arrived_.notify_one();
}

}  // namespace retort

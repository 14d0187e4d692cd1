#include "worker/channel.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/system_text.h"

namespace retort {

Channel::Channel(int socket) : socket_(socket), reader_([this] { read_loop(); }) {}

Channel::~Channel() {
  ::shutdown(socket_, SHUT_RDWR);
  reader_.join();
  ::close(socket_);
}

void Channel::send(const Json& event) {
  const std::string line = dump_text(event) + "\n";  // messages of libraries may hold any bytes
  const std::lock_guard lock(send_lock_);
  for (size_t sent = 0; sent < line.size();) {
    const ssize_t put = ::send(socket_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return;
    sent += static_cast<size_t>(put);
  }
}

std::optional<Channel::Job> Channel::next_job() {
  std::unique_lock lock(queue_lock_);
  busy_ = false;
  arrived_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
  if (jobs_.empty()) return std::nullopt;
  busy_ = true;
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

void Channel::handle(const std::string& line) {
  Json message = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  const std::string op = message.is_object() ? message.value("op", "") : "";
  if (op == "cancel") cancelled_ = true;
  if (op == "plugins") plugins_ = std::make_shared<const Json>(std::move(message["plugins"]));
  if (op != "run") return;
  const std::lock_guard lock(queue_lock_);
  jobs_.push_back({std::move(message["job"]), std::exchange(received_, -1), plugins_});
  arrived_.notify_one();
}

/// Reads never cross the place where a descriptor came in: it belongs to the line that begins or goes on there.
ssize_t Channel::receive(char* buffer, size_t size) {
  iovec bytes = {buffer, size};
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))];
  msghdr message = {};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = space;
  message.msg_controllen = sizeof space;
  const ssize_t got = ::recvmsg(socket_, &message, MSG_CMSG_CLOEXEC);
  for (cmsghdr* header = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr; header; header = CMSG_NXTHDR(&message, header))
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
      std::memcpy(&received_, CMSG_DATA(header), sizeof received_);
  return got;
}

void Channel::read_loop() {
  std::string text;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = receive(buffer, sizeof buffer);
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

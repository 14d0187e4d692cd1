#include "report/server/site.h"

#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "core/error.h"
#include "core/hex.h"
#include "log/log.h"
#include "report/server/connection.h"
#include "report/server/stream.h"

namespace retort {
namespace {

constexpr size_t kMostStrangers = 256;  // connections that have not shown the token
constexpr rlim_t kMostFiles = 2 * Site::kMostStreams;
constexpr auto kLook = std::chrono::seconds(2);           // between looks at a log the kernel says nothing about
constexpr int kBeat = 15;                                 // looks after which a quiet connection is tried
constexpr auto kGather = std::chrono::milliseconds(300);  // events of that long are one message
constexpr auto kRest = std::chrono::milliseconds(50);     // when the system gives no more connections

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

}  // namespace

Site::Site(PageSource& the_source, uint16_t wanted) : source(the_source), token(new_token()) {
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

}  // namespace retort

#include "events/event_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "core/error.h"
#include "core/files.h"

namespace retort {
namespace {

constexpr int kEventFormat = 1;

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

EventLog::EventLog(const std::filesystem::path& file) {
  if (file.empty()) return;
  file_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) throw Error(ErrorKind::store, "cannot write " + file.string() + ": " + std::strerror(errno));
}

EventLog::~EventLog() {
  if (file_ >= 0) ::close(file_);
}

Json EventLog::write(Json event) {
  event["v"] = kEventFormat;
  event["seq"] = ++sequence_;
  event["t"] = now();
  const std::string line = event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  // One write a line: a reader never sees half of two. If the disk is full the run goes on without its log.
  if (file_ >= 0 && ::write(file_, line.data(), line.size()) < 0 && errno != ENOSPC && errno != EFBIG)
    throw Error(ErrorKind::store, std::string("cannot write the event log: ") + std::strerror(errno));
  return event;
}

std::vector<Json> read_events(const std::filesystem::path& file, size_t* from) {
  const std::string text = read_file(file);
  size_t at = from ? *from : 0;
  std::vector<Json> events;
  for (size_t end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    Json event = Json::parse(text.begin() + static_cast<long>(at), text.begin() + static_cast<long>(end), nullptr,
                             /*allow_exceptions=*/false);
    if (!event.is_object()) continue;
    if (event.value("v", 0) > kEventFormat)
      throw Error(ErrorKind::store, file.string() + " has event format " + event["v"].dump() + ", this retort reads " +
                                        std::to_string(kEventFormat) + "; use a newer retort");
    events.push_back(std::move(event));
  }
  if (from) *from = at;
  return events;
}

}  // namespace retort

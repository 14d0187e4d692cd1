#include "events/event_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "core/digest.h"
#include "core/error.h"
#include "core/file_trouble.h"
#include "core/files.h"
#include "core/stated_version.h"
#include "core/system_text.h"

namespace retort {
namespace {

constexpr int kEventFormat = 2;  // 1: lines without a checksum
constexpr std::string_view kSumField = ",\"sum\":\"", kSumEnd = "\"}";
constexpr size_t kSumDigits = 16;
constexpr size_t kSumSize = kSumField.size() + kSumDigits + kSumEnd.size();

double wall_clock() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Whether the line ends with the checksum of what stands before it.
bool is_sound(std::string_view line) {
  if (line.size() <= kSumSize || line.substr(line.size() - kSumEnd.size()) != kSumEnd) return false;
  const std::string_view body = line.substr(0, line.size() - kSumSize), sum = line.substr(body.size());
  return sum.substr(0, kSumField.size()) == kSumField &&
         sum.substr(kSumField.size(), kSumDigits) == sha256_hex(body).substr(0, kSumDigits);
}

/// Null if the line is damaged.
Json parsed(std::string_view line, const std::filesystem::path& file) {
  Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!event.is_object()) return nullptr;
  const int format = stated_version(event, "v");
  const bool old = format == 1 && !event.contains("sum");
  if (!old && !is_sound(line)) return nullptr;
  if (format > kEventFormat)
    throw Error(ErrorKind::store, file.string() + " has event format " + std::to_string(format) +
                                      ", this retort reads " + std::to_string(kEventFormat) + "; use a newer retort");
  event.erase("sum");
  return event;
}

std::string lines_text(int64_t first, int64_t last) {
  return first == last ? "line " + std::to_string(first) + " is missing"
                       : "lines " + std::to_string(first) + " to " + std::to_string(last) + " are missing";
}

}  // namespace

EventLog::EventLog(const std::filesystem::path& file) : path_(file), began_at_(wall_clock()) {
  if (file.empty()) return;
  file_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) throw Error(ErrorKind::store, file_trouble("write", file, errno));
  ::flock(file_, LOCK_EX);  // waits only for the moment in which has_writer looks
}

double EventLog::now() const {
  return began_at_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

EventLog::~EventLog() {
  if (file_ >= 0) ::close(file_);
}

std::string event_line(const Json& event) {
  std::string line = dump_text(event);
  line.pop_back();
  const std::string sum = sha256_hex(line).substr(0, kSumDigits);
  return line.append(kSumField).append(sum).append(kSumEnd) + '\n';
}

Json EventLog::write(Json event) {
  event["v"] = kEventFormat;
  event["seq"] = ++sequence_;
  event["t"] = now();
  if (file_ >= 0) put((torn_ ? "\n" : "") + event_line(event));
  return event;
}

/// One write a line: a reader never sees half of two.
void EventLog::put(const std::string& line) {
  const ssize_t put = ::write(file_, line.data(), line.size());
  if (put == static_cast<ssize_t>(line.size())) {
    torn_ = false;
    return;
  }
  if (put > (torn_ ? 1 : 0)) torn_ = true;
  if (told_) return;
  told_ = true;
  trouble_ = path_.string() + " takes no more lines (" + std::strerror(put < 0 ? errno : ENOSPC) +
             "): the run goes on, what happens meanwhile is not in its log";
}

std::string EventLog::trouble() { return std::exchange(trouble_, ""); }

bool has_writer(const std::filesystem::path& file) {
  const int log = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (log < 0) return false;
  const bool free = ::flock(log, LOCK_SH | LOCK_NB) == 0;
  ::close(log);
  return !free;
}

namespace {

/// The nodes of a run that found nothing to do lie in a file it shares with others of its kind.
void put_nodes_in(Json& event, const std::filesystem::path& file) {
  event["nodes"] = Json::array();
  const std::filesystem::path beside = file.parent_path() / kNodesFile;
  std::error_code none;
  if (!std::filesystem::exists(beside, none)) return;
  const std::string text = read_file(beside);
  if (sha256_hex(text) == event["nodes_sha256"]) event["nodes"] = Json::parse(text);
}

}  // namespace

std::vector<Json> read_events(const std::filesystem::path& file, size_t* from, std::vector<std::string>* problems) {
  const std::string text = read_file(file);
  size_t at = from ? *from : 0;
  int64_t line = 0, expected = from && *from > 0 ? -1 : 1;  // number of the next event, where it is known
  const auto problem = [&](const std::string& what) {
    if (problems) problems->push_back(file.string() + ": " + what);
  };
  std::vector<Json> events;
  for (size_t end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    ++line;
    Json event = parsed(std::string_view(text).substr(at, end - at), file);
    if (event.is_null()) {
      if (end > at) problem("line " + std::to_string(line) + " is damaged");
      if (expected > 0) ++expected;
      continue;
    }
    const int64_t sequence = event.value("seq", int64_t{0});
    if (expected > 0 && sequence > expected) problem(lines_text(expected, sequence - 1));
    expected = sequence + 1;
    if (event.contains("nodes_sha256")) put_nodes_in(event, file);
    if (event.value("ev", "") == "nodes" && !events.empty() && events.back().value("ev", "") == "run") {
      // The list of a large graph comes in pieces.
      for (auto& node : event["nodes"]) events.back()["nodes"].push_back(std::move(node));
      continue;
    }
    events.push_back(std::move(event));
  }
  if (at < text.size()) problem("the last line is cut off");
  if (from) *from = at;
  return events;
}

}  // namespace retort

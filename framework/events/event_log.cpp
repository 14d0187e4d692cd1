#include "events/event_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "core/digest.h"
#include "core/error.h"
#include "core/file_trouble.h"
#include "core/files.h"
#include "core/guarded_folder.h"
#include "core/json_read.h"
#include "core/stated_version.h"
#include "core/system_text.h"

namespace retort {
namespace {

constexpr int kEventFormat = 2;  // 1: lines without a checksum
constexpr std::string_view kSumField = ",\"sum\":\"", kSumEnd = "\"}";
constexpr size_t kSumDigits = 16;
constexpr size_t kMostProblems = 100;  // that are told of one log
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

/// What the event is not that its kind must be; empty for kinds that a later version may have.
std::string problem_with_kind(const Json& event) {
  using enum FieldRule::Type;
  const std::string kind = event["ev"];
  if (kind == "run")
    return problem_with(event, {{"run", text},
                                {"graph", text},
                                {"title", text},
                                {"slots", count},
                                {"command", list},
                                {"folder", text},
                                {"nodes", list},
                                {"nodes_sha256", key}});
  if (kind == "nodes") return problem_with(event, {{"nodes", list, true}});
  if (kind == "node")
    return problem_with(event, {{"node", text, true},
                                {"status", text},
                                {"reason", text},
                                {"key", key},
                                {"slot", text},
                                {"seconds", number},
                                {"kind", text},
                                {"text", text}});
  if (kind == "progress") return problem_with(event, {{"node", text, true}, {"done", whole}, {"total", whole}});
  if (kind == "metric") return problem_with(event, {{"node", text, true}, {"name", text}});
  if (kind == "warn") return problem_with(event, {{"node", text}, {"text", text}});
  if (kind == "damaged") return problem_with(event, {{"node", text, true}, {"key", key}, {"text", text}});
  return kind == "end" ? problem_with(event, {{"status", text}}) : "";
}

std::string problem_with_node(const Json& node) {
  using enum FieldRule::Type;
  std::string problem = problem_with(node, {{"name", text, true},
                                            {"type", text},
                                            {"status", text},
                                            {"reason", text},
                                            {"key", key},
                                            {"after", list},
                                            {"predicted", number}});
  if (!problem.empty()) return problem;
  for (const auto& one : list_in(node, "after"))
    if (!one.is_number_unsigned()) return "\"after\" has " + one.dump();
  return "";
}

/// What is read of an event later is read without a look at its type.
std::string problem_with_event(const Json& event) {
  using enum FieldRule::Type;
  std::string problem = problem_with(event, {{"ev", text, true}, {"seq", count}, {"t", number}});
  if (problem.empty()) problem = problem_with_kind(event);
  for (const auto& node : list_in(event, "nodes"))
    if (problem.empty()) problem = problem_with_node(node);
  return problem;
}

struct Line {
  Json event;           ///< null if nothing can be read of it
  std::string problem;  ///< why
};

Line parsed(std::string_view line, const std::filesystem::path& file) {
  Json event = parsed_json(line);
  if (!event.is_object()) return {nullptr, "is damaged"};
  const int format = stated_version(event, "v");
  const bool old = format == 1 && !event.contains("sum");
  if (!old && !is_sound(line)) return {nullptr, "is damaged"};
  if (format > kEventFormat)
    throw Error(ErrorKind::store, file.string() + " has event format " + std::to_string(format) +
                                      ", this retort reads " + std::to_string(kEventFormat) + "; use a newer retort");
  if (const std::string problem = problem_with_event(event); !problem.empty())
    return {nullptr, "is no event: " + problem};
  event.erase("sum");
  return {std::move(event), ""};
}

std::string lines_text(int64_t first, int64_t last) {
  return first == last ? "line " + std::to_string(first) + " is missing"
                       : "lines " + std::to_string(first) + " to " + std::to_string(last) + " are missing";
}

}  // namespace

EventLog::EventLog(const std::filesystem::path& file) : path_(file), began_at_(wall_clock()) {
  if (file.empty()) return;
  file_ = open_to_write(file, O_WRONLY | O_CREAT | O_APPEND);
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
  const int log = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
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
  if (!is_there(beside)) return;
  const std::string text = read_file(beside, ErrorKind::data, kLongestText);
  if (sha256_hex(text) != text_in(event, "nodes_sha256")) return;
  Json nodes = parsed_json(text);
  if (nodes.is_array() &&
      std::all_of(nodes.begin(), nodes.end(), [](const Json& one) { return problem_with_node(one).empty(); }))
    event["nodes"] = std::move(nodes);
}

/// The whole lines of a file from byte `from` on, in pieces: a log may be longer than memory.
class Lines {
 public:
  Lines(const std::filesystem::path& file, uint64_t from)
      : path_(file), file_(open_regular(file)), at_(from), next_(from) {}
  ~Lines() { ::close(file_); }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  /// The next line without its end; false at the end of the file. One that is too long is given cut off.
  bool next(std::string_view& line) {
    at_ = next_;
    buffer_.erase(0, std::exchange(used_, 0));
    size_t end = 0, searched = 0;
    uint64_t dropped = 0;
    while ((end = buffer_.find('\n', searched)) == std::string::npos) {
      if (buffer_.size() > kLongestLine) dropped += buffer_.size() - kLongestLine, buffer_.resize(kLongestLine);
      searched = buffer_.size();
      if (!read_more()) return false;
    }
    used_ = end + 1;
    next_ = at_ + dropped + used_;
    line = std::string_view(buffer_).substr(0, std::min(end, kLongestLine));
    return true;
  }
  uint64_t at() const { return next_; }               ///< after the last line that `next` gave
  bool has_rest() const { return !buffer_.empty(); }  ///< a last line without an end

 private:
  static constexpr size_t kLongestLine = 64 << 20, kPiece = 1 << 18;

  bool read_more() {
    const size_t have = buffer_.size();
    buffer_.resize(have + kPiece);
    ssize_t got = 0;
    retried([&] {
      while ((got = ::pread(file_, buffer_.data() + have, kPiece, static_cast<off_t>(read_))) < 0 && errno == EINTR) {
      }
      if (got < 0) throw CannotRead(ErrorKind::data, "read", path_, errno);
    });
    buffer_.resize(have + static_cast<size_t>(got));
    read_ += static_cast<uint64_t>(got);
    return got > 0;
  }

  std::filesystem::path path_;
  int file_;
  uint64_t at_, next_;
  uint64_t read_ = at_;  ///< bytes of the file that went into the buffer
  std::string buffer_;
  size_t used_ = 0;
};

}  // namespace

void each_event(const std::filesystem::path& file, const std::function<void(Json&&)>& visit, size_t* from,
                std::vector<std::string>* problems) {
  Lines lines(file, from ? *from : 0);
  int64_t number = 0, expected = from && *from > 0 ? -1 : 1;  // of the next event, where it is known
  const auto problem = [&](const std::string& what) {
    if (problems && problems->size() < kMostProblems) problems->push_back(file.string() + ": " + what);
  };
  for (std::string_view text; lines.next(text);) {
    ++number;
    Line line = parsed(text, file);
    if (line.event.is_null()) {
      if (!text.empty()) problem("line " + std::to_string(number) + " " + line.problem);
      if (expected > 0) ++expected;
      continue;
    }
    const int64_t sequence = whole_in(line.event, "seq");
    if (expected > 0 && sequence > expected) problem(lines_text(expected, sequence - 1));
    expected = sequence + 1;
    if (line.event.contains("nodes_sha256")) put_nodes_in(line.event, file);
    visit(std::move(line.event));
  }
  if (lines.has_rest()) problem("the last line is cut off");
  if (from) *from = lines.at();
}

std::vector<Json> read_events(const std::filesystem::path& file, size_t* from, std::vector<std::string>* problems) {
  std::vector<Json> events;
  const auto keep = [&](Json&& event) {
    const bool more = event["ev"] == "nodes" && !events.empty() && events.back()["ev"] == "run";
    if (!more) return events.push_back(std::move(event));
    // The list of a large graph comes in pieces.
    for (auto& node : event["nodes"]) events.back()["nodes"].push_back(std::move(node));
  };
  each_event(file, keep, from, problems);
  return events;
}

}  // namespace retort

#include "log/log.h"

#include <fcntl.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/guarded_folder.h"
#include "core/nearest.h"

namespace retort {
namespace {

constexpr size_t kPiece = 1 << 20;  // bytes
constexpr size_t kOldPieces = 3;    // kept beside the current one
constexpr const char* kFullPattern = "%Y-%m-%d %H:%M:%S.%e %P %l %n: %v";
constexpr const char* kShortPattern = "%H:%M:%S.%e %l %n: %v";

const std::vector<std::string>& parts() {
  static const std::vector<std::string> all = {"command", "store",  "plugins", "plan",  "scheduler",
                                               "worker",  "server", "data",    "notify"};
  return all;
}

constexpr std::array<const char*, 6> kNames = {"trace", "debug", "info", "warning", "error", "off"};
constexpr std::array kLevels = {spdlog::level::trace, spdlog::level::debug, spdlog::level::info,
                                spdlog::level::warn,  spdlog::level::err,   spdlog::level::off};

LogLevel level_of(spdlog::level::level_enum level) {
  for (size_t i = 0; i < kLevels.size(); ++i)
    if (kLevels[i] >= level) return static_cast<LogLevel>(i);
  return LogLevel::off;
}

std::string text_of(const spdlog::memory_buf_t& line) { return {line.data(), line.size()}; }

/// A sink that lets a line of a part pass from that part's level on.
using Levels = std::map<std::string, spdlog::level::level_enum>;

/// Error output: warnings as "part: text", what else was asked for with time and level.
class Shown final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit Shown(const Levels& levels) : levels_(levels) {
    set_formatter_(std::make_unique<spdlog::pattern_formatter>(kShortPattern));
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string part(message.logger_name.data(), message.logger_name.size());
    const auto level = levels_.at(part);
    if (message.level < level) return;
    spdlog::memory_buf_t line;
    (level >= spdlog::level::warn ? plain_ : *formatter_).format(message, line);
    std::cerr << text_of(line) << std::flush;  // one write: error output has no buffer
  }
  void flush_() override { std::cerr.flush(); }

  const Levels& levels_;
  spdlog::pattern_formatter plain_{"%n: %v"};
};

/// log.txt of a run, cut into pieces: what is written to is what was opened, and it was opened as everything that is
/// written below a store (core/guarded_folder.h). spdlog's own sinks take a name, which may be a link by then.
class Pieces final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit Pieces(std::filesystem::path file) : file_(std::move(file)) {
    set_formatter_(std::make_unique<spdlog::pattern_formatter>(kFullPattern));
    open();
  }
  ~Pieces() override { close(); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (opened_ < 0) open();  // the last line found no room, or somebody's link in its way
    if (size_ > 0 && size_ + line.size() > kPiece) begin_next();
    write(text_of(line));
  }
  void flush_() override {}  // nothing is held back

  void open() {
    opened_ = open_to_write(file_, O_WRONLY | O_CREAT | O_APPEND);
    struct stat about = {};
    if (opened_ < 0 || ::fstat(opened_, &about) != 0)
      throw spdlog::spdlog_ex("Failed opening file " + file_.string() + " for writing", errno);
    size_ = static_cast<size_t>(about.st_size);
  }
  void close() {
    if (opened_ >= 0) ::close(opened_);
    opened_ = -1;
  }

  /// "log.txt", "log.1.txt", …
  std::filesystem::path piece(size_t number) const {
    if (number == 0) return file_;
    return file_.parent_path() / (file_.stem().string() + "." + std::to_string(number) + file_.extension().string());
  }
  void begin_next() {
    close();
    for (size_t i = kOldPieces; i > 0; --i) {
      const SafePath from(piece(i - 1)), to(piece(i));
      ::rename(from.c_str(), to.c_str());
    }
    open();
  }

  void write(std::string_view line) {
    while (!line.empty()) {
      const ssize_t put = ::write(opened_, line.data(), line.size());
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) throw spdlog::spdlog_ex("Failed writing to file " + file_.string(), errno);
      line.remove_prefix(static_cast<size_t>(put));
      size_ += static_cast<size_t>(put);
    }
  }

  std::filesystem::path file_;
  int opened_ = -1;
  size_t size_ = 0;
};

class Taken final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit Taken(LogTaker take) : take_(std::move(take)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    take_(level_of(message.level), std::string(message.logger_name.data(), message.logger_name.size()),
          std::string(message.payload.data(), message.payload.size()));
  }
  void flush_() override {}
  LogTaker take_;
};

/// "debug", "scheduler=trace": a level, of one part or of all that have none of their own.
struct Request {
  std::string part;
  spdlog::level::level_enum level;
};

[[noreturn]] void refuse(const std::string& what, const std::string& name, const std::vector<std::string>& valid) {
  const std::string near = nearest(name, valid);
  std::string all;
  for (const auto& one : valid) all += (all.empty() ? "" : ", ") + one;
  throw Error(ErrorKind::user, std::string(kLogVariable) + ": there is no " + what + " \"" + name + "\"; " +
                                   (near.empty() ? what + "s: " + all : did_you_mean(near)));
}

std::vector<Request> requests_in(const std::string& text) {
  std::vector<Request> requests;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    const std::string one = text.substr(at, end - at);
    const size_t equals = one.find('=');
    const std::string part = equals == std::string::npos ? "" : one.substr(0, equals);
    const std::string level = equals == std::string::npos ? one : one.substr(equals + 1);
    if (equals != std::string::npos && std::find(parts().begin(), parts().end(), part) == parts().end())
      refuse("part", part, parts());
    const auto name = std::find(kNames.begin(), kNames.end(), level);
    if (name == kNames.end()) refuse("level", level, {kNames.begin(), kNames.end()});
    requests.push_back({part, kLevels[static_cast<size_t>(name - kNames.begin())]});
    at = end + 1;
  }
  return requests;
}

class Log {
 public:
  static Log& of_process() {
    static Log* log = new Log;  // never destroyed: threads may log until the very end
    return *log;
  }

  void start() {
    const char* given = std::getenv(kLogVariable);
    asked_ = given ? given : "";
    requests_ = requests_in(asked_);
    kept_ = false;
    shown_ = std::make_shared<Shown>(show_);
    for (const auto& part : parts()) {
      auto logger = std::make_shared<spdlog::logger>(part, spdlog::sinks_init_list{shown_});
      logger->flush_on(spdlog::level::trace);  // a process that is killed loses no line
      logger->set_error_handler([](const std::string&) {});
      loggers_[part] = std::move(logger);
    }
    set_levels();
  }

  void be_verbose() {
    asked_ = asked_.empty() ? "debug" : "debug," + asked_;
    requests_ = requests_in(asked_);
    set_levels();
  }

  bool more_than_warnings() const { return shows_more_; }
  const std::string& asked() const { return asked_; }

  void add_file(const std::filesystem::path& file) try {
    put_into({shown_, std::make_shared<Pieces>(file)});
  } catch (const std::exception& error) {
    log(LogLevel::warning, "command", error.what());
  }

  void give_to(LogTaker take) { put_into({std::make_shared<Taken>(std::move(take))}); }

  spdlog::logger* logger(const char* part) const {
    const auto found = loggers_.find(part);
    return found == loggers_.end() ? nullptr : found->second.get();
  }

 private:
  void put_into(std::vector<spdlog::sink_ptr> sinks) {
    for (auto& [part, logger] : loggers_) logger->sinks() = sinks;
    kept_ = true;
    set_levels();
  }

  void set_levels() {
    shows_more_ = false;
    for (auto& [part, logger] : loggers_) {
      const auto asked = asked_of(part);
      show_[part] = asked.value_or(spdlog::level::warn);
      shows_more_ = shows_more_ || show_[part] < spdlog::level::warn;
      logger->set_level(asked.value_or(kept_ ? spdlog::level::info : spdlog::level::warn));
    }
  }

  /// The later counts, what names the part more than what does not.
  std::optional<spdlog::level::level_enum> asked_of(const std::string& part) const {
    std::optional<spdlog::level::level_enum> of_all, of_part;
    for (const auto& one : requests_) {
      if (one.part.empty()) of_all = one.level;
      if (one.part == part) of_part = one.level;
    }
    return of_part ? of_part : of_all;
  }

  std::string asked_;
  std::vector<Request> requests_;
  bool kept_ = false, shows_more_ = false;
  Levels show_;
  std::map<std::string, std::shared_ptr<spdlog::logger>, std::less<>> loggers_;
  std::shared_ptr<Shown> shown_;
};

}  // namespace

const char* name_of(LogLevel level) { return kNames[static_cast<size_t>(level)]; }

LogLevel log_level(const std::string& name) {
  for (size_t i = 0; i < kNames.size(); ++i)
    if (name == kNames[i]) return static_cast<LogLevel>(i);
  return LogLevel::off;
}

void start_log() { Log::of_process().start(); }
void log_verbosely() { Log::of_process().be_verbose(); }
const std::string& log_asked() { return Log::of_process().asked(); }
bool log_is_shown() { return Log::of_process().more_than_warnings(); }
void log_into(const std::filesystem::path& file) { Log::of_process().add_file(file); }
void log_through(LogTaker take) { Log::of_process().give_to(std::move(take)); }

void log(LogLevel level, const char* part, const std::string& text) {
  if (level == LogLevel::off) return;
  if (spdlog::logger* logger = Log::of_process().logger(part))
    logger->log(kLevels[static_cast<size_t>(level)], spdlog::string_view_t(text.data(), text.size()));
}

bool logs(LogLevel level, const char* part) {
  const spdlog::logger* logger = Log::of_process().logger(part);
  return logger && logger->should_log(kLevels[static_cast<size_t>(level)]);
}

}  // namespace retort

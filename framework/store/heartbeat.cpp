#include "store/heartbeat.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "core/guarded_folder.h"
#include "core/json_read.h"
#include "core/plugin_spec.h"

namespace retort {
namespace {

constexpr auto kBeat = std::chrono::seconds(2);
constexpr size_t kTextSize = 512;

std::string file_text(const std::string& path) {
  try {
    std::string text = read_file(path, ErrorKind::store, kLongestText);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  } catch (const Error&) {
    return "";
  }
}

/// When a process started, in ticks since the machine did: with its number, names one process for ever. Empty if it
/// is not there.
std::string start_of(pid_t process) {
  const std::string stat = file_text("/proc/" + std::to_string(process) + "/stat");
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) return "";
  size_t from = name_end;
  for (int field = 3; field <= 22; ++field) from = stat.find(' ', from + 1);
  return from == std::string::npos ? "" : stat.substr(from + 1, stat.find(' ', from + 1) - from - 1);
}

std::string host_name() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return name;
}

const std::string& boot_id() {
  static const std::string id = file_text("/proc/sys/kernel/random/boot_id");
  return id;
}

/// All heartbeats of the process, kept by one thread that runs while there are any.
struct Pulse {
  std::mutex guard;
  std::condition_variable stopped;
  std::vector<Heartbeat*> beating;
  bool runs = false;
};
Pulse& pulse() {
  static auto& one = *new Pulse;
  return one;
}

void keep_beating() {
  std::unique_lock lock(pulse().guard);
  while (!pulse().stopped.wait_for(lock, kBeat, [] { return pulse().beating.empty(); })) Heartbeat::beat_all();
  pulse().runs = false;
}

}  // namespace

Heartbeat::Heartbeat(std::filesystem::path file, std::string token) : file_(std::move(file)), token_(std::move(token)) {
  beat();
  const std::lock_guard lock(pulse().guard);
  pulse().beating.push_back(this);
  if (!std::exchange(pulse().runs, true)) std::thread(keep_beating).detach();
}

Heartbeat::~Heartbeat() {
  const std::lock_guard lock(pulse().guard);
  auto& all = pulse().beating;
  all.erase(std::remove(all.begin(), all.end(), this), all.end());
  if (all.empty()) pulse().stopped.notify_all();
}

void Heartbeat::beat_all() noexcept {
  for (auto* one : pulse().beating) one->beat();
}

void Heartbeat::beat() noexcept {
  try {
    const int file = open_to_write(file_, O_WRONLY);
    if (file < 0) return;
    const std::string line = text(token_, ++count_);
    static_cast<void>(::pwrite(file, line.data(), line.size(), 0) < 0);  // a beat that is lost is followed by another
    ::close(file);
  } catch (...) {
  }
}

std::string Heartbeat::text(const std::string& token, unsigned long beat) {
  std::string line = Json{
      {"retort_lease", 1}, {"token", token},        {"host", host_name()},
      {"boot", boot_id()}, {"process", ::getpid()}, {"started", start_of(::getpid())},
      {"beat", beat}}.dump();
  line.resize(kTextSize - 1, ' ');
  return line + "\n";
}

std::string Heartbeat::token_in(const std::string& text) { return text_in(parsed_json(text), "token"); }

bool Heartbeat::owner_is_dead(const std::string& text) {
  const Json json = parsed_json(text);
  if (text_in(json, "host") != host_name() || text_in(json, "boot") != boot_id()) return false;
  const auto process = static_cast<pid_t>(whole_in(json, "process"));
  if (process <= 0) return false;
  return (::kill(process, 0) != 0 && errno == ESRCH) || start_of(process) != text_in(json, "started");
}

}  // namespace retort

#include "sched/process_runner.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/system_text.h"
#include "log/log.h"
#include "sched/failure.h"
#include "sched/worker_process.h"

namespace retort {
namespace {

constexpr int kFarewell = 1000;  // milliseconds a worker has to end by itself
constexpr int kMostStale = 40;   // fresh workers tried for one job before the library itself is blamed
constexpr std::chrono::milliseconds kStaleWait(250);

Json failure(ErrorKind kind, const std::string& text) {
  return {{"ev", "failed"}, {"kind", name_of(kind)}, {"text", text}};
}

/// Whether the manifest beside each library of the job names the code that the job wants.
bool names_code_of(const Json& job) {
  const auto names = [](const Json& one) {
    std::filesystem::path file = bytes_of(one.at("library").get<std::string>());
    try {
      const Json manifest =
          Json::parse(read_file(file.replace_extension(".json")), nullptr, /*allow_exceptions=*/false);
      return manifest.is_object() && manifest.value("/code/identity"_json_pointer, "") == one.at("code");
    } catch (const Error&) {
      return true;  // it is being written
    }
  };
  return names(job) && std::all_of(job.at("components").begin(), job.at("components").end(), names);
}

}  // namespace

struct ProcessRunner::Worker : WorkerProcess {
  using WorkerProcess::WorkerProcess;
  std::string slot, text;
  std::optional<size_t> task;
  Json job;
  int lease = -1;        // of the job; its owner is the one who started it
  bool started = false;  // the job's node is running; before that its libraries and inputs are opened
  int stale = 0;         // workers this job found too old
};

ProcessRunner::ProcessRunner(std::filesystem::path worker, const Json& plugins)
    : program_(std::move(worker)),
      greeting_(Json{{"op", "plugins"}, {"plugins", plugins}}.dump() + "\n"),
      oom_kills_(oom_kills()) {}

ProcessRunner::~ProcessRunner() {
  for (auto& worker : workers_) worker->hang_up();
  for (auto& worker : workers_) {
    worker->ended_within(kFarewell);  // one that is stopped does not
    worker->reap();
  }
}

std::filesystem::path ProcessRunner::beside_this_program() {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "retort-worker";
  if (!std::filesystem::exists(program))
    throw Error(ErrorKind::plugin, program.string() + " is missing: it belongs beside retort");
  return program;
}

ProcessRunner::Worker& ProcessRunner::idle_worker(const std::string& slot, const std::string& visible_devices,
                                                  int threads) {
  for (auto& worker : workers_)
    if (!worker->task && !worker->dead() && worker->slot == slot) return *worker;
  auto& worker = *workers_.emplace_back(std::make_unique<Worker>(program_, visible_devices, threads));
  worker.slot = slot;
  worker.send(greeting_);
  log(LogLevel::debug, "scheduler", "started worker " + std::to_string(worker.id()) + " on " + slot);
  return worker;
}

void ProcessRunner::start(size_t task, Json job, const std::string& slot, const std::string& visible_devices,
                          int lease) {
  Worker& worker = idle_worker(slot, visible_devices, job.at("threads"));
  give(worker, task, std::move(job), lease);
}

void ProcessRunner::give(Worker& worker, size_t task, Json job, int lease) {
  worker.task = task;
  worker.job = std::move(job);
  worker.lease = lease;
  worker.started = false;
  worker.send("{\"op\":\"run\",\"job\":" + worker.job.dump() + "}\n", lease);
}

std::vector<RunnerEvent> ProcessRunner::wait(int milliseconds, int wake) {
  std::vector<RunnerEvent> events = std::exchange(late_, {});
  milliseconds = events.empty() ? take_up_postponed(milliseconds) : 0;
  std::vector<pollfd> polled;
  for (const auto& worker : workers_) {
    polled.push_back({worker->socket(), POLLIN, 0});
    polled.push_back({worker->process(), POLLIN, 0});
  }
  if (wake >= 0) polled.push_back({wake, POLLIN, 0});
  if (::poll(polled.data(), polled.size(), milliseconds) <= 0) {
    oom_kills_ = oom_kills();  // a quiet moment: what was killed so far was none of ours
    return events;
  }
  const size_t count = workers_.size();  // handling may start further ones
  for (size_t i = 0; i < count; ++i) {
    Worker& worker = *workers_[i];
    const bool ended = polled[2 * i + 1].revents != 0;
    if (polled[2 * i].revents != 0 || ended)  // the last words of one that ended are still in its socket
      while (!worker.dead() && read(worker, events) && ended) continue;
    if (ended && !worker.dead()) bury(worker, events);
  }
  workers_.erase(std::remove_if(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->dead(); }),
                 workers_.end());
  return events;
}

bool ProcessRunner::read(Worker& worker, std::vector<RunnerEvent>& events) {
  char buffer[1 << 16];
  const ssize_t got = ::recv(worker.socket(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return errno == EINTR;
  if (got <= 0) {
    bury(worker, events);
    return false;
  }
  worker.text.append(buffer, static_cast<size_t>(got));
  size_t from = 0;
  for (size_t end; (end = worker.text.find('\n', from)) != std::string::npos; from = end + 1) {
    Json event = Json::parse(worker.text.substr(from, end - from), nullptr, /*allow_exceptions=*/false);
    if (event.is_object()) handle(worker, std::move(event), events);
  }
  worker.text.erase(0, from);
  return true;
}

void ProcessRunner::handle(Worker& worker, Json event, std::vector<RunnerEvent>& events) {
  if (event.value("ev", "") == "log") {
    const std::string text = "worker " + std::to_string(worker.id()) + " on " + worker.slot + ": ";
    return log(log_level(event.value("level", "")), "worker", text + event.value("text", ""));
  }
  if (!worker.task) return;  // "ready", or late words about a job that is over
  const size_t task = *worker.task;
  const std::string kind = event.value("ev", "");
  if (kind == "ready") return;
  if (kind == "started") worker.started = true;
  if (kind == "stale") {
    log(LogLevel::info, "scheduler",
        "worker " + std::to_string(worker.id()) +
            " has other code in memory than was planned with: " + event.value("library", ""));
    worker.task.reset();
    worker.reap();
    return replace_stale(
        {task, std::move(worker.job), worker.lease, worker.slot, worker.stale + 1, event.value("library", ""), {}},
        events);
  }
  if (kind == "done" || kind == "failed") {
    worker.task.reset();
    worker.stale = 0;
    if (kind == "failed" && policy_of(error_kind(event.value("kind", ""))).replace_worker) worker.reap();
  }
  events.push_back({task, std::move(event)});
}

/// A fresh process loads what is there now. If that is not what the job names either, the build is at work: while the
/// manifests still name the job's code the libraries may come to be it again, and are waited for.
void ProcessRunner::replace_stale(Postponed one, std::vector<RunnerEvent>& events) {
  for (auto& worker : workers_)
    if (!worker->task && !worker->dead()) worker->reap();  // they are as old
  if (one.stale == 1) return give_fresh(std::move(one));
  if (one.stale <= kMostStale && names_code_of(one.job)) {
    one.when = std::chrono::steady_clock::now() + kStaleWait;
    postponed_.push_back(std::move(one));
    return;
  }
  events.push_back({one.task, failure(ErrorKind::plugin, one.library + " or what it links was built again after the "
                                                                       "run was planned; run again")});
}

void ProcessRunner::give_fresh(Postponed one) {
  Worker& fresh = idle_worker(one.slot, one.job.at("visible_devices"), one.job.at("threads"));
  fresh.stale = one.stale;
  give(fresh, one.task, std::move(one.job), one.lease);
}

/// Milliseconds until the next of them, `at_most` if there is none before.
int ProcessRunner::take_up_postponed(int at_most) {
  const auto now = std::chrono::steady_clock::now();
  for (auto& one : std::exchange(postponed_, {})) {
    if (one.when <= now) {
      give_fresh(std::move(one));
    } else {
      postponed_.push_back(std::move(one));
      at_most = std::min<int>(at_most, static_cast<int>(kStaleWait.count()));
    }
  }
  return at_most;
}

void ProcessRunner::bury(Worker& worker, std::vector<RunnerEvent>& events) {
  const int status = worker.reap();
  log(worker.task ? LogLevel::info : LogLevel::debug, "scheduler",
      "worker " + std::to_string(worker.id()) + " on " + worker.slot + " ended, wait status " + std::to_string(status));
  if (!worker.task) return;
  const Death death = {status, worker.started, oom_kills() > oom_kills_, bytes_of(worker.job.value("log", ""))};
  Json event = failure(kind_of(death), text_of(death));
  event["died"] = true;
  events.push_back({*worker.task, std::move(event)});
  worker.task.reset();
}

void ProcessRunner::drop_idle() {
  for (auto& worker : workers_)
    if (!worker->task) worker->reap();
  workers_.erase(std::remove_if(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->dead(); }),
                 workers_.end());
}

void ProcessRunner::cancel() {
  for (auto& one : std::exchange(postponed_, {}))
    late_.push_back({one.task, failure(ErrorKind::cancelled, "stopped on request")});
  const std::string line = Json{{"op", "cancel"}}.dump() + "\n";
  for (const auto& worker : workers_)
    if (worker->task) worker->send(line);
}

void ProcessRunner::kill(size_t task) {
  for (const auto& worker : workers_)
    if (worker->task == task) worker->kill();
  for (auto& one : std::exchange(postponed_, {})) {
    if (one.task == task) {
      late_.push_back({task, failure(ErrorKind::lost, "stopped before a worker had it")});
    } else {
      postponed_.push_back(std::move(one));
    }
  }
}

}  // namespace retort

#include "sched/process_runner.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/json_read.h"
#include "core/system_text.h"
#include "log/log.h"
#include "sched/failure.h"
#include "sched/worker_message.h"
#include "sched/worker_process.h"

namespace retort {
namespace {

constexpr int kFarewell = 1000;  // milliseconds a worker has to end by itself
constexpr int kMostStale = 40;   // fresh workers tried for one job before the library itself is blamed
constexpr std::chrono::milliseconds kStaleWait(250);

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
  std::optional<Assignment> work;
  bool started = false;  // the job's node is running; before that its libraries and inputs are opened
  int stale = 0;         // workers this job found too old

  bool runs(size_t task) const { return work && work->task == task; }
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

ProcessRunner::Worker& ProcessRunner::idle_worker(const Assignment& assignment) {
  for (auto& worker : workers_)
    if (!worker->work && !worker->dead() && worker->slot == assignment.slot) return *worker;
  auto& worker = *workers_.emplace_back(
      std::make_unique<Worker>(program_, assignment.visible_devices, assignment.job.at("threads")));
  worker.slot = assignment.slot;
  worker.send(greeting_);
  log(LogLevel::debug, "scheduler", "started worker " + std::to_string(worker.id()) + " on " + worker.slot);
  return worker;
}

void ProcessRunner::start(Assignment assignment) {
  Worker& worker = idle_worker(assignment);
  give(worker, std::move(assignment));
}

void ProcessRunner::give(Worker& worker, Assignment assignment) {
  worker.work = std::move(assignment);
  worker.started = false;
  worker.send("{\"op\":\"run\",\"job\":" + worker.work->job.dump() + "}\n", worker.work->lease);
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

bool ProcessRunner::read(Worker& worker, Events& events) {
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
    handle(worker, std::string_view(worker.text).substr(from, end - from), events);
  }
  worker.text.erase(0, from);
  return true;
}

void ProcessRunner::handle(Worker& worker, std::string_view line, Events& events) {
  WorkerMessage message = worker_message(line);
  if (const auto* said = std::get_if<WorkerLog>(&message))
    return log(said->level, "worker",
               "worker " + std::to_string(worker.id()) + " on " + worker.slot + ": " + said->text);
  if (!worker.work) return;  // late words about a job that is over
  const size_t task = worker.work->task;
  if (std::holds_alternative<JobStarted>(message)) worker.started = true;
  if (const auto* old = std::get_if<JobStale>(&message)) return stale(worker, old->library, events);
  if (auto* progress = std::get_if<JobProgress>(&message)) events.push_back({task, *progress});
  if (auto* note = std::get_if<JobNote>(&message)) events.push_back({task, std::move(*note)});
  auto* done = std::get_if<JobDone>(&message);
  auto* failed = std::get_if<JobFailed>(&message);
  if (!done && !failed) return;
  worker.work.reset();
  worker.stale = 0;
  if (failed && policy_of(failed->kind).replace_worker) worker.reap();
  if (done) events.push_back({task, std::move(*done)});
  if (failed) events.push_back({task, std::move(*failed)});
}

void ProcessRunner::stale(Worker& worker, const std::string& library, Events& events) {
  log(LogLevel::info, "scheduler",
      "worker " + std::to_string(worker.id()) + " has other code in memory than was planned with: " + library);
  Postponed one{std::move(*worker.work), worker.stale + 1, library, {}};
  worker.work.reset();
  worker.reap();
  replace_stale(std::move(one), events);
}

/// A fresh process loads what is there now. If that is not what the job names either, the build is at work: while the
/// manifests still name the job's code the libraries may come to be it again, and are waited for.
void ProcessRunner::replace_stale(Postponed one, Events& events) {
  for (auto& worker : workers_)
    if (!worker->work && !worker->dead()) worker->reap();  // they are as old
  if (one.stale == 1) return give_fresh(std::move(one));
  if (one.stale <= kMostStale && names_code_of(one.assignment.job)) {
    one.when = std::chrono::steady_clock::now() + kStaleWait;
    postponed_.push_back(std::move(one));
    return;
  }
  events.push_back({one.assignment.task,
                    JobFailed{ErrorKind::plugin, one.library + " or what it links was built again after the run was "
                                                               "planned; run again"}});
}

void ProcessRunner::give_fresh(Postponed one) {
  Worker& fresh = idle_worker(one.assignment);
  fresh.stale = one.stale;
  give(fresh, std::move(one.assignment));
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

void ProcessRunner::bury(Worker& worker, Events& events) {
  const int status = worker.reap();
  log(worker.work ? LogLevel::info : LogLevel::debug, "scheduler",
      "worker " + std::to_string(worker.id()) + " on " + worker.slot + " ended, wait status " + std::to_string(status));
  if (!worker.work) return;
  const std::string output = text_in(worker.work->job, "log");
  const Death death = {status, worker.started, oom_kills() > oom_kills_, bytes_of(output)};
  events.push_back({worker.work->task, JobFailed{kind_of(death), text_of(death), "", /*worker_died=*/true}});
  worker.work.reset();
}

void ProcessRunner::drop_idle() {
  for (auto& worker : workers_)
    if (!worker->work) worker->reap();
  workers_.erase(std::remove_if(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->dead(); }),
                 workers_.end());
}

void ProcessRunner::cancel() {
  for (auto& one : std::exchange(postponed_, {}))
    late_.push_back({one.assignment.task, JobFailed{ErrorKind::cancelled, "stopped on request"}});
  const std::string line = Json{{"op", "cancel"}}.dump() + "\n";
  for (const auto& worker : workers_)
    if (worker->work) worker->send(line);
}

void ProcessRunner::kill(size_t task) {
  for (const auto& worker : workers_)
    if (worker->runs(task)) worker->kill();
  for (auto& one : std::exchange(postponed_, {})) {
    if (one.assignment.task == task) {
      late_.push_back({task, JobFailed{ErrorKind::lost, "stopped before a worker had it"}});
    } else {
      postponed_.push_back(std::move(one));
    }
  }
}

}  // namespace retort

#include "sched/process_runner.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

#include "core/error.h"
#include "core/files.h"

extern char** environ;

namespace retort {
namespace {

constexpr int kWorkerSocket = 3;  // the worker's number for it
constexpr size_t kTailLines = 8;  // of the log, shown when a worker died
constexpr int kMostStale = 2;     // fresh workers tried for one job before the library itself is blamed

/// The environment of a worker: this process's, with some names set.
class Environment {
 public:
  Environment() {
    for (char** one = environ; *one; ++one) texts_.emplace_back(*one);
  }
  void set(const std::string& name, const std::string& value) {
    const auto begins = [&](const std::string& text) { return text.rfind(name + "=", 0) == 0; };
    texts_.erase(std::remove_if(texts_.begin(), texts_.end(), begins), texts_.end());
    texts_.push_back(name + "=" + value);
  }
  std::vector<char*> pointers() {
    std::vector<char*> all;
    for (auto& text : texts_) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
  }

 private:
  std::vector<std::string> texts_;
};

std::string last_lines(const std::filesystem::path& log) {
  std::string text;
  try {
    text = read_file(log);
  } catch (const Error&) {
    return "";
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  size_t from = text.size();
  for (size_t line = 0; line < kTailLines && from != std::string::npos; ++line)
    from = from == 0 ? std::string::npos : text.rfind('\n', from - 1);
  return from == std::string::npos ? text : text.substr(from + 1);
}

std::string cause_of_death(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    const char* name = ::sigabbrev_np(number);
    return std::string("killed by SIG") + (name ? name : std::to_string(number)) + " (" + ::strsignal(number) + ")";
  }
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

struct ProcessRunner::Worker {
  pid_t pid = -1;
  int socket = -1;
  std::string slot, text;
  std::optional<size_t> task;
  Json job;
  bool started = false;  // the job's node is running; before that its libraries and inputs are opened
  bool dead = false;
  int stale = 0;  // workers this job found too old

  ~Worker() {
    if (socket >= 0) ::close(socket);
  }
};

ProcessRunner::ProcessRunner(std::filesystem::path worker) : program_(std::move(worker)) {}

ProcessRunner::~ProcessRunner() {
  // A closed socket ends an idle worker, and at once one that works.
  for (auto& worker : workers_) {
    ::close(worker->socket);
    worker->socket = -1;
  }
  for (auto& worker : workers_)
    if (!worker->dead) ::waitpid(worker->pid, nullptr, 0);
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
    if (!worker->task && !worker->dead && worker->slot == slot) return *worker;
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw Error(ErrorKind::plugin, std::string("cannot start a worker: ") + std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], kWorkerSocket);  // clears close-on-exec of the copy
  Environment environment;
  environment.set("RETORT_WORKER_FD", std::to_string(kWorkerSocket));
  environment.set("CUDA_VISIBLE_DEVICES", visible_devices);
  environment.set("OMP_NUM_THREADS", std::to_string(threads));
  auto pointers = environment.pointers();
  std::string name = program_.string();
  char* arguments[] = {name.data(), nullptr};
  // The loop that waits for signals blocks them; a worker must not inherit that.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  auto worker = std::make_unique<Worker>();
  const int code = ::posix_spawn(&worker->pid, program_.c_str(), &actions, &attributes, arguments, pointers.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(ends[1]);
  worker->socket = ends[0];
  worker->slot = slot;
  if (code != 0) throw Error(ErrorKind::plugin, "cannot start " + program_.string() + ": " + std::strerror(code));
  return *workers_.emplace_back(std::move(worker));
}

void ProcessRunner::start(size_t task, const Json& job, const std::string& slot, const std::string& visible_devices) {
  give(idle_worker(slot, visible_devices, job.at("threads")), task, job);
}

void ProcessRunner::give(Worker& worker, size_t task, const Json& job) {
  worker.task = task;
  worker.job = job;
  worker.started = false;
  const std::string line = Json{{"op", "run"}, {"job", job}}.dump() + "\n";
  for (size_t sent = 0; sent < line.size();) {
    const ssize_t put = ::send(worker.socket, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return;  // it died: seen when its socket is read
    sent += static_cast<size_t>(put);
  }
}

std::vector<RunnerEvent> ProcessRunner::wait(int milliseconds, int wake) {
  std::vector<RunnerEvent> events;
  std::vector<pollfd> polled;
  for (const auto& worker : workers_) polled.push_back({worker->socket, POLLIN, 0});
  if (wake >= 0) polled.push_back({wake, POLLIN, 0});
  if (::poll(polled.data(), polled.size(), milliseconds) <= 0) return events;
  const size_t count = workers_.size();  // handling may start further ones
  for (size_t i = 0; i < count; ++i)
    if (polled[i].revents != 0) read(*workers_[i], events);
  workers_.erase(std::remove_if(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->dead; }),
                 workers_.end());
  return events;
}

void ProcessRunner::read(Worker& worker, std::vector<RunnerEvent>& events) {
  char buffer[1 << 16];
  const ssize_t got = ::recv(worker.socket, buffer, sizeof buffer, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return bury(worker, events);
  worker.text.append(buffer, static_cast<size_t>(got));
  size_t from = 0;
  for (size_t end; (end = worker.text.find('\n', from)) != std::string::npos; from = end + 1) {
    Json event = Json::parse(worker.text.substr(from, end - from), nullptr, /*allow_exceptions=*/false);
    if (event.is_object()) handle(worker, std::move(event), events);
  }
  worker.text.erase(0, from);
}

void ProcessRunner::handle(Worker& worker, Json event, std::vector<RunnerEvent>& events) {
  if (!worker.task) return;  // "ready", or late words about a job that is over
  const size_t task = *worker.task;
  const std::string kind = event.value("ev", "");
  if (kind == "ready") return;
  if (kind == "started") worker.started = true;
  if (kind == "stale") {
    // This process has older code under the same path: a fresh one will load what is there now.
    const Json job = worker.job;
    const int stale = worker.stale + 1;
    worker.task.reset();
    worker.dead = true;
    ::shutdown(worker.socket, SHUT_RDWR);
    ::waitpid(worker.pid, nullptr, 0);
    if (stale >= kMostStale) {
      const std::string text = job.at("library").get<std::string>() +
                               " or one of its components was built again after the run was planned; run again";
      events.push_back({task, {{"ev", "failed"}, {"kind", name_of(ErrorKind::plugin)}, {"text", text}}});
      return;
    }
    Worker& fresh = idle_worker(worker.slot, job.at("visible_devices"), job.at("threads"));
    fresh.stale = stale;
    return give(fresh, task, job);
  }
  if (kind == "done" || kind == "failed") {
    worker.task.reset();
    worker.stale = 0;
  }
  events.push_back({task, std::move(event)});
}

void ProcessRunner::bury(Worker& worker, std::vector<RunnerEvent>& events) {
  worker.dead = true;
  int status = 0;
  ::waitpid(worker.pid, &status, 0);
  if (!worker.task) return;
  std::string text = "the worker died, " + cause_of_death(status) +
                     (worker.started ? ", while the node ran" : ", while opening plugins and inputs");
  const std::string log = worker.job.value("log", "");
  if (const std::string tail = last_lines(log); !tail.empty()) text += "; its last lines (" + log + "):\n" + tail;
  events.push_back({*worker.task, {{"ev", "failed"}, {"kind", name_of(ErrorKind::lost)}, {"text", text}}});
  worker.task.reset();
}

void ProcessRunner::cancel() {
  const std::string line = Json{{"op", "cancel"}}.dump() + "\n";
  for (const auto& worker : workers_)
    if (worker->task) static_cast<void>(::send(worker->socket, line.data(), line.size(), MSG_NOSIGNAL));
}

void ProcessRunner::kill(size_t task) {
  for (const auto& worker : workers_)
    if (worker->task == task) ::kill(worker->pid, SIGKILL);
}

}  // namespace retort

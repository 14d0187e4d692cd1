#include "cli/runs/notify.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <map>
#include <thread>

#include "log/log.h"

extern char** environ;

namespace retort {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);
constexpr auto kLook = std::chrono::milliseconds(20);

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// Facts that go into an environment: the system takes no zero bytes there.
std::vector<std::string> environment(const std::map<std::string, std::string>& facts) {
  std::vector<std::string> all;
  for (char** one = environ; *one; ++one) {
    const std::string text = *one;
    if (facts.count(text.substr(0, text.find('='))) == 0) all.push_back(text);
  }
  for (const auto& [name, value] : facts) all.push_back(name + "=" + value.substr(0, value.find('\0')));
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// In a process group of its own, so that Ctrl-C at the run does not end it, with no signal blocked and no input.
pid_t spawn_shell(const std::string& command, const std::map<std::string, std::string>& facts, int& problem) {
  std::vector<std::string> words = {"/bin/sh", "-c", command}, variables = environment(facts);
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_init(&actions);
  sigset_t none;
  sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &pipe);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = -1;
  problem = ::posix_spawn(&child, words[0].c_str(), &actions, &attributes, pointers(words).data(),
                          pointers(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return problem == 0 ? child : -1;
}

std::string names_of_running(const RunState& state) {
  std::string names;
  size_t count = 0;
  for (const auto& node : state.nodes)
    if (node.status == NodeStatus::running && ++count <= 3) names += (names.empty() ? "" : ", ") + node.name;
  if (count == 0) return "nothing runs";
  return "running: " + names + (count > 3 ? " and " + std::to_string(count - 3) + " more" : "");
}

}  // namespace

Notifier::Notifier(std::unique_ptr<View> view, std::string command, double stall, std::string store)
    : view_(std::move(view)), command_(std::move(command)), stall_(stall), store_(std::move(store)) {}

Notifier::~Notifier() { reap(/*wait=*/false); }

void Notifier::event(const RunState& state, const Json& event) {
  view_->event(state, event);
  last_news_ = event.value("t", last_news_);
  told_stall_ = false;
  if (told_failure_ || event.value("ev", "") != "node" || event.value("status", "") != "failed") return;
  told_failure_ = true;
  const std::string node = event.value("node", "");
  tell(state, "failure", node + " failed: " + first_line(event.value("text", "")), node);
}

void Notifier::tick(const RunState& state, double now) {
  view_->tick(state, now);
  reap(/*wait=*/false);
  if (told_stall_ || last_news_ == 0 || now - last_news_ < stall_) return;
  told_stall_ = true;
  tell(state, "stall", "nothing happened for " + duration_text(now - last_news_) + "; " + names_of_running(state));
}

void Notifier::finish(const RunState& state) {
  view_->finish(state);
  tell(state, "end", state.status + " in " + duration_text(state.last - state.started) + ": " + state.graph);
  reap(/*wait=*/true);
}

void Notifier::tell(const RunState& state, const std::string& event, const std::string& text, const std::string& node) {
  std::map<std::string, std::string> facts = {
      {"RETORT_EVENT", event},
      {"RETORT_RUN", state.run},
      {"RETORT_GRAPH", state.graph},
      {"RETORT_TITLE", state.title},
      {"RETORT_STATUS", state.status},
      {"RETORT_TEXT", text},
      {"RETORT_NODE", node},
      {"RETORT_STORE", store_},
      {"RETORT_SECONDS", std::to_string(static_cast<int64_t>(state.last - state.started))}};
  for (const NodeStatus status : {NodeStatus::done, NodeStatus::hit, NodeStatus::running, NodeStatus::waiting,
                                  NodeStatus::failed, NodeStatus::skipped, NodeStatus::cancelled}) {
    std::string name = "RETORT_";
    for (const char* c = name_of(status); *c; ++c)
      name += static_cast<char>(std::toupper(static_cast<unsigned char>(*c)));
    facts[name] = std::to_string(state.count(status));
  }
  int problem = 0;
  const pid_t child = spawn_shell(command_, facts, problem);
  if (child > 0)
    children_.push_back(child);
  else
    log(LogLevel::warning, "notify", command_ + ": cannot be started: " + std::strerror(problem));
}

void Notifier::reap(bool wait) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!children_.empty()) {
    std::erase_if(children_, [this](pid_t child) {
      int status = 0;
      if (::waitpid(child, &status, WNOHANG) == 0) return false;
      if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        log(LogLevel::warning, "notify", command_ + ": exit code " + std::to_string(WEXITSTATUS(status)));
      if (WIFSIGNALED(status))
        log(LogLevel::warning, "notify", command_ + ": ended by signal " + std::to_string(WTERMSIG(status)));
      return true;
    });
    if (!wait || children_.empty()) return;
    if (std::chrono::steady_clock::now() > until) {
      log(LogLevel::warning, "notify", command_ + ": still running after 30 s, left alone");
      return;
    }
    std::this_thread::sleep_for(kLook);
  }
}

}  // namespace retort

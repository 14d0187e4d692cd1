#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sstream>

#include "cli/command.h"
#include "cli/files/program.h"
#include "cli/options.h"
#include "cli/runs/graph_runs.h"
#include "cli/runs/run_view.h"
#include "cli/session/session.h"
#include "core/error.h"
#include "core/files.h"
#include "core/system_text.h"
#include "sched/job.h"
#include "sched/process_runner.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDebugger = "gdb -q -ex run --args";

struct DebugOptions {
  std::string node, run, graph, store, with;
  std::vector<std::string> sets;
};

/// The newest run in which the node failed, or the one that was named. Throws Error(user) if nodes of several graphs
/// may be meant.
fs::path kept_job(const Store& store, const DebugOptions& options) {
  if (!options.run.empty()) {
    const auto folder = run_folder(store, options.run);
    const auto file = job_file({folder, options.run}, options.node);
    if (fs::exists(file)) return file;
    throw Error(ErrorKind::user, "\"" + options.node + "\" did not fail in run " + folder.filename().string());
  }
  std::vector<fs::path> files;
  std::string text = "\"" + options.node + "\" failed in runs of several graphs; say which:";
  for (const auto& graph : runs_by_graph(store))
    for (const auto& run : graph.runs) {
      const auto file = job_file({store.runs() / run, ""}, options.node);
      std::error_code none;
      if (!fs::exists(file, none)) continue;
      files.push_back(file);
      text += "\n  retort debug " + shell_word(options.node) + " --run " + run + "   " + typed_path(graph.graph);
      break;
    }
  if (files.size() > 1) throw Error(ErrorKind::user, text);
  if (!files.empty()) {
    std::cerr << "the job of run " << files.front().parent_path().filename().string() << '\n';
    return files.front();
  }
  throw Error(ErrorKind::user, "no run of " + store.root().string() + " has a failed node \"" + options.node +
                                   "\"; a node that did not fail is debugged with --graph GRAPH");
}

/// The job as the graph would run it now, written where it can be read by the worker.
fs::path planned_job(const DebugOptions& options) {
  GraphOptions graph;
  graph.graph = options.graph;
  graph.store = options.store;
  graph.sets = options.sets;
  const auto session = Session::open(graph);
  if (!session) throw Error(ErrorKind::user, "the graph cannot be run");
  const size_t node = session->node(options.node);
  if (session->plan.at(node).state == PlanState::maybe)
    throw Error(ErrorKind::user, "what \"" + options.node + "\" reads is not there yet: retort run " + options.graph);
  const JobPlace place = {session->store.root() / "scratch", ""};
  const auto file = job_file(place, session->graph.nodes[node].name);
  write_atomically(file, dump_text(make_job(session->plan, node, session->store, place), 1) + "\n", /*sync=*/false);
  return file;
}

/// A job is what a worker is told to do: which library to open, which files to read. That of another user is run only
/// if this one wants it.
void ask_about(const fs::path& job) {
  struct stat about = {};
  if (::lstat(job.c_str(), &about) != 0) throw CannotRead(ErrorKind::store, "look at", job, errno);
  if (S_ISREG(about.st_mode) && about.st_uid == ::geteuid() && about.st_nlink == 1) return;
  const passwd* owner = ::getpwuid(about.st_uid);
  const std::string text = job.string() + " was written by " +
                           (owner ? owner->pw_name : "user " + std::to_string(about.st_uid)) +
                           ", and tells a process of yours what to open and to run";
  if (::isatty(STDIN_FILENO) == 0)
    throw Error(ErrorKind::user,
                text + "; with --trust it does, with --graph GRAPH the job is made from the graph instead");
  std::cerr << text << ". Run it? [y/N] ";
  std::string answer;
  if (!std::getline(std::cin, answer) || (answer != "y" && answer != "yes"))
    throw Error(ErrorKind::user, "nothing was run");
}

/// What the shell makes of `with`, with the worker and the job behind it.
[[noreturn]] void become(const std::string& with, const std::string& worker, const std::string& job) {
  const std::string line = "exec " + with + " \"$0\" \"$@\"";
  ::execl("/bin/sh", "sh", "-c", line.c_str(), worker.c_str(), "job", job.c_str(), nullptr);
  throw Error(ErrorKind::user, std::string("cannot start /bin/sh: ") + std::strerror(errno));
}

int run(const Words& words) {
  DebugOptions debug;
  bool trust = false;
  Options options("debug", "Runs the job of one node under a debugger, with its inputs in place; stores nothing.",
                  std::string("The default debugger is `") + kDebugger +
                      "`. Others: --with \"valgrind\", --with \"strace -f\", --with \"env\" for none.");
  options.argument("NODE", debug.node, "a node that failed; with --graph any node whose inputs are there");
  options.value("--run", debug.run, "id of the run in which it failed, or its graph; default: the newest");
  options.value("--graph", debug.graph, "plan the job from this graph instead");
  options.list("--set", debug.sets, "with --graph: replace a value: node.param=value");
  options.value("--store", debug.store, "folder of results");
  options.value("--with", debug.with, "the debugger: a command to which the job's own is added");
  options.flag("--trust", trust, "run the job although another user's run left it");
  if (const auto code = options.parse(words)) return *code;
  const fs::path job = debug.graph.empty() ? kept_job(open_store(debug.store), debug) : planned_job(debug);
  const std::string worker = ProcessRunner::beside_this_program().string();
  if (debug.with.empty() && !is_program("gdb"))
    throw Error(ErrorKind::user,
                "there is no gdb here; install it, or name another debugger with --with; the job is\n  " + worker +
                    " job " + job.string());
  if (debug.graph.empty() && !trust) ask_about(job);
  become(debug.with.empty() ? kDebugger : debug.with, worker, job.string());
}

}  // namespace

extern const Command debug_command = {"", "debug", "Run the job of one node under a debugger, with its inputs in place",
                                      run};

}  // namespace retort

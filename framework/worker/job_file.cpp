#include "worker/job_file.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <thread>

#include "catalog/catalog.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json_read.h"
#include "worker/job.h"

namespace retort {
namespace {

/// What the job itself does not print here already.
void print(const Json& event) {
  const std::string kind = text_in(event, "ev");
  std::string line;
  if (kind == "started") line = "libraries and inputs are open, the node starts";
  if (kind == "warn") line = "warning: " + text_in(event, "text");
  if (kind == "stale") line = "its plugin was built again since: `retort run` the graph, then debug again";
  if (kind == "done") line = "done; nothing was stored";
  if (!line.empty()) std::fprintf(stderr, "retort-worker: %s\n", line.c_str());
}

/// Prints what the job tells its coordinator; true if its last word was done.
bool listen(int socket) {
  std::string text;
  bool done = false;
  char buffer[1 << 12];
  for (ssize_t got; (got = ::read(socket, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<size_t>(got));
    for (size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
      const Json event = parsed_json(std::string_view(text).substr(0, end));
      if (!event.is_object()) continue;
      print(event);
      done = text_in(event, "ev") == "done";
    }
  }
  return done;
}

/// Opening a library runs what is in it: a job's file may name none but those that runs of this user would open.
void check_library(const Json& one, const std::string& kind, const Catalog& catalog,
                   const std::filesystem::path& file) {
  const std::filesystem::path library = text_in(one, "library");
  const Manifest* manifest = catalog.find(kind, text_in(one, "type"));
  std::error_code none;
  if (manifest && std::filesystem::equivalent(manifest->library, library, none)) return;
  throw Error(ErrorKind::plugin, file.string() + " names the library " + library.string() + " for " + kind + " \"" +
                                     text_in(one, "type") + "\", which is no installed plugin" +
                                     (manifest ? "; that is " + manifest->library.string() : "") +
                                     ". Its folder has to be in RETORT_PLUGIN_PATH");
}

void check_job(const Json& job, const std::filesystem::path& file) {
  std::string problem = problem_with(job, {{"library", FieldRule::text, true},
                                           {"type", FieldRule::text, true},
                                           {"code", FieldRule::text, true},
                                           {"params", FieldRule::object, true},
                                           {"components", FieldRule::list, true},
                                           {"inputs", FieldRule::object, true},
                                           {"key", FieldRule::key, true},
                                           {"store", FieldRule::text, true},
                                           {"node", FieldRule::text, true}});
  if (!problem.empty())
    throw Error(ErrorKind::data, file.string() + " is no job: " + problem + "; `retort debug` writes them");
  const Catalog catalog = Catalog::read(Catalog::default_folders());
  check_library(job, "node", catalog, file);
  for (const auto& one : job["components"]) check_library(one, text_in(one, "kind"), catalog, file);
}

}  // namespace

int run_job_file(const std::filesystem::path& file) {
  Json job = parsed_json(read_file(file, ErrorKind::data, kLongestText));
  check_job(job, file);
  job.erase("lease");
  job["checkpoints"] = "copy";
  job["log"] = "";
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw Error(ErrorKind::internal, std::string("cannot make a socket: ") + std::strerror(errno));
  bool done = false;
  std::thread listener([&] { done = listen(ends[1]); });
  {
    Channel channel(ends[0]);
    run_job({std::move(job), /*lease=*/-1, nullptr}, channel);
  }
  listener.join();
  ::close(ends[1]);
  return done ? 0 : 1;
}

}  // namespace retort

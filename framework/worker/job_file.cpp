#include "worker/job_file.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <thread>

#include "core/error.h"
#include "core/files.h"
#include "worker/job.h"

namespace retort {
namespace {

/// What the job itself does not print here already.
void print(const Json& event) {
  const std::string kind = event.value("ev", "");
  std::string line;
  if (kind == "started") line = "libraries and inputs are open, the node starts";
  if (kind == "warn") line = "warning: " + event.value("text", "");
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
      const Json event = Json::parse(text.substr(0, end), nullptr, /*allow_exceptions=*/false);
      if (!event.is_object()) continue;
      print(event);
      done = event.value("ev", "") == "done";
    }
  }
  return done;
}

}  // namespace

int run_job_file(const std::filesystem::path& file) {
  Json job = Json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  if (!job.is_object() || !job.contains("library"))
    throw Error(ErrorKind::data, file.string() + " is no job; `retort debug` writes them");
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

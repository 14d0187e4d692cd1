// retort-worker: opens plugins. Started by `retort` for jobs, by the build to describe and check libraries.
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "log/log.h"
#include "worker/channel.h"
#include "worker/check.h"
#include "worker/describe.h"
#include "worker/job.h"
#include "worker/job_file.h"
#include "worker/library.h"
#include "worker/members.h"
#include "worker/own_descriptors.h"
#include "worker/proof.h"
#include "worker/work_place.h"

namespace {

constexpr const char* kUsage =
    "usage: retort-worker describe LIBRARY --root FOLDER --output FILE\n"
    "           [--commands FILE --object FILE...] [--uses LIBRARY...]\n"
    "       retort-worker members LIBRARY --root FOLDER --commands FILE --object FILE...\n"
    "       retort-worker check LIBRARY\n"
    "       retort-worker job FILE\n"
    "       retort-worker prove LIBRARY --code C --device D --precision P --threads N --output FILE\n"
    "       retort-worker --build\n"
    "Without arguments it takes jobs from the socket that RETORT_WORKER_FD names; `retort run` starts it so.\n";

/// Values of each `--name VALUE…`: what follows it up to the next option. One value may list several, as CMake does
/// ("a.o;b.o").
std::vector<std::filesystem::path> values(const std::vector<std::string>& words, const std::string& name) {
  std::vector<std::filesystem::path> found;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] != name) continue;
    for (size_t j = i + 1; j < words.size() && words[j].rfind("--", 0) != 0; ++j) {
      std::istringstream list(words[j]);
      for (std::string one; std::getline(list, one, ';');)
        if (!one.empty()) found.emplace_back(one);
    }
  }
  return found;
}

/// Value of `--name VALUE`, or empty.
std::filesystem::path option(const std::vector<std::string>& words, const std::string& name) {
  const auto all = values(words, name);
  return all.empty() ? "" : all.front();
}

bool has_all(const std::vector<std::string>& words, const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), [&](const auto& name) { return !values(words, name).empty(); });
}

/// The kernel ends this process with its coordinator, even one that is stopped or deep in a plugin's loop. (It watches
/// the thread that started this process; the coordinator's only one.)
void die_with_the_coordinator() {
  const pid_t coordinator = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != coordinator) std::_Exit(0);
}

/// Takes jobs until the coordinator closes the socket.
int serve(int socket) {
  die_with_the_coordinator();
  // Ctrl-C reaches the whole terminal: the coordinator decides what it means for a job.
  std::signal(SIGINT, SIG_IGN);
  retort::keep_from_children(socket);
  retort::Channel channel(socket);
  retort::log_through([&channel](retort::LogLevel level, const std::string&, const std::string& text) {
    channel.send({{"ev", "log"}, {"level", retort::name_of(level)}, {"text", text}});
  });
  channel.send({{"ev", "ready"}, {"build", retort::worker_build()}});
  while (const auto job = channel.next_job()) retort::run_job(*job, channel);
  retort::WorkPlace::leave_all();
  return 0;
}

/// Writes the digest of what the plugin's proof job gives.
int prove(const std::vector<std::string>& words) {
  const retort::PluginDescriptor& descriptor = retort::open_plugin(words[1]);
  retort::ComponentFinder plugins(words[1]);
  plugins.use(descriptor.kind, descriptor.type, words[1], option(words, "--code").string());
  const std::filesystem::path output = option(words, "--output");
  const std::string bytes =
      retort::proof_bytes(descriptor.kind, descriptor.type, plugins, output.parent_path() / "scratch",
                          {option(words, "--device").string(), option(words, "--precision").string(),
                           std::stoi(option(words, "--threads").string())});
  retort::check_code_in_memory();
  retort::write_file(output, bytes);
  return 0;
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 1 && words[0] == "--build") {
    std::cout << retort::worker_build() << '\n';
    return 0;
  }
  if (words.size() >= 6 && words[0] == "describe" && has_all(words, {"--root", "--output"})) {
    retort::write_manifest(words[1], option(words, "--root"), option(words, "--output"),
                           {option(words, "--commands"), values(words, "--object"), values(words, "--uses")});
    return 0;
  }
  if (words.size() >= 8 && words[0] == "members" && has_all(words, {"--root", "--commands", "--object"})) {
    retort::write_members(words[1], option(words, "--root"), option(words, "--commands"), values(words, "--object"));
    return 0;
  }
  if (words.size() >= 4 && words[0] == "prove" &&
      has_all(words, {"--code", "--device", "--precision", "--threads", "--output"}))
    return prove(words);
  if (words.size() == 2 && words[0] == "check") return retort::check_plugin(words[1], std::cout) == 0 ? 0 : 1;
  if (words.size() == 2 && words[0] == "job") return retort::run_job_file(words[1]);
  const char* socket = std::getenv("RETORT_WORKER_FD");
  if (words.empty() && socket) return serve(std::atoi(socket));
  std::cerr << kUsage;
  return 2;
}

int guarded(const std::vector<std::string>& words) {
  try {
    retort::start_log();
    return run(words);
  } catch (const retort::Error& error) {
    std::cerr << "retort-worker: " << error.what() << '\n';
    return error.kind() == retort::ErrorKind::plugin ? 6 : 1;
  } catch (const std::exception& error) {
    std::cerr << "retort-worker: " << error.what() << '\n';
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int code = guarded({argv + 1, argv + argc});
#ifdef __SANITIZE_ADDRESS__
  return code;  // the leak check runs on the way out
#else
  // Static destructors of plugins and libtorch are slow and may crash: nothing of ours waits for them.
  std::cout.flush();
  std::fflush(nullptr);
  std::_Exit(code);
#endif
}

// Sixteen coordinators on one store, all with the same work, and fewer devices than coordinators.
#include <sys/wait.h>

#include <algorithm>
#include <thread>

#include "harness.h"
#include "work_graph.h"

namespace retort {
namespace {

constexpr size_t kCoordinators = 16, kWidth = 3;
constexpr int kDeadlock = 60;  // seconds

/// Exit code of each; 255 for one that had to be ended.
std::vector<int> wait_for_all(const std::vector<pid_t>& processes) {
  std::vector<int> codes;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kDeadlock);
  for (const pid_t process : processes) {
    int status = 0;
    while (waitpid(process, &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > deadline) kill_tree(process);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    codes.push_back(WIFEXITED(status) ? WEXITSTATUS(status) : 255);
  }
  return codes;
}

int run(int argc, char** argv) {
  Harness harness("crowd", argc, argv, 100);
  size_t results = 0;
  while (harness.next()) {
    Workshop shop;
    shop.graph(work_nodes(kWidth, static_cast<int>(harness.below(8)), shop.folder.path()), {{"device", "cuda"}});
    std::vector<pid_t> processes;
    std::vector<std::string> said;
    for (size_t i = 0; i < kCoordinators; ++i) {
      said.push_back((shop.folder / ("said" + std::to_string(i))).string());
      processes.push_back(shop.start({"run", "g.json"}, [file = said.back()] {
        setenv("RETORT_CARDS", "one,two,three", 1);
        const int out = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
        dup2(out, STDOUT_FILENO);
        dup2(out, STDERR_FILENO);
      }));
    }
    const auto codes = wait_for_all(processes);
    for (size_t i = 0; i < codes.size(); ++i)
      harness.expect(codes[i] == 0, "a coordinator ended with " + std::to_string(codes[i]) + ": " + read_file(said[i]));
    const auto starts = starts_in(shop.folder.path());
    harness.expect(starts.size() == 3 * kWidth,
                   std::to_string(starts.size()) + " starts of " + std::to_string(3 * kWidth) + " keys");
    harness.expect(count_of("TWICE", starts) == 0, "a key was computed twice at once");
    harness.expect(count_of("SHARED", starts) == 0, "two nodes were on one card at once");
    harness.expect(shop.store().keys().size() == 3 * kWidth, "results are missing");
    results += starts.size();
  }
  return harness.finish(std::to_string(kCoordinators) + " coordinators and 3 cards a round, " +
                        std::to_string(results) + " keys computed, each once");
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) { return retort::run(argc, argv); }

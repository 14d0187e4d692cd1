// SIGKILL of the coordinator alone, and the same command again at once: its workers must be gone within a second, and
// until then their keys are theirs.
#include <algorithm>
#include <csignal>

#include "harness.h"
#include "work_graph.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr auto kLimit = std::chrono::seconds(1);

/// Waits until the workers are gone; the longest of them in milliseconds, or nothing if one outlived the limit.
std::optional<long> gone_after(const std::vector<pid_t>& workers, Clock::time_point killed) {
  long longest = 0;
  for (const pid_t worker : workers) {
    while (is_alive(worker)) {
      if (Clock::now() - killed > kLimit) return std::nullopt;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    longest =
        std::max<long>(longest, std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - killed).count());
  }
  return longest;
}

int run(int argc, char** argv) {
  Harness harness("orphans", argc, argv, 200);
  long longest = 0;
  size_t orphans = 0, stopped = 0;
  while (harness.next()) {
    Workshop shop;
    shop.graph(work_nodes(2, 40, shop.folder.path()));
    const pid_t first = shop.start({"run", "g.json", "--slots", "2"});
    Workshop::wait_for([&] { return !starts_in(shop.folder.path()).empty(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(harness.below(100)));
    std::vector<pid_t> workers;
    for (const auto& start : starts_in(shop.folder.path())) workers.push_back(start.worker);
    // One in three is stopped where it stands, in the middle of a commit perhaps: it cannot run to its end by itself.
    if (!workers.empty() && harness.below(3) == 0) {
      kill(workers.back(), SIGSTOP);
      ++stopped;
    }
    kill(first, SIGKILL);
    const auto killed = Clock::now();
    const pid_t second = shop.start({"run", "g.json", "--slots", "2"});
    orphans += workers.size();
    if (const auto milliseconds = gone_after(workers, killed)) {
      longest = std::max(longest, *milliseconds);
    } else {
      harness.violation("a worker outlived its coordinator by more than a second");
      for (const pid_t worker : workers) kill(worker, SIGKILL);
    }
    waitpid(first, nullptr, 0);
    const Outcome outcome = shop.finish(second);
    harness.expect(outcome.code == 0,
                   "the run after it ended with " + std::to_string(outcome.code) + ": " + outcome.err);
    harness.expect(count_of("TWICE", starts_in(shop.folder.path())) == 0, "a key was computed by two workers at once");
    harness.expect(shop.store().keys().size() == 6, "results are missing");
  }
  return harness.finish(std::to_string(orphans) + " orphans (" + std::to_string(stopped) +
                        " stopped ones), the last gone after " + std::to_string(longest) + " ms");
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) { return retort::run(argc, argv); }

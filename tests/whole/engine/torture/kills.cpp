// SIGKILL of the whole tree of processes at random moments, then the same command again.
#include <csignal>

#include "harness.h"
#include "work_graph.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr size_t kWidth = 4, kSlots = 2;
constexpr int kMilliseconds = 15;

std::map<std::string, std::string> undisturbed() {
  Workshop shop;
  shop.graph(work_nodes(kWidth, 0, shop.folder.path()));
  shop.run();
  return results_of(shop.store());
}

/// One graph, killed until it ends: a round is a kill. Starts are counted: what was redone was in flight.
class Victim {
 public:
  Victim() { shop_.graph(work_nodes(kWidth, kMilliseconds, shop_.folder.path())); }

  /// True if the run was killed, false if it ended before its moment came.
  bool kill_after(std::chrono::microseconds moment) {
    const pid_t run = shop_.start({"run", "g.json", "--slots", std::to_string(kSlots)});
    std::this_thread::sleep_for(moment);
    int status = 0;
    if (waitpid(run, &status, WNOHANG) == run) return false;
    kill_tree(run);
    ++kills_;
    return true;
  }
  void end(Harness& harness, const std::map<std::string, std::string>& right) {
    const Outcome outcome = shop_.retort({"run", "g.json", "--slots", std::to_string(kSlots)});
    harness.expect(outcome.code == 0, "the last run ended with " + std::to_string(outcome.code) + ": " + outcome.err);
    harness.expect(results_of(shop_.store()).size() == right.size(), "results are missing");
    check(harness, right);
    const size_t starts = starts_in(shop_.folder.path()).size();
    harness.expect(starts <= 3 * kWidth + kills_ * kSlots,
                   std::to_string(starts) + " starts after " + std::to_string(kills_) + " kills: more than in flight");
    redone += starts - 3 * kWidth;
  }
  void check(Harness& harness, const std::map<std::string, std::string>& right) {
    if (!fs::exists(shop_.store_root / "format")) return;
    const std::string wrong = wrong_results(results_of(shop_.store()), right);
    harness.expect(wrong.empty(), "wrong results: " + wrong);
    harness.expect(count_of("TWICE", starts_in(shop_.folder.path())) == 0, "a key was computed twice at once");
  }

  size_t redone = 0;

 private:
  Workshop shop_;
  size_t kills_ = 0;
};

int run(int argc, char** argv) {
  Harness harness("kills", argc, argv, 1000);
  const auto right = undisturbed();
  auto victim = std::make_unique<Victim>();
  size_t ended = 0, redone = 0;
  const auto replace = [&] {
    victim->end(harness, right);
    redone += victim->redone;
    ++ended;
    victim = std::make_unique<Victim>();
  };
  while (harness.next()) {
    while (!victim->kill_after(std::chrono::microseconds(harness.below(160000)))) replace();
    victim->check(harness, right);
  }
  replace();
  return harness.finish(std::to_string(ended) + " graphs ended right, " + std::to_string(redone) +
                        " nodes in flight redone");
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) { return retort::run(argc, argv); }

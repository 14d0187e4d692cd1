// A training killed at random moments: its final bytes are those of an undisturbed one, no kill costs more than the
// epochs since the last checkpoint, and half of it first comes out as the whole at once.
#include <algorithm>

#include "harness.h"
#include "work_graph.h"

namespace retort {
namespace {

constexpr int kEpochs = 200, kSaveEvery = 10, kMilliseconds = 2;

Json training(int epochs, size_t seed, int milliseconds, const std::filesystem::path& trace) {
  return {{"train",
           {{"type", "test.train"},
            {"seed", seed},
            {"params",
             {{"epochs", epochs},
              {"schedule_epochs", kEpochs},
              {"save_every", kSaveEvery},
              {"milliseconds", milliseconds},
              {"trace", trace.string()}}}}}};
}

std::string straight(size_t seed) {
  Workshop shop;
  shop.graph(training(kEpochs, seed, 0, shop.folder / "trace"));
  shop.run();
  return shop.text("train");
}

/// Epochs in the order in which they were computed.
std::vector<int> epochs_in(const std::filesystem::path& trace) {
  std::vector<int> epochs;
  std::ifstream in(trace);
  for (int epoch; in >> epoch;) epochs.push_back(epoch);
  return epochs;
}

/// The most epochs that one kill made to be computed again; -1 if an epoch was left out.
int longest_redone(const std::vector<int>& epochs) {
  int longest = 0;
  for (size_t i = 1; i < epochs.size(); ++i) {
    if (epochs[i] > epochs[i - 1] + 1) return -1;
    longest = std::max(longest, epochs[i - 1] + 1 - epochs[i]);
  }
  return longest;
}

class Training {
 public:
  explicit Training(size_t seed) : seed_(seed) { ask(kEpochs / 2); }

  /// True if the run was killed, false if it ended before its moment came.
  bool kill_after(std::chrono::microseconds moment) {
    const pid_t run = shop_.start({"run", "g.json"});
    std::this_thread::sleep_for(moment);
    if (waitpid(run, nullptr, WNOHANG) == run) return false;
    kill_tree(run);
    return true;
  }
  /// Half of it is done: now the whole is asked for. False if the whole is done.
  bool go_on(Harness& harness) {
    const Outcome outcome = shop_.retort({"run", "g.json"});
    harness.expect(outcome.code == 0, "the last run ended with " + std::to_string(outcome.code) + ": " + outcome.err);
    if (asked_ == kEpochs) return false;
    ask(kEpochs);
    return true;
  }
  void check(Harness& harness) {
    harness.expect(shop_.text("train") == straight(seed_), "the final bytes differ from those of an undisturbed run");
    const auto epochs = epochs_in(shop_.folder / "trace");
    const int redone = longest_redone(epochs);
    harness.expect(redone >= 0 && redone <= kSaveEvery,
                   std::to_string(redone) + " epochs were computed again after a kill");
    all_redone = epochs.size() - kEpochs;
  }

  size_t all_redone = 0;

 private:
  void ask(int epochs) {
    asked_ = epochs;
    shop_.graph(training(epochs, seed_, kMilliseconds, shop_.folder / "trace"));
  }
  Workshop shop_;
  size_t seed_;
  int asked_ = 0;
};

int run(int argc, char** argv) {
  Harness harness("training", argc, argv, 100);
  size_t seed = 1, trained = 0, redone = 0;
  auto training = std::make_unique<Training>(seed);
  const auto replace = [&] {
    while (training->go_on(harness)) continue;
    training->check(harness);
    redone += training->all_redone;
    ++trained;
    training = std::make_unique<Training>(++seed);
  };
  while (harness.next()) {
    for (int ended = 0; !training->kill_after(std::chrono::microseconds(harness.below(300000))); ++ended)
      if (!training->go_on(harness)) replace();
  }
  replace();
  return harness.finish(std::to_string(trained) + " trainings of " + std::to_string(kEpochs) + " epochs ended equal, " +
                        std::to_string(redone) + " epochs computed again");
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) { return retort::run(argc, argv); }

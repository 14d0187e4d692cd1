// Workers that die of themselves: a segmentation fault, abort, SIGKILL, no memory under a limit of the process. Only
// the node that did it may be touched, and the run must notice at once.
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "events/event_log.h"
#include "harness.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHow[] = {"crash", "abort", "kill", "thread_memory"};
constexpr size_t kVictims = 4, kInnocent = 4;

/// Moments of death in the order of the trace, by node.
std::map<std::string, std::vector<double>> deaths_in(const fs::path& trace) {
  std::map<std::string, std::vector<double>> deaths;
  std::ifstream in(trace);
  std::string mark;
  for (double moment; in >> mark >> moment;) deaths[mark].push_back(moment);
  return deaths;
}

/// Moments at which the run said so: once more, then failed.
std::map<std::string, std::vector<double>> notices_in(const fs::path& runs) {
  std::map<std::string, std::vector<double>> notices;
  for (const auto& run : fs::directory_iterator(runs))
    for (const auto& event : read_events(run.path() / "events.jsonl"))
      if (event["ev"] == "node" && (event["status"] == "waiting" || event["status"] == "failed"))
        notices[event["node"]].push_back(event["t"]);
  return notices;
}

int run(int argc, char** argv) {
  Harness harness("deaths", argc, argv, 64);  // of eight deaths each
  std::vector<double> delays;
  while (harness.next()) {
    Workshop shop;
    Json nodes = Json::object();
    for (size_t i = 0; i < kVictims; ++i) {
      const std::string name = "bad" + std::to_string(i);
      nodes[name] = {
          {"type", "test.misbehave"},
          {"params",
           {{"how", kHow[(i + harness.below(4)) % 4]}, {"mark", name}, {"trace", (shop.folder / "deaths").string()}}}};
    }
    for (size_t i = 0; i < kInnocent; ++i)
      nodes["good" + std::to_string(i)] = {
          {"type", "test.sleep"}, {"params", {{"steps", 3}, {"milliseconds", 5}, {"mark", std::to_string(i)}}}};
    shop.graph(nodes);
    const Outcome outcome = shop.retort({"run", "g.json", "--slots", "2", "--json"}, [] {
      const rlimit memory = {size_t{1} << 30, size_t{1} << 30}, core = {0, 0};
      setrlimit(RLIMIT_AS, &memory);
      setrlimit(RLIMIT_CORE, &core);
    });
    harness.expect(outcome.code == 1, "the run ended with " + std::to_string(outcome.code) + ": " + outcome.err);
    if (outcome.out.empty()) continue;
    const Json ended = Json::parse(outcome.out);
    for (const auto& node : ended.at("nodes")) {
      const std::string name = node["name"], status = node["status"];
      harness.expect(status == (name.rfind("bad", 0) == 0 ? "failed" : "done"), name + " is " + status);
    }
    const auto deaths = deaths_in(shop.folder / "deaths"), notices = notices_in(shop.store_root / "runs");
    for (size_t i = 0; i < kVictims; ++i) {
      const std::string name = "bad" + std::to_string(i);
      if (deaths.count(name) == 0 || deaths.at(name).size() != 2 || notices.at(name).size() != 2) {
        harness.violation(name + " did not die twice");
        continue;
      }
      for (size_t j = 0; j < 2; ++j) delays.push_back(1000 * (notices.at(name)[j] - deaths.at(name)[j]));
    }
  }
  std::sort(delays.begin(), delays.end());
  if (delays.empty()) return harness.finish("nothing died");
  char figures[160];
  std::snprintf(figures, sizeof figures,
                "%zu deaths, noticed after %.1f ms (median), %.1f ms (longest), %zu after 100 ms", delays.size(),
                delays[delays.size() / 2], delays.back(),
                static_cast<size_t>(delays.end() - std::upper_bound(delays.begin(), delays.end(), 100.0)));
  return harness.finish(figures);
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) { return retort::run(argc, argv); }

// `retort gc` again and again beside runs that want what it takes out, with and without a time of grace: no run fails,
// and what each finds in the end is right.
#include <algorithm>
#include <set>

#include "harness.h"

namespace retort {
namespace {

constexpr size_t kRuns = 3, kCollectors = 2;
constexpr size_t kSize = 6000;  // bytes: objects, not texts in records
const std::vector<std::string> kSuffixes = {"a", "b", "c"};

class Beside {
 public:
  Beside() {
    Json nodes = {{"hello", {{"type", "test.text"}, {"params", {{"text", "hi"}, {"size", kSize}}}}}};
    std::string from = "hello";
    for (const char* name : {"one", "two", "three", "four"}) {
      nodes[name] = {{"type", "test.copy"}, {"inputs", {{"from", from}}}, {"params", {{"suffix", "!"}}}};
      nodes[std::string(name) + "_end"] = {{"type", "test.copy"}, {"inputs", {{"from", from}}}};
      from = name;
    }
    shop_.graph(nodes);
  }

  void round(Harness& harness) {
    std::vector<pid_t> runs, collectors(kCollectors, 0);
    for (size_t i = 0; i < kRuns; ++i)
      runs.push_back(
          start("run" + std::to_string(i), {"run", "g.json", "--set", "two.suffix=" + pick(harness, kSuffixes)}));
    const std::vector<std::string> graces = {"0", "0", "1h"};
    std::vector<std::string> how(kCollectors);
    for (size_t going = kRuns; going > 0;) {
      for (size_t i = 0; i < kCollectors; ++i) {
        if (collectors[i] != 0 && !ended(collectors[i])) continue;
        if (collectors[i] != 0) judge(harness, "gc" + std::to_string(i), "gc --grace " + how[i], collectors[i]);
        how[i] = pick(harness, graces);
        collectors[i] = start("gc" + std::to_string(i), {"gc", "--to", "0", "--cited-too", "--grace", how[i]});
        ++collections;
      }
      for (size_t i = 0; i < kRuns; ++i) {
        if (runs[i] == 0 || !ended(runs[i])) continue;
        judge(harness, "run" + std::to_string(i), "run", runs[i]);
        again += count(said("run" + std::to_string(i)), "is computed again");
        runs[i] = 0;
        --going;
      }
      ::usleep(500);
    }
    for (size_t i = 0; i < kCollectors; ++i) {
      while (!ended(collectors[i])) ::usleep(500);
      judge(harness, "gc" + std::to_string(i), "gc --grace " + how[i], collectors[i]);
    }
    check(harness);
  }

  size_t collections = 0, again = 0;

 private:
  template <class T>
  static const T& pick(Harness& harness, const std::vector<T>& from) {
    return from[harness.below(from.size())];
  }
  static size_t count(const std::string& text, const std::string& words) {
    size_t found = 0;
    for (size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) ++found;
    return found;
  }

  std::filesystem::path file(const std::string& name) { return shop_.folder / name; }
  std::string said(const std::string& name) { return read_file(file(name)); }

  pid_t start(const std::string& name, const std::vector<std::string>& words) {
    return shop_.start(words, [to = file(name).string()] {
      const int out = open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
      dup2(out, STDOUT_FILENO);
      dup2(out, STDERR_FILENO);
    });
  }

  /// Left as a zombie, so that its code can be asked for.
  static bool ended(pid_t process) {
    siginfo_t about = {};
    return ::waitid(P_PID, static_cast<id_t>(process), &about, WEXITED | WNOHANG | WNOWAIT) == 0 && about.si_pid != 0;
  }

  void judge(Harness& harness, const std::string& name, const std::string& what, pid_t process) {
    int status = 0;
    waitpid(process, &status, 0);
    harness.expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, what + " failed:\n" + said(name));
  }

  /// Nothing was taken for damaged, and a run on what was left finds or makes all that it needs.
  void check(Harness& harness) {
    for (const auto& entry : std::filesystem::directory_iterator(shop_.store_root / "trash"))
      if (!entry.is_directory() && damaged_.insert(entry.path().filename()).second)
        harness.violation(entry.path().filename().string() + " was taken for damaged");
    const Outcome last = shop_.retort({"run", "g.json", "--set", "two.suffix=a"});
    harness.expect(last.code == 0, "the run after it: " + last.err);
    std::string right = "hi" + std::string(kSize - 2, '.');
    right += "!a!!";
    harness.expect(shop_.text("four") == right, "the run after it has another text");
  }

  Workshop shop_;
  std::set<std::string> damaged_;  ///< said already
};

int run(int argc, char** argv) {
  Harness harness("gc_runs", argc, argv, 200);
  Beside beside;
  while (harness.next()) beside.round(harness);
  return harness.finish(std::to_string(kRuns) + " runs a round beside " + std::to_string(beside.collections) +
                        " collections, " + std::to_string(beside.again) + " results computed again under a run");
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) { return retort::run(argc, argv); }

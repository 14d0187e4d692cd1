// Every call by which a command looks at the store or reads from it fails, once or from then on, as it does on a
// network file system that comes and goes, for a user without rights, or in a process with too many files. Whatever
// comes of the command, no record and no object is moved or lost: nothing was read that was wrong.
#include <cerrno>
#include <cstring>

#include "fault.h"
#include "harness.h"
#include "store/check.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

const std::vector<std::vector<std::string>> kCommands = {
    {"ls"},   {"plan", "g.json"},         {"run", "g.json"},    {"run", "g.json", "--set", "copy.suffix=?"},
    {"gc"},   {"gc", "--older", "1000d"}, {"gc", "--to", "1G"}, {"why", "g.json", "copy"},
    {"fsck"}, {"report", "g.json"},       {"table", "g.json"},  {"pin"}};

class Faults {
 public:
  Faults() {
    shop_.graph({{"hello", {{"type", "test.text"}, {"params", {{"text", "hi"}, {"size", 10000}}}}},
                 {"copy", {{"type", "test.copy"}, {"inputs", {{"from", "hello"}}}, {"params", {{"suffix", "!"}}}}},
                 {"last", {{"type", "test.copy"}, {"inputs", {{"from", "copy"}}}, {"params", {{"suffix", "!"}}}}}});
    shop_.run();
    write_file(counter_, std::string(8, '\0'));
    fs::copy(shop_.store_root, kept_, fs::copy_options::recursive);
  }

  void round(Harness& harness) {
    const auto& words = kCommands[harness.below(kCommands.size())];
    constexpr int kErrors[] = {ESTALE, EIO, EACCES, EMFILE, ENOMEM};
    const int error = kErrors[harness.below(std::size(kErrors))];
    const bool sticky = harness.below(2) == 0;
    restore();
    const uint64_t calls = run(words, 0, error, false).second;
    restore();
    const uint64_t at = 1 + harness.below(calls);
    const auto [outcome, counted] = run(words, at, error, sticky);
    std::string what = ::strerrordesc_np(error) + std::string(" at call ") + std::to_string(at) + " of " +
                       std::to_string(calls) + (sticky ? " and after, retort" : ", retort");
    for (const auto& word : words) what += " " + word;
    outcome.code == 0 ? ++passed : ++failed;
    harness.expect(outcome.code >= 0 && outcome.code <= 4,
                   what + ": exit code " + std::to_string(outcome.code) + "\n" + outcome.err);
    harness.expect(outcome.err.find("internal error") == std::string::npos, what + ": " + outcome.err);
    check(harness, what);
  }

  size_t passed = 0, failed = 0;

 private:
  void restore() {
    fs::remove_all(shop_.store_root);
    fs::copy(kept_, shop_.store_root, fs::copy_options::recursive);
  }

  std::pair<Outcome, uint64_t> run(const std::vector<std::string>& words, uint64_t at, int error, bool sticky) {
    write_file(counter_, std::string(8, '\0'));
    Outcome outcome = shop_.retort(words, [&] {
      setenv("LD_PRELOAD", FAULT_LIBRARY, 1);
      setenv("RETORT_FAULT_UNDER", shop_.store_root.c_str(), 1);
      setenv("RETORT_FAULT_READS", "1", 1);
      setenv("RETORT_FAULT_COUNTER", counter_.c_str(), 1);
      setenv("RETORT_FAULT_AT", std::to_string(at).c_str(), 1);
      setenv("RETORT_FAULT_ERRNO", std::to_string(error).c_str(), 1);
      setenv("RETORT_FAULT_STICKY", sticky ? "1" : "0", 1);
    });
    uint64_t calls = 0;
    std::memcpy(&calls, read_file(counter_).data(), sizeof calls);
    return {std::move(outcome), calls};
  }

  /// Everything that was there is there, and nothing was set aside.
  void check(Harness& harness, const std::string& what) {
    for (const char* folder : {"results", "objects"})
      for (const auto& entry : fs::recursive_directory_iterator(kept_ / folder)) {
        const fs::path name = entry.path().lexically_relative(kept_);
        harness.expect(fs::exists(shop_.store_root / name), what + ": " + name.string() + " is gone");
      }
    for (const auto& entry : fs::directory_iterator(shop_.store_root / "trash"))
      harness.expect(entry.is_directory(), what + ": " + entry.path().filename().string() + " was taken for damaged");
    const Outcome next = shop_.retort({"run", "g.json"});
    harness.expect(next.code == 0 && next.out.find("3 already there") != std::string::npos,
                   what + ": the next run does not find its results\n" + next.out + next.err);
  }

  Workshop shop_;
  std::string counter_ = shop_.folder / "calls";
  fs::path kept_ = shop_.folder.path() / "kept";
};

int run(int argc, char** argv) {
  Harness harness("reads", argc, argv, 1000);
  Faults faults;
  while (harness.next()) faults.round(harness);
  return harness.finish(std::to_string(faults.failed) + " commands ended with the reason, " +
                        std::to_string(faults.passed) + " went on");
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) { return retort::run(argc, argv); }

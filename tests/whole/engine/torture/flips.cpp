// One flipped bit or one truncation, somewhere in a store, then the same command again: it must be noticed before it is
// used, healed, and the result right.
#include <algorithm>
#include <csignal>
#include <map>

#include "harness.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr size_t kTruncations = 6;  // one in so many rounds
constexpr int kSteps = 8;

class Flips {
 public:
  Flips() {
    // Three long texts, two steps each; the last step is another in every round, so that it reads what was damaged.
    Json nodes = {{"slow", {{"type", "test.sleep"}, {"params", {{"steps", kSteps}, {"milliseconds", 0}}}}}};
    for (const char* name : {"a", "b", "c"}) {
      const std::string one = name;
      nodes[one] = {{"type", "test.text"}, {"params", {{"text", one}, {"size", 6000}}}};
      nodes[one + "1"] = {{"type", "test.copy"}, {"inputs", {{"from", one}}}, {"params", {{"suffix", "+"}}}};
      nodes[one + "2"] = {{"type", "test.copy"}, {"inputs", {{"from", one + "1"}}}};
    }
    shop_.graph(nodes);
    run("first", 0);
  }

  void round(Harness& harness) {
    const std::string mark = "r" + std::to_string(harness.round());
    const size_t kind = harness.below(classes_.size());
    if (classes_[kind] == "checkpoints") leave_checkpoint(mark);
    const auto files = files_of(classes_[kind]);
    if (files.empty()) return;
    const fs::path file = files[harness.below(files.size())];
    const std::string what = damage(harness, file);
    ++damaged_[classes_[kind]];
    cut_ += what.find(" cut off at ") != std::string::npos;
    Outcome outcome = run(mark, 0);
    // What nobody reads in a run is found by who reads it: the command that shows or exports it.
    harness.expect(outcome.code == 0, what + ": exit code " + std::to_string(outcome.code) + "\n" + outcome.err);
    for (const char* name : {"a", "b", "c"}) expect_text(harness, what, name, mark);
    expect_steps(harness, what, mark);
    if (classes_[kind] == "logs") expect_said(harness, what, file);
    // What lies in results that this graph uses no more, only a check meets; the store is whole again then.
    const int found = shop_.retort({"fsck"}).code;
    harness.expect(found == 0 || found == 3, what + ": fsck ends with " + std::to_string(found));
    if (found != 3) return;
    harness.expect(shop_.retort({"fsck"}).code == 0, what + ": fsck left something");
    ++checked_;
  }

  std::string figures() const {
    size_t all = 0;
    for (const auto& [kind, count] : damaged_) all += count;
    std::string text = std::to_string(all - cut_) + " bits flipped, " + std::to_string(cut_) + " files cut off";
    for (const auto& [kind, count] : damaged_) text += ", " + std::to_string(count) + " in " + kind;
    return text + "; " + std::to_string(checked_) + " of them only a check could meet";
  }

 private:
  Outcome run(const std::string& mark, int milliseconds) {
    std::vector<std::string> words = {
        "run", "g.json", "--set", "slow.mark=" + mark, "--set", "slow.milliseconds=" + std::to_string(milliseconds)};
    for (const char* name : {"a", "b", "c"}) {
      words.push_back("--set");
      words.push_back(std::string(name) + "2.suffix=" + mark);
    }
    return shop_.retort(words);
  }

  /// Killed half-way: the round's `slow` has a save.
  void leave_checkpoint(const std::string& mark) {
    const pid_t child = shop_.start({"run", "g.json", "--set", "slow.mark=" + mark, "--set", "slow.milliseconds=20"});
    Workshop::wait_for([&] { return files_of("checkpoints").size() >= 2; });
    kill_tree(child);
  }

  std::vector<fs::path> files_of(const std::string& kind) {
    static const std::map<std::string, std::vector<std::string>> folders = {{"records", {"results"}},
                                                                            {"objects", {"objects"}},
                                                                            {"checkpoints", {"checkpoints"}},
                                                                            {"logs", {"runs"}},
                                                                            {"aids", {"names", "sources", "plans"}}};
    std::vector<fs::path> files;
    if (kind == "format") return {shop_.store_root / "format"};
    for (const auto& folder : folders.at(kind)) {
      std::error_code none;
      for (const auto& entry : fs::recursive_directory_iterator(shop_.store_root / folder, none)) {
        if (!entry.is_regular_file(none) || entry.file_size(none) == 0) continue;
        if (kind == "logs" && entry.path().filename() != "events.jsonl") continue;
        if (entry.path().filename().string().find(".tmp") == std::string::npos) files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  static std::string damage(Harness& harness, const fs::path& file) {
    std::string bytes = read_file(file);
    const size_t at = harness.below(bytes.size());
    const bool cut = harness.below(kTruncations) == 0;
    if (cut) {
      bytes.resize(at);
    } else {
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << harness.below(8)));
    }
    const auto time = fs::last_write_time(file);
    fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
    write_file(file, bytes);
    fs::last_write_time(file, time);  // a disk does not tell
    return file.string() + (cut ? " cut off at " : " flipped at ") + std::to_string(at);
  }

  void expect_text(Harness& harness, const std::string& what, const std::string& name, const std::string& mark) {
    std::string text = name;
    text.resize(6000, '.');
    Outcome outcome = shop_.retort({"export", name + "2", "exported"});
    if (outcome.code != 0) {
      // The damage was in what the graph ends with: export noticed, another run heals.
      harness.expect(
          outcome.err.find("SHA-256 is") != std::string::npos || outcome.err.find("is missing") != std::string::npos,
          what + ": " + outcome.err);
      harness.expect(run(mark, 0).code == 0, what + ": it is not healed");
      outcome = shop_.retort({"export", name + "2", "exported"});
    }
    harness.expect(outcome.code == 0 && read_file(shop_.folder.path() / "exported" / "text.txt") == text + "+" + mark,
                   what + ": the text of " + name + " is wrong " + outcome.err);
  }

  void expect_steps(Harness& harness, const std::string& what, const std::string& mark) {
    std::string all;
    for (int i = 0; i < kSteps; ++i) all += std::to_string(i) + " ";
    const Outcome outcome = shop_.retort({"export", "slow", "exported"});
    harness.expect(outcome.code == 0 && read_file(shop_.folder.path() / "exported" / "text.txt") == all + mark,
                   what + ": the steps are wrong " + outcome.err);
  }

  void expect_said(Harness& harness, const std::string& what, const fs::path& file) {
    const Outcome outcome = shop_.retort({"log", file.parent_path().filename().string()});
    harness.expect(outcome.code == 0, what + ": log ends with " + std::to_string(outcome.code) + " " + outcome.err);
    // Cut off between two lines, what is missing is the end.
    const bool said =
        outcome.err.find("events.jsonl: ") != std::string::npos || outcome.out.find("done after") == std::string::npos;
    harness.expect(said, what + ": the log does not say it");
    fs::remove_all(file.parent_path());
  }

  Workshop shop_;
  std::vector<std::string> classes_ = {"records", "objects", "checkpoints", "logs", "aids", "format"};
  std::map<std::string, size_t> damaged_;
  size_t checked_ = 0, cut_ = 0;
};

int run(int argc, char** argv) {
  Harness harness("flips", argc, argv, 1200);
  Flips flips;
  while (harness.next()) flips.round(harness);
  return harness.finish(flips.figures());
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) { return retort::run(argc, argv); }

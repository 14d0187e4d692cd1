// A store that others may write to, in which somebody put a symbolic link in the place of a file or a folder, or where
// one will be made; the link leads to something of this user's. Whatever command comes: what it leads to stays as it
// is, and the run after the link is gone gives what it should.
#include <algorithm>

#include "core/digest.h"
#include "harness.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

const std::vector<std::vector<std::string>> kCommands = {{"run", "g.json"},
                                                         {"run", "g.json", "--set", "copy.suffix=?"},
                                                         {"run", "g.json", "--set", "hello.size=9000"},
                                                         {"gc"},
                                                         {"gc", "--to", "0", "--grace", "0"},
                                                         {"gc", "--to", "0", "--cited-too"},
                                                         {"fsck"},
                                                         {"pin", "copy"},
                                                         {"unpin", "hello"},
                                                         {"plan", "g.json"},
                                                         {"ls"},
                                                         {"import", "results.tar"}};

class Links {
 public:
  Links() {
    ::umask(0);
    shop_.graph({{"hello", {{"type", "test.text"}, {"params", {{"text", "hi"}, {"size", 10000}}}}},
                 {"copy", {{"type", "test.copy"}, {"inputs", {{"from", "hello"}}}, {"params", {{"suffix", "!"}}}}},
                 {"train", {{"type", "test.train"}, {"params", {{"epochs", 2}}}}}});
    fs::create_directory(shop_.store_root);
    fs::permissions(shop_.store_root, static_cast<fs::perms>(0777));
    shop_.run();
    shop_.retort({"pin", "hello"});
    shop_.retort({"gc", "--to", "0"});
    shop_.retort({"export", "--archive", "results.tar", "copy"});
    fs::copy(shop_.store_root, kept_, fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(kept_))
      places_.push_back(entry.path().lexically_relative(kept_));
    std::sort(places_.begin(), places_.end());
  }

  void round(Harness& harness) {
    fs::remove_all(shop_.store_root);
    fs::remove_all(mine_);
    fs::copy(kept_, shop_.store_root, fs::copy_options::recursive);
    fs::permissions(shop_.store_root, static_cast<fs::perms>(0777));
    const fs::path place = places_[harness.below(places_.size())], at = shop_.store_root / place;
    const bool folder = fs::is_directory(at);
    // What is linked to looks as what was there: a reader may go on, a writer must not.
    fs::create_directory(mine_);
    fs::rename(at, mine_ / "linked");
    write_file(mine_ / "file", "mine");
    const bool dangling = harness.below(4) == 0;
    const fs::path target = dangling                ? mine_ / "not there"
                            : harness.below(2) == 0 ? mine_ / "linked"
                            : folder                ? mine_
                                                    : mine_ / "file";
    fs::create_symlink(target, at);
    const auto before = mine();
    const auto& words = kCommands[harness.below(kCommands.size())];
    const Outcome outcome = shop_.retort(words);
    std::string what = place.string() + " -> " + target.filename().string() + ", retort";
    for (const auto& word : words) what += " " + word;
    harness.expect(mine() == before, what + ": what the link leads to is not as it was\n" + outcome.out + outcome.err);
    harness.expect(outcome.code >= 0 && outcome.code <= 4 && outcome.err.find("internal error") == std::string::npos,
                   what + ": exit code " + std::to_string(outcome.code) + "\n" + outcome.err);
    (outcome.code == 0 ? went_on : refused) += 1;
    if (fs::is_symlink(at)) fs::remove(at);
    const Outcome next = shop_.retort({"run", "g.json"});
    harness.expect(next.code == 0, what + ": the next run ends with " + std::to_string(next.code) + "\n" + next.err);
    harness.expect(mine() == before, what + ": the next run changed what the link led to");
  }

  size_t went_on = 0, refused = 0;

 private:
  /// What is outside the store, with its modes and bytes.
  std::vector<std::string> mine() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(mine_))
      all.push_back(entry.path().lexically_relative(mine_).string() + " " +
                    std::to_string(static_cast<int>(entry.status().permissions())) +
                    (entry.is_regular_file() ? " " + sha256_file(entry.path()) : ""));
    std::sort(all.begin(), all.end());
    return all;
  }

  Workshop shop_;
  fs::path kept_ = shop_.folder.path() / "kept", mine_ = shop_.folder.path() / "mine";
  std::vector<fs::path> places_;
};

int run(int argc, char** argv) {
  Harness harness("links", argc, argv, 1000);
  Links links;
  while (harness.next()) links.round(harness);
  return harness.finish(std::to_string(links.refused) + " commands ended with the reason, " +
                        std::to_string(links.went_on) + " went on");
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) { return retort::run(argc, argv); }

// A store in which somebody forged a file: one value of its JSON is odd (a name that leads elsewhere or writes to a
// terminal, another type, gone), and its checksum right. Whatever command comes: it ends with an answer, writes nothing
// outside the store, and the run after it gives what it should.
#include <algorithm>

#include "core/digest.h"
#include "harness.h"
#include "whole/fuzz/structured.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

const std::vector<std::vector<std::string>> kCommands = {{"ls"},
                                                         {"ls", "g.json"},
                                                         {"plan", "g.json"},
                                                         {"why", "g.json", "copy"},
                                                         {"show", "copy"},
                                                         {"log"},
                                                         {"runs"},
                                                         {"table", "g.json"},
                                                         {"report", "g.json"},
                                                         {"report", "--run"},
                                                         {"gc"},
                                                         {"gc", "--to", "0"},
                                                         {"fsck"},
                                                         {"pin", "copy"},
                                                         {"unpin", "copy"},
                                                         {"export", "copy", "there"},
                                                         {"export", "--archive", "there.tar", "copy"},
                                                         {"run", "g.json"},
                                                         {"run", "g.json", "--set", "copy.suffix=?"},
                                                         {"diff", "g.json", "copy", "hello"},
                                                         {"carry", "g.json"}};

class Forgery {
 public:
  Forgery() {
    shop_.graph({{"hello", {{"type", "test.text"}, {"params", {{"text", "hi"}, {"size", 10000}}}}},
                 {"copy", {{"type", "test.copy"}, {"inputs", {{"from", "hello"}}}, {"params", {{"suffix", "!"}}}}},
                 {"bad", {{"type", "test.misbehave"}, {"params", {{"how", "error"}}}}}});
    shop_.retort({"run", "g.json"});
    shop_.retort({"pin", "hello", "--why", "kept"});
    fs::copy(shop_.store_root, kept_, fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(kept_))
      if (entry.is_regular_file()) files_.push_back(entry.path().lexically_relative(kept_));
    std::sort(files_.begin(), files_.end());
  }

  void round(Harness& harness) {
    std::mt19937 random(static_cast<unsigned>(harness.random()()));
    Structured structured(random);
    restore();
    fs::path file;
    std::string forged;
    do {
      file = structured.one_of(files_);
      forged = forge(read_file(kept_ / file), structured);
    } while (forged == read_file(kept_ / file));
    fs::remove(shop_.store_root / file);
    write_file(shop_.store_root / file, forged);
    const auto& words = structured.one_of(kCommands);
    std::string what = file.string() + ", retort";
    for (const auto& word : words) what += " " + word;
    const auto before = outside();
    const Outcome outcome = shop_.retort(words);
    what += "\n" + forged.substr(0, 3000);
    ++forged_;
    harness.expect(outcome.code >= 0 && outcome.code <= 6,
                   "exit code " + std::to_string(outcome.code) + "\n" + outcome.err + what);
    harness.expect(outcome.err.find("internal error") == std::string::npos, outcome.err + what);
    harness.expect((outcome.out + outcome.err).find('\x1b') == std::string::npos, "ESC was printed: " + what);
    harness.expect(outside() == before, "something outside the store came, went or changed: " + what);
    const Outcome next = shop_.retort({"run", "g.json", "--set", "copy.suffix=!"});
    harness.expect(next.code == 1 || next.code == 2 || next.code == 4, "the next run: " + next.out + next.err + what);
    answered_ += outcome.code == 0;
  }

  std::string figures() const {
    return std::to_string(forged_) + " files forged, " + std::to_string(answered_) + " commands went on";
  }

 private:
  void restore() {
    for (const fs::path& one : {shop_.store_root, shop_.folder / "there", shop_.folder / "there.tar"})
      fs::remove_all(one);
    fs::copy(kept_, shop_.store_root, fs::copy_options::recursive);
  }

  /// Sealed texts, lines with sums, records and plain JSON, each whole again; other files are left as they are.
  static std::string forge(const std::string& whole, Structured& structured) {
    if (unsealed(whole)) return resealed(whole, structured);
    const auto dump = [](const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); };
    if (const Json json = Json::parse(whole, nullptr, false); !json.is_discarded())
      return dump(structured.changed(json));
    std::vector<std::string> lines;
    for (size_t at = 0; at < whole.size();) {
      const size_t end = std::min(whole.find('\n', at), whole.size());
      lines.push_back(whole.substr(at, end - at));
      at = end + 1;
    }
    if (lines.empty()) return whole;
    std::string& line = lines[structured.below(lines.size())];
    Json event = Json::parse(line, nullptr, false);
    if (!event.is_object() || !event.contains("sum")) return whole;
    event.erase("sum");
    line = dump(structured.changed(event));
    if (line.back() == '}') {
      line.pop_back();
      line += ",\"sum\":\"" + sha256_hex(line).substr(0, 16) + "\"}";
    }
    std::string made;
    for (const auto& one : lines) made += one + "\n";
    return made;
  }

  /// Every file beside the store, with its bytes.
  std::vector<std::string> outside() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(shop_.folder.path())) {
      const std::string name = entry.path().lexically_relative(shop_.folder.path());
      if (name.rfind("store", 0) == 0 || name.rfind("there", 0) == 0 || name == "out" || name == "err" ||
          name == "report.html")
        continue;
      all.push_back(name + (entry.is_regular_file() ? " " + sha256_file(entry.path()) : ""));
    }
    std::sort(all.begin(), all.end());
    return all;
  }

  Workshop shop_;
  fs::path kept_ = shop_.folder.path() / "kept";
  std::vector<fs::path> files_;
  size_t forged_ = 0, answered_ = 0;
};

int run(int argc, char** argv) {
  Harness harness("forged", argc, argv, 1000);
  Forgery forgery;
  while (harness.next()) forgery.round(harness);
  return harness.finish(forgery.figures());
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) { return retort::run(argc, argv); }

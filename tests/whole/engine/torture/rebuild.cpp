// Plugins, the library behind one and a component that artifacts name, built again under a running graph: in every
// order and every way that builds, installations and people put files in place, at random moments. Whatever is stored
// must be what the code named by its key gives.
#include <algorithm>
#include <array>
#include <atomic>
#include <set>

#include "harness.h"
#include "work_graph.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int kChains = 3, kLength = 4, kSteps = 5, kMilliseconds = 6;

/// Which build of each part is in place.
struct Builds {
  int own = 1, answer = 1, part = 1;
  std::string change() const { return "change" + std::to_string(own) + std::to_string(answer); }
};

std::string read_variant(const std::string& folder, const std::string& file) {
  return read_file(fs::path(TEST_VARIANTS) / folder / file);
}

std::string identity_in(const std::string& manifest) {
  return Json::parse(manifest).at("code").at("identity").get<std::string>();
}

/// Puts builds in place in the folder that plugins are taken from.
class Builder {
 public:
  Builder(Harness& harness, fs::path folder) : harness_(harness), folder_(std::move(folder)) {
    fs::create_directories(folder_);
    write_file(folder_ / "libanswer.so.members", read_variant("answer1", "libanswer.so.members"));
    for (const auto& file : all()) write_file(folder_ / file.name, file.bytes);
    fs::permissions(folder_ / "change.so", fs::perms::owner_all);
  }

  const Builds& builds() const { return builds_; }

  /// One of the parts becomes the other build, or is built again as it was.
  void change() {
    const auto other = [&](int& number) { number = 1 + static_cast<int>(harness_.below(2)); };
    std::vector<File> files;
    if (const size_t what = only_ < 3 ? only_ : harness_.below(3); what == 0) {
      other(builds_.part);
      files = {library("part.so"), manifest("part.json")};
    } else {
      other(what == 1 ? builds_.own : builds_.answer);
      if (what == 2) files = {library("libanswer.so")};
      files.push_back(library("change.so"));
      files.push_back(manifest("change.json"));
    }
    if (harness_.below(3) == 0) std::reverse(files.begin(), files.end());  // copied in another order than built
    const size_t way = harness_.below(kWays);
    for (const auto& file : files) {
      put(file, file.is_library ? way : kRename);
      pause();
    }
  }

 private:
  struct File {
    std::string name, bytes;
    bool is_library;
  };
  enum : size_t { kLink, kRename, kCopy, kOverwrite, kWays };

  File library(const std::string& name) const { return {name, read_variant(folder_of(name), name), true}; }
  File manifest(const std::string& name) const { return {name, read_variant(folder_of(name), name), false}; }
  std::string folder_of(const std::string& name) const {
    if (name == "libanswer.so") return "answer" + std::to_string(builds_.answer);
    return name.rfind("part.", 0) == 0 ? "part" + std::to_string(builds_.part) : builds_.change();
  }
  std::vector<File> all() const {
    return {library("libanswer.so"), library("change.so"), manifest("change.json"), library("part.so"),
            manifest("part.json")};
  }

  /// As a linker (a new file, written in pieces), an installation (renamed into place), `cp` (emptied and written in
  /// place) or `rsync --inplace` (written over) does it.
  void put(const File& file, size_t way) {
    const fs::path path = folder_ / file.name;
    if (way == kLink) fs::remove(path);
    const fs::path target = way == kRename ? fs::path(path.string() + ".new") : path;
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (way == kOverwrite ? 0 : O_TRUNC);
    const int out = ::open(target.c_str(), flags, 0755);
    for (size_t from = 0, piece = 1 + file.bytes.size() / 3; from < file.bytes.size(); from += piece) {
      const auto bytes = std::string_view(file.bytes).substr(from, piece);
      if (::write(out, bytes.data(), bytes.size()) < 0) std::abort();
      if (way != kRename) pause();
    }
    if (::ftruncate(out, static_cast<off_t>(file.bytes.size())) != 0) std::abort();
    ::close(out);
    if (way == kRename) fs::rename(target, path);
  }

  /// Mostly short, as between the writes of one program; at times as long as a link takes.
  void pause() {
    std::this_thread::sleep_for(std::chrono::microseconds(harness_.below(harness_.below(4) == 0 ? 150000 : 8000)));
  }

  Harness& harness_;
  const size_t only_ = harness_.below(6);  ///< of this round: the part that changes; from 3 on: any
  const fs::path folder_;
  Builds builds_;
};

/// What each code identity stands for: "12" of a node, "1" of a component.
std::map<std::string, std::string> known_codes() {
  std::map<std::string, std::string> known;
  for (const std::string own : {"1", "2"}) {
    known[identity_in(read_variant("part" + own, "part.json"))] = own;
    for (const std::string answer : {"1", "2"})
      known[identity_in(read_variant("change" + own + answer, "change.json"))] = own + answer;
  }
  return known;
}

/// Each chain begins with a node that names the component and goes on with nodes that take it from their input.
Json chains() {
  Json nodes = Json::object();
  for (int chain = 0; chain < kChains; ++chain)
    for (int i = 0; i < kLength; ++i) {
      const auto name = [&](int n) { return "n" + std::to_string(chain) + "_" + std::to_string(n); };
      Json node = {{"type", "test.change"},
                   {"params", {{"steps", kSteps}, {"milliseconds", kMilliseconds}, {"tag", 10 * chain + i}}}};
      if (i == 0)
        node["params"]["part"] = {{"type", "test.part"}};
      else
        node["inputs"] = {{"from", name(i - 1)}};
      nodes[name(i)] = node;
    }
  return nodes;
}

class Round {
 public:
  Round(Harness& harness, const std::map<std::string, std::string>& codes)
      : harness_(harness), codes_(codes), builder_(harness, shop_.folder / "plugins") {
    shop_.graph(chains());
  }

  void play() {
    for (int run = 0; run < 3; ++run) {
      const pid_t child = start();
      while (!ended(child)) {
        std::this_thread::sleep_for(std::chrono::microseconds(harness_.below(150000)));
        builder_.change();
        ++changes;
      }
      ++runs;
      check();
    }
    const Outcome last = shop_.finish(start({"--json"}));
    harness_.expect(last.code == 0,
                    "the run after all changes ended with " + std::to_string(last.code) + ": " + last.err);
    check();
    if (last.code == 0) check_last(Json::parse(last.out));
  }

  size_t changes = 0, runs = 0, results = 0, refused = 0;

 private:
  pid_t start(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"run", "g.json", "--slots", "2", "--plain"});
    return shop_.start(more, [&] { setenv("RETORT_PLUGIN_PATH", (shop_.folder / "plugins").c_str(), 1); });
  }

  /// Nodes may fail because their code is not there any more, never because of anything else.
  bool ended(pid_t child) {
    int status = 0;
    if (waitpid(child, &status, WNOHANG) != child) return false;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    refused += code != 0;
    return true;
  }

  std::string expected(const Record& record) {
    std::vector<std::string> parts;
    for (size_t at = 0; (at = record.key_text.find("code ", at)) != std::string::npos; at += 5)
      parts.push_back(codes_.at(record.key_text.substr(at + 5, 64)));
    if (parts.size() == 1) parts.push_back(codes_.at(record.outputs.at("out").meta.at("part").at("code")));
    std::string text;
    for (int i = 0; i < kSteps; ++i) text += parts[0] + parts[1] + "\n";
    return text;
  }

  void check() {
    const Store store = shop_.store();
    for (const auto& key : store.keys()) {
      const auto record = store.find(key);
      harness_.expect(record.has_value(), "a damaged record");
      if (!record) continue;
      const std::string text = record->outputs.at("out").files.at(0).text, right = expected(*record);
      results += seen_.insert(key).second;
      harness_.expect(text == right, key.substr(0, 12) + " holds \"" + one_line(text) + "\", its code gives \"" +
                                         one_line(right) + "\"");
    }
  }

  /// After the last change everything is of the builds that are in place.
  void check_last(const Json& run) {
    const Builds& builds = builder_.builds();
    const std::string right =
        std::to_string(builds.own) + std::to_string(builds.answer) + std::to_string(builds.part) + "\n";
    for (const auto& node : run.at("nodes")) {
      const auto record = shop_.store().find(node.at("key").get<std::string>());
      const std::string text = record ? record->outputs.at("out").files.at(0).text : "nothing";
      harness_.expect(text.rfind(right, 0) == 0,
                      "the last run gave \"" + one_line(text) + "\", not " + one_line(right));
    }
  }

  static std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
  }

  Harness& harness_;
  const std::map<std::string, std::string>& codes_;
  Workshop shop_;
  Builder builder_;
  std::set<std::string> seen_;
};

int run(int argc, char** argv) {
  Harness harness("rebuild", argc, argv, 50);
  const auto codes = known_codes();
  size_t changes = 0, runs = 0, results = 0, refused = 0;
  while (harness.next()) {
    Round round(harness, codes);
    round.play();
    changes += round.changes;
    runs += round.runs;
    results += round.results;
    refused += round.refused;
  }
  return harness.finish(std::to_string(changes) + " changes under " + std::to_string(runs) + " runs, " +
                        std::to_string(refused) + " of which lost the code of a node; " + std::to_string(results) +
                        " results compared");
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) { return retort::run(argc, argv); }

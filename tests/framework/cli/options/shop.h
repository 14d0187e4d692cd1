#pragma once
// What the tests of options look at: a folder with a graph that was run, and what the commands show of it.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "events/event_log.h"
#include "whole/engine/workshop.h"

namespace retort {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;
using NameSet = std::set<std::string>;
using Before = std::function<void()>;

Words operator+(Words words, const Words& more);

/// What the shop's store holds once its graph was run: results of seven nodes, and the kept state of the training,
/// which no run cites.
inline constexpr size_t kCited = 7, kKept = kCited + 1;

/// A text, a copy of it, a toy training, and scores of the copy over two offsets and two seeds, with their table.
struct Shop : Workshop {
  Shop() {
    graph({{"hello", {{"type", "test.text"}, {"params", {{"text", "hi"}}}}},
           {"copy", {{"type", "test.copy"}, {"inputs", {{"from", "hello"}}}, {"params", {{"suffix", "!"}}}}},
           {"train", {{"type", "test.train"}, {"params", {{"epochs", 2}}}}},
           {"score", {{"type", "test.score"}, {"inputs", {{"from", "copy"}}}}}},
          {{"sweep",
            {{"axes", {{"offset", {{"path", "score.offset"}, {"values", {1, 5}}}}}},
             {"replicate", {{"seed", {0, 1}}, {"nodes", {"score"}}}}}},
           {"tables", {{{"title", "Scores"}, {"node", "score"}, {"metrics", {"score"}}, {"rows", {"offset"}}}}}});
  }
  std::string other() const { return folder / "other"; }
  bool other_is_a_store() const { return fs::exists(fs::path(other()) / "format"); }
  std::string newest() {
    std::string last;
    for (const auto& entry : fs::directory_iterator(store_root / "runs"))
      last = std::max(last, entry.path().filename().string());
    return last;
  }
  std::vector<Json> events() { return read_events(store_root / "runs" / newest() / "events.jsonl"); }
  bool is_over() { return !has_writer(store_root / "runs" / newest() / "events.jsonl"); }

  /// All that a command lets one see: its code, what it prints, the file it writes, the page it serves.
  std::string seen(const Words& words, const Before& before = {}) {
    if (words[0] == "serve") return served(words, before);
    const Outcome outcome = retort(words, before);
    std::string text = std::to_string(outcome.code) + "\n" + outcome.out + outcome.err;
    if (words[0] == "report" && outcome.code == 0) text += read_file(folder / "report.html");
    return text;
  }
  std::string out(const Words& words, int code = 0) {
    const Outcome outcome = retort(words);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    return outcome.out;
  }
  Json json(const Words& words) { return Json::parse(out(words)); }

  /// status of each node of `run g.json`.
  std::map<std::string, std::string> ran(const Words& more, int code = 0) {
    std::map<std::string, std::string> all;
    const Json outcome = Json::parse(out(Words{"run", "g.json", "--json"} + more, code));
    for (const auto& node : outcome["nodes"]) all[node["name"]] = node["status"];
    return all;
  }
  NameSet planned(const Words& more) {
    NameSet names;
    const Json plan = json(Words{"plan", "g.json", "--json"} + more);
    for (const auto& node : plan["nodes"]) names.insert(node["name"].get<std::string>());
    return names;
  }

 private:
  std::string served(const Words& words, const Before& before) {
    for (const char* old : {"out", "err"}) fs::remove(folder / old);
    const pid_t server = start(words, before);
    std::string address, page;
    wait_for([&] {
      address = fs::exists(folder / "out") ? read_file(folder / "out") : "";
      return (!address.empty() && address.back() == '\n') || !said().empty();
    });
    if (!address.empty()) {
      address.pop_back();
      FILE* pipe = ::popen(("curl --silent --noproxy '*' --max-time 30 " + address).c_str(), "r");
      char part[4096];
      for (size_t got; (got = std::fread(part, 1, sizeof part, pipe)) > 0;) page.append(part, got);
      ::pclose(pipe);
    }
    kill(server, SIGINT);
    const Outcome outcome = finish(server);
    return std::to_string(outcome.code) + "\n" + address + outcome.err + page;
  }
};

/// What a command writes to a terminal of 80 columns.
std::string on_terminal(Shop& shop, Words words);

/// `text` is in what the command shows with the option, and not without.
void shows(Shop& shop, const Words& words, const Words& option, const std::string& text, const Before& before = {});

/// The other way round: not with the option.
void hides(Shop& shop, const Words& words, const Words& option, const std::string& text, const Before& before = {});

/// The command shows something else with the option.
void changes(Shop& shop, const Words& words, const Words& option, const Before& before = {});

/// It is refused without the option, and works with it.
void allows(Shop& shop, const Words& words, const Words& option, const Before& before = {});

void a_card();

void reads_other_store(Shop& shop, const Words& words, const Before& before = {});

void refuses_an_unknown_device(Shop& shop, const Words& words);

/// The command itself, as it was typed, is the first of what it does; commands that do more say more.
void says_what_it_does(Shop& shop, const Words& words, const Before& before = {});

/// --json prints one JSON text, and nothing does without.
Json only_json(Shop& shop, const Words& words);

/// a -> b -> c, and d made of a.
void four_nodes(Shop& shop);

/// One node fails as long as a file is not there, another is well.
void one_that_fails_once(Shop& shop);

Before data_sets(Shop& shop);

}  // namespace retort

// Every option of every command, each with something that changes because of it. What options there are is asked of the
// program itself (--complete-options): one that is added without an entry here fails the first test.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <pty.h>
#include <sys/ioctl.h>

#include <cctype>
#include <csignal>
#include <map>
#include <set>
#include <sstream>

#include "cli/command.h"
#include "core/digest.h"
#include "events/event_log.h"
#include "sched/job.h"
#include "whole/engine/workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using Words = std::vector<std::string>;
using Names = std::set<std::string>;
using Before = std::function<void()>;

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// What the shop's store holds once its graph was run: results of seven nodes, and the kept state of the training,
/// which no run cites.
constexpr size_t kCited = 7, kKept = kCited + 1;

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
  Names planned(const Words& more) {
    Names names;
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
std::string on_terminal(Shop& shop, Words words) {
  words.insert(words.begin(), TEST_BIN "/retort");
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  winsize size = {24, 80, 0, 0};
  int master = -1;
  const pid_t child = forkpty(&master, nullptr, nullptr, &size);
  if (child == 0) {
    if (chdir(shop.folder.path().c_str()) != 0) _exit(99);
    setenv("RETORT_PLUGIN_PATH", TEST_PLUGINS, 1);
    setenv("RETORT_STORE", shop.store_root.c_str(), 1);
    execv(pointers[0], pointers.data());
    _exit(98);
  }
  std::string text;
  char part[4096];
  for (ssize_t got; (got = read(master, part, sizeof part)) > 0;) text.append(part, static_cast<size_t>(got));
  close(master);
  waitpid(child, nullptr, 0);
  return text;
}

// --- what an option of a graph does, whatever the command
// -------------------------------------------------------------

/// `text` is in what the command shows with the option, and not without.
void shows(Shop& shop, const Words& words, const Words& option, const std::string& text, const Before& before = {}) {
  EXPECT_THAT(shop.seen(words, before), Not(HasSubstr(text)));
  EXPECT_THAT(shop.seen(words + option, before), HasSubstr(text));
}

/// The other way round: not with the option.
void hides(Shop& shop, const Words& words, const Words& option, const std::string& text, const Before& before = {}) {
  EXPECT_THAT(shop.seen(words, before), HasSubstr(text));
  EXPECT_THAT(shop.seen(words + option, before), Not(HasSubstr(text)));
}

/// The command shows something else with the option.
void changes(Shop& shop, const Words& words, const Words& option, const Before& before = {}) {
  const std::string without = shop.seen(words, before);
  EXPECT_EQ(shop.seen(words, before), without) << "it is not the option that changes it";
  EXPECT_NE(shop.seen(words + option, before), without);
}

/// It is refused without the option, and works with it.
void allows(Shop& shop, const Words& words, const Words& option, const Before& before = {}) {
  EXPECT_NE(shop.retort(words, before).code, 0);
  const Outcome outcome = shop.retort(words + option, before);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

void a_card() { setenv("RETORT_CARDS", "pretended", 1); }

void reads_other_store(Shop& shop, const Words& words, const Before& before = {}) {
  const std::string here = shop.seen(words, before);
  EXPECT_NE(shop.seen(words + Words{"--store", shop.other()}, before), here);
  EXPECT_TRUE(shop.other_is_a_store());
}

void refuses_an_unknown_device(Shop& shop, const Words& words) {
  const Outcome outcome = shop.retort(words + Words{"--device", "abacus"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("abacus"));
}

/// The command itself, as it was typed, is the first of what it does; commands that do more say more.
void says_what_it_does(Shop& shop, const Words& words, const Before& before = {}) {
  std::string line = "debug command: retort";
  for (const auto& word : words) line += " " + shell_word(word);
  shows(shop, words, {"--verbose"}, line, before);
}

/// --json prints one JSON text, and nothing does without.
Json only_json(Shop& shop, const Words& words) {
  EXPECT_FALSE(Json::accept(shop.retort(words).out)) << "JSON without --json";
  const std::string text = shop.retort(words + Words{"--json"}).out;
  EXPECT_TRUE(Json::accept(text)) << text;
  return Json::parse(text, nullptr, false);
}

// --- things that some options need
// ------------------------------------------------------------------------------------

/// Plugins whose code is said to be other than what the results were made with.
Before other_code(Shop& shop) {
  const fs::path plugins = shop.folder / "changed";
  if (!fs::exists(plugins)) {
    fs::copy(TEST_PLUGINS, plugins);
    for (const char* name : {"test_text", "test_copy", "test_train", "test_score"}) {
      Json manifest = Json::parse(read_file(plugins / (std::string(name) + ".json")));
      manifest["code"]["identity"] = std::string(64, 'a');
      for (auto& digest : manifest["code"]["files"]) digest = std::string(64, 'b');
      write_file(plugins / (std::string(name) + ".json"), manifest.dump());
    }
  }
  return [plugins] { setenv("RETORT_PLUGIN_PATH", plugins.c_str(), 1); };
}

const Words kCarry{"carry", "g.json", "--on-my-word", "harmless", "--dry-run"};

/// a -> b -> c, and d made of a.
void four_nodes(Shop& shop) {
  const auto copy = [](const char* from, const char* suffix) {
    return Json{{"type", "test.copy"}, {"inputs", {{"from", from}}}, {"params", {{"suffix", suffix}}}};
  };
  shop.graph({{"a", {{"type", "test.text"}}}, {"b", copy("a", "b")}, {"c", copy("b", "c")}, {"d", copy("a", "d")}});
}

/// One node fails as long as a file is not there, another is well.
void one_that_fails_once(Shop& shop) {
  shop.graph({{"well", {{"type", "test.text"}}},
              {"bad", {{"type", "test.misbehave"}, {"params", {{"once", (shop.folder / "once").string()}}}}}});
}

/// The most nodes that were running at once under these words.
size_t at_once(Shop& shop, const Words& words) {
  EXPECT_EQ(shop.retort(words).code, 0);
  size_t now = 0, most = 0;
  for (const auto& event : shop.events()) {
    if (event.value("ev", "") != "node") continue;
    if (event.value("status", "") == "running") most = std::max(most, ++now);
    if (event.value("status", "") == "done") --now;
  }
  return most;
}

void sleepers(Shop& shop, const std::string& mark) {
  Json nodes = Json::object();
  for (int i = 0; i < 4; ++i)
    nodes["s" + std::to_string(i)] = {
        {"type", "test.sleep"}, {"params", {{"steps", 30}, {"milliseconds", 20}, {"mark", mark + std::to_string(i)}}}};
  shop.graph(nodes);
}

/// A detached run of a node that does not listen.
void start_deaf(Shop& shop) {
  shop.graph({{"deaf", {{"type", "test.sleep"}, {"params", {{"steps", 1}, {"milliseconds", 60000}}}}}});
  EXPECT_EQ(shop.retort({"run", "g.json", "--detach"}).code, 0);
  Workshop::wait_for([&] {
    for (const auto& event : shop.events())
      if (event.value("status", "") == "running") return true;
    return false;
  });
}

void make_old(Shop& shop, const std::string& below) {
  const auto then = fs::file_time_type::clock::now() - std::chrono::hours(48);
  for (const auto& entry : fs::recursive_directory_iterator(shop.store_root / below))
    if (entry.is_regular_file()) fs::last_write_time(entry.path(), then);
}

/// Two graphs' worth of runs: three runs of g.json whose `copy` has another suffix each.
void three_runs(Shop& shop) {
  four_nodes(shop);
  for (const char* suffix : {"1", "2", "3"}) shop.ran({"--set", std::string("b.suffix=") + suffix});
}

size_t would_go(Shop& shop, const Words& more) {
  return shop.json(Words{"gc", "--dry-run", "--json"} + more)["going"].size();
}

Before data_sets(Shop& shop) {
  fs::create_directories(shop.folder / "datasets");
  fs::create_directories(shop.folder / "files");
  write_file(shop.folder / "files/train.bin", "pixels");
  const Json set = {{"retort_dataset", 1},
                    {"title", "A small set"},
                    {"folder", "my-set"},
                    {"source",
                     {{{"url", "http://127.0.0.1:1/nothing"},
                       {"page", "https://example.org"},
                       {"file", "set.tar"},
                       {"sha256", sha256_hex("the archive")},
                       {"unpack", ""},
                       {"files", {{"train.bin", sha256_hex("pixels")}}}}}}};
  write_file(shop.folder / "datasets/small.json", set.dump());
  return [&shop] {
    setenv("RETORT_DATASETS", (shop.folder / "datasets").c_str(), 1);
    setenv("RETORT_DATA", (shop.folder / "data").c_str(), 1);
    unsetenv("http_proxy");
  };
}

std::string table(Shop& shop, const Words& more) { return shop.out(Words{"table", "g.json"} + more); }

// --- the table
// --------------------------------------------------------------------------------------------------------

using Effect = void (*)(Shop&);

/// The shop's graph has been run; entries that need another write their own.
const std::map<std::string, Effect>& effects() {
  static const Words plan{"plan", "g.json"}, why{"why", "g.json"}, report{"report", "g.json"}, serve{"serve", "g.json"},
      the_table{"table", "g.json"}, diff{"diff", "g.json", "offset=1,seed=0", "offset=5,seed=0"};
  static const std::map<std::string, Effect> every = {
      // run
      {"run --set", [](Shop& s) { EXPECT_EQ(s.ran({"--set", "copy.suffix=?"})["copy"], "done"); }},
      {"run --sweep", [](Shop& s) { EXPECT_EQ(s.ran({"--sweep", "copy.suffix=!,SWEPT"}).size(), 12u); }},
      {"run --add-seeds",
       [](Shop& s) {
         EXPECT_EQ(s.ran({}).size(), 7u);
         EXPECT_EQ(s.ran({"--add-seeds", "2"}).size(), 11u);
       }},
      {"run --store",
       [](Shop& s) {
         EXPECT_EQ(s.ran({"--store", s.other()})["copy"], "done");
         EXPECT_TRUE(s.other_is_a_store());
         EXPECT_EQ(Store::open(s.other()).keys().size(), kKept);
       }},
      {"run --device",
       [](Shop& s) {
         EXPECT_EQ(s.retort({"run", "g.json", "--device", "cuda"}, [] { setenv("CUDA_VISIBLE_DEVICES", "", 1); }).code, 5);
       }},
      {"run --only",
       [](Shop& s) {
         four_nodes(s);
         EXPECT_EQ(s.ran({"--only", "d"}).size(), 2u);
         EXPECT_EQ(s.ran({"--only", "d", "--only", "b"}).count("b"), 1u) << "may be repeated";
       }},
      {"run --only-failed",
       [](Shop& s) {
         one_that_fails_once(s);
         EXPECT_EQ(s.ran({}, 1)["bad"], "failed");
         const auto again = s.ran({"--only-failed", "--set", "well.text=new"});
         EXPECT_EQ(again.at("bad"), "done");
         EXPECT_EQ(again.count("well"), 0u);
       }},
      {"run --from",
       [](Shop& s) {
         four_nodes(s);
         const auto all = s.ran({"--from", "b"});
         EXPECT_EQ(all.count("c"), 1u);
         EXPECT_EQ(all.count("d"), 0u);
       }},
      {"run --until",
       [](Shop& s) {
         four_nodes(s);
         const auto all = s.ran({"--until", "b"});
         EXPECT_EQ(all.count("b"), 1u);
         EXPECT_EQ(all.count("c"), 0u);
       }},
      {"run --id",
       [](Shop& s) {
         const std::string id = s.newest();
         fs::remove(s.folder / "g.json");
         EXPECT_THAT(s.out({"run", "--id", id}), HasSubstr("7 already there"));
       }},
      {"run --slots",
       [](Shop& s) {
         sleepers(s, "x");
         EXPECT_EQ(at_once(s, {"run", "g.json", "--slots", "1"}), 1u);
         sleepers(s, "y");
         EXPECT_EQ(at_once(s, {"run", "g.json", "--slots", "4"}), 4u) << "whoever says 4 means 4, also on two cores";
         const std::string id = s.newest();
         EXPECT_EQ(at_once(s, {"run", "--id", id, "--slots", "1", "--set", "s0.mark=a", "--set", "s1.mark=b", "--set", "s2.mark=c"}), 1u);
       }},
      {"run --notify",
       [](Shop& s) {
         s.out({"run", "g.json", "--set", "copy.suffix=?", "--notify", "echo $RETORT_EVENT $RETORT_STATUS >> told"});
         EXPECT_EQ(read_file(s.folder / "told"), "end done\n");
       }},
      {"run --stall",
       [](Shop& s) {
         s.graph({{"slow", {{"type", "test.sleep"}, {"params", {{"steps", 1}, {"milliseconds", 2500}}}}}});
         s.out({"run", "g.json", "--stall", "1", "--notify", "echo $RETORT_EVENT >> told"});
         EXPECT_EQ(read_file(s.folder / "told"), "stall\nend\n");
       }},
      {"run --stop-at-failure",
       [](Shop& s) {
         // `bad` comes first: the longest path begins with it.
         Json nodes = {{"bad", {{"type", "test.misbehave"}}}};
         std::string from = "bad";
         for (const char* name : {"b1", "b2", "b3"}) {
           nodes[name] = {{"type", "test.copy"}, {"inputs", {{"from", from}}}};
           from = name;
         }
         for (int i = 0; i < 4; ++i)
           nodes["lone" + std::to_string(i)] = {{"type", "test.text"}, {"params", {{"text", std::to_string(i)}}}};
         s.graph(nodes);
         const auto stopped = s.ran({"--slots", "1", "--stop-at-failure"}, 1);
         size_t done = 0;
         for (const auto& [name, status] : stopped) done += status == "done";
         EXPECT_LT(done, 4u);
         const auto whole = s.ran({"--slots", "1"}, 1);
         for (int i = 0; i < 4; ++i) EXPECT_NE(whole.at("lone" + std::to_string(i)), "cancelled");
         EXPECT_EQ(s.store().keys().size(), kKept + 4);
       }},
      {"run --detach",
       [](Shop& s) {
         s.graph({{"slow", {{"type", "test.sleep"}, {"params", {{"steps", 30}, {"milliseconds", 20}}}}}});
         EXPECT_THAT(s.out({"run", "g.json", "--detach"}), HasSubstr("goes on in the background"));
         EXPECT_EQ(s.retort({"watch"}).code, 0);
         EXPECT_EQ(s.ran({})["slow"], "hit");
       }},
      {"run --again",
       [](Shop& s) {
         const size_t before = s.store().keys().size();
         EXPECT_THAT(s.out({"run", "g.json", "--again", "copy", "--set", "copy.suffix=?"}), HasSubstr("copy: deterministic"));
         EXPECT_EQ(s.store().keys().size(), before);
       }},
      {"run --plain",
       [](Shop& s) {
         const auto text = [&](const std::string& suffix, const Words& more) {
           return on_terminal(s, Words{"run", "g.json", "--set", "copy.suffix=" + suffix} + more);
         };
         EXPECT_THAT(text("1", {}), HasSubstr("\033["));
         EXPECT_THAT(text("2", {"--plain"}), Not(HasSubstr("\033[")));
       }},
      {"run --json", [](Shop& s) { EXPECT_EQ(only_json(s, {"run", "g.json"})["status"], "done"); }},

      // all of them
      {"run --verbose", [](Shop& s) { says_what_it_does(s, {"run", "g.json"}); }},
      {"plan --verbose", [](Shop& s) { says_what_it_does(s, {"plan", "g.json"}); }},
      {"validate --verbose", [](Shop& s) { says_what_it_does(s, {"validate", "g.json"}); }},
      {"why --verbose", [](Shop& s) { says_what_it_does(s, {"why", "g.json"}); }},
      {"carry --verbose", [](Shop& s) { says_what_it_does(s, {"carry", "g.json"}); }},
      {"ls --verbose", [](Shop& s) { says_what_it_does(s, {"ls", "g.json"}); }},
      {"show --verbose", [](Shop& s) { says_what_it_does(s, {"show", "copy"}); }},
      {"log --verbose", [](Shop& s) { says_what_it_does(s, {"log"}); }},
      {"watch --verbose", [](Shop& s) { says_what_it_does(s, {"watch"}); }},
      {"cancel --verbose", [](Shop& s) { says_what_it_does(s, {"cancel"}); }},
      {"debug --verbose", [](Shop& s) { says_what_it_does(s, {"debug", "copy", "--graph", "g.json", "--with", "env"}); }},
      {"table --verbose", [](Shop& s) { says_what_it_does(s, {"table", "g.json"}); }},
      {"diff --verbose", [](Shop& s) { says_what_it_does(s, {"diff", "g.json", "offset=1,seed=0", "offset=5,seed=0"}); }},
      {"report --verbose", [](Shop& s) { says_what_it_does(s, {"report", "g.json"}); }},
      {"serve --verbose", [](Shop& s) { says_what_it_does(s, {"serve", "g.json"}); }},
      {"export --verbose", [](Shop& s) { says_what_it_does(s, {"export", "copy", "there"}); }},
      {"import --verbose", [](Shop& s) { says_what_it_does(s, {"import", "a.tar"}); }},
      {"pin --verbose", [](Shop& s) { says_what_it_does(s, {"pin", "copy"}); }},
      {"unpin --verbose", [](Shop& s) { says_what_it_does(s, {"unpin", "copy"}); }},
      {"gc --verbose", [](Shop& s) { says_what_it_does(s, {"gc", "--dry-run"}); }},
      {"fsck --verbose", [](Shop& s) { says_what_it_does(s, {"fsck"}); }},
      {"data list --verbose", [](Shop& s) { says_what_it_does(s, {"data", "list"}, data_sets(s)); }},
      {"data fetch --verbose", [](Shop& s) { says_what_it_does(s, {"data", "fetch", "small"}, data_sets(s)); }},
      {"plugin list --verbose", [](Shop& s) { says_what_it_does(s, {"plugin", "list"}); }},
      {"plugin show --verbose", [](Shop& s) { says_what_it_does(s, {"plugin", "show", "test.copy"}); }},
      {"plugin new --verbose", [](Shop& s) { says_what_it_does(s, {"plugin", "new", "node", "my.blur"}); }},
      {"plugin check --verbose", [](Shop& s) { says_what_it_does(s, {"plugin", "check", "test.copy"}); }},
      {"schema --verbose", [](Shop& s) { says_what_it_does(s, {"schema"}); }},
      {"devices --verbose", [](Shop& s) { says_what_it_does(s, {"devices"}); }},
      {"doctor --verbose", [](Shop& s) { says_what_it_does(s, {"doctor"}); }},
      {"init --verbose", [](Shop& s) { says_what_it_does(s, {"init", "new"}); }},
      {"completion --verbose", [](Shop& s) { says_what_it_does(s, {"completion", "bash"}); }},
      {"version --verbose", [](Shop& s) { says_what_it_does(s, {"version"}); }},

      // plan
      {"plan --set", [](Shop& s) { shows(s, plan, {"--set", "copy.suffix=MARKED"}, "MARKED"); }},
      {"plan --sweep", [](Shop& s) { shows(s, plan, {"--sweep", "copy.suffix=!,SWEPT"}, "SWEPT"); }},
      {"plan --add-seeds", [](Shop& s) { shows(s, plan, {"--add-seeds", "1"}, "{offset=1,seed=2}"); }},
      {"plan --store", [](Shop& s) { reads_other_store(s, plan); }},
      {"plan --device", [](Shop& s) { hides(s, plan, {"--device", "cpu"}, "cuda", a_card); }},
      {"plan --only",
       [](Shop& s) {
         four_nodes(s);
         EXPECT_EQ(s.planned({"--only", "d"}), (Names{"a", "d"}));
       }},
      {"plan --only-failed",
       [](Shop& s) {
         one_that_fails_once(s);
         s.ran({}, 1);
         EXPECT_EQ(s.planned({"--only-failed"}), (Names{"bad"}));
       }},
      {"plan --from",
       [](Shop& s) {
         four_nodes(s);
         EXPECT_EQ(s.planned({"--from", "b"}), (Names{"a", "b", "c"}));
       }},
      {"plan --until",
       [](Shop& s) {
         four_nodes(s);
         EXPECT_EQ(s.planned({"--until", "b"}), (Names{"a", "b"}));
       }},
      {"plan --json", [](Shop& s) { EXPECT_EQ(only_json(s, plan)["hit"], 7); }},
      {"plan --check",
       [](Shop& s) {
         EXPECT_EQ(s.retort(plan + Words{"--check"}).code, 0);
         EXPECT_EQ(s.retort(plan + Words{"--check", "--set", "copy.suffix=?"}).code, 3);
         EXPECT_EQ(s.retort(plan + Words{"--set", "copy.suffix=?"}).code, 0);
       }},
      {"plan --page",
       [](Shop& s) {
         const Words many = plan + Words{"--sweep", "copy.times=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15", "--json"};
         const Json all = s.json(many)["nodes"], second = s.json(many + Words{"--page", "2"})["nodes"];
         EXPECT_GT(all.size(), 70u);
         ASSERT_EQ(second.size(), std::min<size_t>(50, all.size() - 50));
         EXPECT_EQ(second[0]["name"], all[50]["name"]);
       }},
      {"plan --all",
       [](Shop& s) {
         const Words many = plan + Words{"--sweep", "copy.times=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"};
         EXPECT_THAT(s.out(many), HasSubstr("page 1 of 2"));
         EXPECT_THAT(s.out(many + Words{"--all"}), Not(HasSubstr("page ")));
       }},

      // validate
      {"validate --set", [](Shop& s) { EXPECT_EQ(s.retort({"validate", "g.json", "--set", "copy.times=-1"}).code, 2); }},
      {"validate --device", [](Shop& s) { refuses_an_unknown_device(s, {"validate", "g.json"}); }},
      {"validate --no-files",
       [](Shop& s) {
         s.graph({{"read", {{"type", "test.read"}, {"params", {{"file", "not_there.txt"}}}}}});
         allows(s, {"validate", "g.json"}, {"--no-files"});
       }},
      {"validate --json", [](Shop& s) { EXPECT_EQ(only_json(s, {"validate", "g.json"})[0]["valid"], true); }},

      // why
      {"why --set", [](Shop& s) { shows(s, why, {"--set", "copy.suffix=MARKED"}, "MARKED"); }},
      {"why --sweep", [](Shop& s) { shows(s, why, {"--sweep", "copy.suffix=!,SWEPT"}, "SWEPT"); }},
      {"why --add-seeds", [](Shop& s) { shows(s, why, {"--add-seeds", "1"}, "{offset=1,seed=2}"); }},
      {"why --store", [](Shop& s) { reads_other_store(s, why); }},
      {"why --device", [](Shop& s) { hides(s, why, {"--device", "cpu"}, "cuda", a_card); }},
      {"why --json", [](Shop& s) { only_json(s, why + Words{"--set", "copy.suffix=?"}); }},

      // carry
      {"carry --set", [](Shop& s) { changes(s, kCarry, {"--set", "copy.suffix=?"}, other_code(s)); }},
      {"carry --sweep", [](Shop& s) { shows(s, kCarry, {"--sweep", "copy.suffix=!,SWEPT"}, "copy{suffix=!}", other_code(s)); }},
      {"carry --add-seeds",
       [](Shop& s) { allows(s, kCarry + Words{"score{offset=1,seed=2}"}, {"--add-seeds", "1"}, other_code(s)); }},
      {"carry --store", [](Shop& s) { reads_other_store(s, kCarry, other_code(s)); }},
      {"carry --device", [](Shop& s) { refuses_an_unknown_device(s, kCarry); }},
      {"carry --on-my-word",
       [](Shop& s) {
         const Outcome bare = s.retort({"carry", "g.json", "--dry-run"}, other_code(s));
         EXPECT_EQ(bare.code, 1);
         EXPECT_THAT(bare.out, HasSubstr("declares no proof job"));
         EXPECT_THAT(s.retort(kCarry, other_code(s)).out, HasSubstr(": harmless\n"));
       }},
      {"carry --dry-run",
       [](Shop& s) {
         const size_t before = s.store().keys().size();
         EXPECT_THAT(s.retort(kCarry, other_code(s)).out, HasSubstr("would be carried over"));
         EXPECT_EQ(s.store().keys().size(), before);
         EXPECT_EQ(s.retort({"carry", "g.json", "--on-my-word", "harmless"}, other_code(s)).code, 0);
         EXPECT_GT(s.store().keys().size(), before);
       }},

      // ls, show, log, watch, cancel, debug
      {"ls --set",
       [](Shop& s) {
         for (const auto& node : s.json({"ls", "g.json", "--json", "--set", "copy.suffix=?"}))
           if (node["name"] == "copy") EXPECT_EQ(node["state"], "run");
       }},
      {"ls --store", [](Shop& s) { reads_other_store(s, {"ls"}); }},
      {"ls --json", [](Shop& s) { EXPECT_EQ(only_json(s, {"ls"}).size(), kKept); }},
      {"show --store", [](Shop& s) { reads_other_store(s, {"show", "copy"}); }},
      {"show --json", [](Shop& s) { EXPECT_EQ(only_json(s, {"show", "copy"})["type"], "test.copy"); }},
      {"log --node",
       [](Shop& s) {
         EXPECT_EQ(s.out({"log", "--node", "hello"}), "wrote 2 bytes\n");
         EXPECT_NE(s.out({"log"}), "wrote 2 bytes\n");
       }},
      {"log --store", [](Shop& s) { reads_other_store(s, {"log"}); }},
      {"log --json",
       [](Shop& s) {
         const std::string text = s.out({"log", "--json"});
         EXPECT_TRUE(Json::accept(text.substr(0, text.find('\n'))));
         EXPECT_EQ(Json::parse(text.substr(0, text.find('\n')))["ev"], "run");
       }},
      {"watch --store", [](Shop& s) { reads_other_store(s, {"watch"}); }},
      {"watch --plain",
       [](Shop& s) {
         s.graph({{"slow", {{"type", "test.sleep"}, {"params", {{"steps", 60}, {"milliseconds", 20}}}}}});
         s.out({"run", "g.json", "--detach"});
         EXPECT_THAT(on_terminal(s, {"watch"}), HasSubstr("\033["));
         s.out({"run", "g.json", "--detach", "--set", "slow.mark=x"});
         EXPECT_THAT(on_terminal(s, {"watch", "--plain"}), Not(HasSubstr("\033[")));
       }},
      {"cancel --store", [](Shop& s) { reads_other_store(s, {"cancel"}); }},
      {"cancel --now",
       [](Shop& s) {
         start_deaf(s);
         s.out({"cancel", "--now"});
         Workshop::wait_for([&] { return s.is_over(); });
         EXPECT_EQ(s.events().back()["status"], "cancelled");
       }},
      {"debug --run",
       [](Shop& s) {
         s.graph({{"bad", {{"type", "test.misbehave"}}}});
         s.ran({}, 1);
         const std::string first = s.newest();
         s.ran({"--set", "bad.how=exception"}, 1);
         EXPECT_THAT(s.seen({"debug", "bad", "--with", "env"}), HasSubstr("about to fail: exception"));
         EXPECT_THAT(s.seen({"debug", "bad", "--with", "env", "--run", first}), HasSubstr("about to fail: error"));
       }},
      {"debug --graph",
       [](Shop& s) { allows(s, {"debug", "copy", "--with", "env"}, {"--graph", "g.json"}); }},
      {"debug --set",
       [](Shop& s) {
         s.graph({{"bad", {{"type", "test.misbehave"}}}});
         allows(s, {"debug", "bad", "--graph", "g.json", "--with", "env"}, {"--set", "bad.how=not_at_all"});
       }},
      {"debug --store",
       [](Shop& s) {
         const Words debug{"debug", "copy", "--graph", "g.json", "--with", "env"};
         EXPECT_EQ(s.retort(debug).code, 0);
         EXPECT_NE(s.retort(debug + Words{"--store", s.other()}).code, 0) << "its input is not there";
       }},
      {"debug --with",
       [](Shop& s) {
         EXPECT_THAT(s.seen({"debug", "copy", "--graph", "g.json", "--with", "echo started with"}), HasSubstr("started with "));
       }},
      {"debug --trust",
       [](Shop& s) {
         s.graph({{"bad", {{"type", "test.misbehave"}}}});
         s.ran({}, 1);
         const fs::path job = job_file({s.store_root / "runs" / s.newest(), ""}, "bad");
         fs::create_hard_link(job, s.folder / "mine too");  // whoever has that name may have written it
         const Before nobody_asked = [] { dup2(open("/dev/null", O_RDONLY), STDIN_FILENO); };
         const Outcome refused = s.retort({"debug", "bad", "--with", "env"}, nobody_asked);
         EXPECT_EQ(refused.code, 2);
         EXPECT_THAT(refused.err, HasSubstr("with --trust it does"));
         EXPECT_THAT(s.seen({"debug", "bad", "--with", "env", "--trust"}, nobody_asked), HasSubstr("about to fail: error"));
       }},

      // table
      {"table --set",
       [](Shop& s) {
         EXPECT_THAT(table(s, {"--set", "copy.suffix=?"}), HasSubstr("stale"));
         EXPECT_THAT(table(s, {}), Not(HasSubstr("stale")));
       }},
      {"table --sweep", [](Shop& s) { shows(s, the_table, {"--sweep", "score.offset=1,5,9"}, "\n9 "); }},
      {"table --add-seeds", [](Shop& s) { shows(s, the_table, {"--add-seeds", "1"}, "n=2 of 3"); }},
      {"table --store", [](Shop& s) { reads_other_store(s, the_table); }},
      {"table --device", [](Shop& s) { refuses_an_unknown_device(s, the_table); }},
      {"table --format",
       [](Shop& s) {
         const std::map<std::string, std::string> marks = {{"text", "Scores\noffset  score\n---"},
                                                           {"markdown", "| offset | score |"},
                                                           {"latex", "\\begin{tabular}{ll}"},
                                                           {"csv", "offset,score,score std,"},
                                                           {"long-csv", "offset,column,metric,"},
                                                           {"json", "\"columns\""}};
         for (const auto& [form, mark] : marks) EXPECT_THAT(table(s, {"--format", form}), HasSubstr(mark)) << form;
         EXPECT_EQ(table(s, {}), table(s, {"--format", "text"}));
       }},
      {"table --json", [](Shop& s) { EXPECT_EQ(table(s, {"--json"}), table(s, {"--format", "json"})); }},
      {"table --csv", [](Shop& s) { EXPECT_EQ(table(s, {"--csv"}), table(s, {"--format", "csv"})); }},
      {"table --keys", [](Shop& s) { shows(s, the_table, {"--keys"}, "  there  score{offset=1,seed=0}"); }},
      {"table --node",
       [](Shop& s) {
         EXPECT_EQ(s.retort({"table", "g.json", "--node", "nobody", "--metric", "score"}).code, 2);
         EXPECT_THAT(table(s, {"--node", "score", "--metric", "score"}), Not(HasSubstr("Scores")));
       }},
      {"table --metric",
       [](Shop& s) { EXPECT_THAT(table(s, {"--metric", "other"}), HasSubstr("no such metric")); }},
      {"table --rows",
       [](Shop& s) {
         EXPECT_EQ(table(s, {"--rows", "offset"}), table(s, {}));
         EXPECT_EQ(s.retort({"table", "g.json", "--rows", "nothing"}).code, 2);
       }},
      {"table --columns", [](Shop& s) { EXPECT_THAT(table(s, {"--columns", "offset"}), HasSubstr("offset=5")); }},
      {"table --stat",
       [](Shop& s) {
         EXPECT_THAT(table(s, {"--stat", "mean"}), Not(HasSubstr("±")));
         EXPECT_THAT(table(s, {}), HasSubstr("±"));
       }},
      {"table --confidence",
       [](Shop& s) {
         EXPECT_THAT(table(s, {"--stat", "mean,ci"}), HasSubstr("95 %"));
         EXPECT_THAT(table(s, {"--stat", "mean,ci", "--confidence", "0.9"}), HasSubstr("90 %"));
         // t of one degree of freedom: 12.706 and 6.314, times 0.7071 / sqrt(2)
         EXPECT_THAT(table(s, {"--stat", "mean,ci"}), HasSubstr("[-4.9, 7.9]"));
         EXPECT_THAT(table(s, {"--stat", "mean,ci", "--confidence", "0.9"}), HasSubstr("[-1.7, 4.7]"));
       }},
      {"table --baseline", [](Shop& s) { EXPECT_THAT(table(s, {"--baseline", "offset=1"}), HasSubstr("Δ +4")); }},
      {"table --best",
       [](Shop& s) {
         EXPECT_THAT(table(s, {"--best", "max"}), ::testing::ContainsRegex("\n5 [^\n]*\\*\n"));
         EXPECT_THAT(table(s, {"--best", "min"}), ::testing::ContainsRegex("\n1 [^\n]*\\*\n"));
       }},

      // diff
      {"diff --set", [](Shop& s) { shows(s, diff, {"--set", "copy.suffix=?"}, "no result"); }},
      {"diff --sweep",
       [](Shop& s) { allows(s, {"diff", "g.json", "offset=1,seed=0", "offset=9,seed=0"}, {"--sweep", "score.offset=1,9"}); }},
      {"diff --add-seeds",
       [](Shop& s) { allows(s, {"diff", "g.json", "offset=1,seed=0", "offset=1,seed=2"}, {"--add-seeds", "1"}); }},
      {"diff --store", [](Shop& s) { reads_other_store(s, diff); }},
      {"diff --device", [](Shop& s) { refuses_an_unknown_device(s, diff); }},
      {"diff --node",
       [](Shop& s) {
         s.graph({{"a", {{"type", "test.text"}}}, {"b", {{"type", "test.copy"}, {"inputs", {{"from", "a"}}}}}},
                 {{"sweep", {{"axes", {{"times", {{"path", "b.times"}, {"values", {1, 2}}}}}}}}});
         allows(s, {"diff", "g.json", "times=1", "times=2"}, {"--node", "b"});
       }},
      {"diff --json",
       [](Shop& s) {
         const Json json = only_json(s, diff);
         EXPECT_EQ(json["metrics"]["score"], (Json{{"before", 1.0}, {"after", 5.0}}));
         EXPECT_THAT(s.out(diff), HasSubstr("score  1 -> 5  (+4)\n"));
         EXPECT_THAT(s.out({"diff", "g.json", "offset=5,seed=0", "offset=1,seed=0"}), HasSubstr("score  5 -> 1  (-4)\n"));
         EXPECT_THAT(s.out({"diff", "g.json", "offset=5,seed=0", "offset=5,seed=0"}), HasSubstr("score  5 -> 5  (+0)\n"));
       }},

      // report, serve
      {"report --set", [](Shop& s) { shows(s, report, {"--set", "copy.suffix=MARKED"}, "MARKED"); }},
      {"report --sweep", [](Shop& s) { shows(s, report, {"--sweep", "copy.suffix=!,SWEPT"}, "SWEPT"); }},
      {"report --add-seeds", [](Shop& s) { shows(s, report, {"--add-seeds", "1"}, "{offset=1,seed=2}"); }},
      {"report --store", [](Shop& s) { shows(s, report, {"--store", s.other()}, s.other()); }},
      {"report --device", [](Shop& s) { shows(s, report, {"--device", "cpu"}, "--device cpu", a_card); }},
      {"report --output",
       [](Shop& s) {
         EXPECT_EQ(s.out({"report", "g.json", "--output", "there.html"}), "there.html\n");
         EXPECT_TRUE(fs::exists(s.folder / "there.html"));
         EXPECT_FALSE(fs::exists(s.folder / "report.html"));
       }},
      {"report --sheets",
       [](Shop& s) {
         s.graph({{"one", {{"type", "test.picture"}}}, {"two", {{"type", "test.picture"}, {"params", {{"per_class", 2}}}}}});
         s.ran({});
         shows(s, report, {"--sheets", "1"}, "left out: the page shows 1");
       }},
      {"serve --set", [](Shop& s) { shows(s, serve, {"--set", "copy.suffix=MARKED"}, "MARKED"); }},
      {"serve --sweep", [](Shop& s) { shows(s, serve, {"--sweep", "copy.suffix=!,SWEPT"}, "SWEPT"); }},
      {"serve --add-seeds", [](Shop& s) { shows(s, serve, {"--add-seeds", "1"}, "{offset=1,seed=2}"); }},
      {"serve --store", [](Shop& s) { shows(s, serve, {"--store", s.other()}, s.other()); }},
      {"serve --device", [](Shop& s) { shows(s, serve, {"--device", "cpu"}, "--device cpu", a_card); }},
      {"serve --port",
       [](Shop& s) {
         EXPECT_EQ(s.retort({"serve", "g.json", "--port", "70000"}).code, 2);
         // A port that was free a moment ago.
         const std::string any = s.seen(serve);
         const std::string port = any.substr(any.find("127.0.0.1:") + 10, any.find('/', any.find("127.0.0.1:")) - any.find("127.0.0.1:") - 10);
         EXPECT_THAT(s.seen(serve + Words{"--port", port}), HasSubstr("http://127.0.0.1:" + port + "/"));
       }},

      // export, import, pin, unpin
      {"export --archive",
       [](Shop& s) {
         EXPECT_THAT(s.out({"export", "copy", "--archive", "a.tar"}), HasSubstr("1 result in a.tar"));
         EXPECT_TRUE(fs::exists(s.folder / "a.tar"));
       }},
      {"export --with-sources",
       [](Shop& s) {
         EXPECT_THAT(s.out({"export", "copy", "--archive", "a.tar", "--with-sources"}), HasSubstr("2 results in a.tar"));
       }},
      {"export --store", [](Shop& s) { reads_other_store(s, {"export", "copy", "there"}); }},
      {"export --replace",
       [](Shop& s) {
         fs::create_directory(s.folder / "there");
         write_file(s.folder / "there/mine", "mine");
         allows(s, {"export", "copy", "there"}, {"--replace"});
         EXPECT_FALSE(fs::exists(s.folder / "there/mine")) << "it was moved aside";
       }},
      {"import --store",
       [](Shop& s) {
         s.out({"export", "copy", "--archive", "a.tar"});
         EXPECT_THAT(s.out({"import", "a.tar", "--store", s.other()}), HasSubstr("1 result imported"));
         EXPECT_EQ(Store::open(s.other()).keys().size(), 1u);
       }},
      {"pin --why",
       [](Shop& s) {
         s.out({"pin", "copy", "--why", "figure 3"});
         EXPECT_THAT(s.out({"pin"}), HasSubstr("figure 3"));
       }},
      {"pin --store", [](Shop& s) { reads_other_store(s, {"pin", "copy"}); }},
      {"pin --json",
       [](Shop& s) {
         s.out({"pin", "copy", "--why", "figure 3"});
         EXPECT_EQ(only_json(s, {"pin"})[0]["why"], "figure 3");
       }},
      {"unpin --store",
       [](Shop& s) {
         s.out({"pin", "copy"});
         EXPECT_NE(s.retort({"unpin", "copy", "--store", s.other()}).code, 0);
         EXPECT_EQ(s.retort({"unpin", "copy"}).code, 0);
       }},

      // gc, fsck
      {"gc --to",
       [](Shop& s) {
         EXPECT_EQ(would_go(s, {"--keep-runs", "0"}), 0u);
         EXPECT_EQ(would_go(s, {"--keep-runs", "0", "--to", "0"}), kKept);
         EXPECT_EQ(would_go(s, {"--keep-runs", "0", "--to", "1G"}), 0u);
       }},
      {"gc --older",
       [](Shop& s) {
         EXPECT_EQ(would_go(s, {"--keep-runs", "0", "--older", "1d"}), 0u);
         make_old(s, "results");
         EXPECT_EQ(would_go(s, {"--keep-runs", "0", "--older", "1d"}), kKept);
         EXPECT_EQ(would_go(s, {"--keep-runs", "0", "--older", "3d"}), 0u);
       }},
      {"gc --keep-runs",
       [](Shop& s) {
         s.out({"gc", "--to", "0", "--cited-too", "--grace", "0"});
         three_runs(s);  // a, d and three times b, c
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "0"}), 8u);
         EXPECT_EQ(would_go(s, {"--to", "0"}), 4u) << "the newest run of each graph";
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "1"}), 4u);
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "2"}), 2u);
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "3"}), 0u);
       }},
      {"gc --keep-younger",
       [](Shop& s) {
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "0"}), kKept);
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "0", "--keep-younger", "1d"}), kKept - kCited);
         make_old(s, "runs");
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "0", "--keep-younger", "1d"}), kKept);
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "0", "--keep-younger", "3d"}), kKept - kCited);
       }},
      {"gc --cited-too",
       [](Shop& s) {
         EXPECT_EQ(would_go(s, {"--to", "0"}), kKept - kCited);
         EXPECT_EQ(would_go(s, {"--to", "0", "--cited-too"}), kKept);
       }},
      {"gc --grace",
       [](Shop& s) {
         s.out({"gc", "--to", "0", "--cited-too"});
         EXPECT_EQ(s.ran({})["copy"], "hit") << "put back";
         s.out({"gc", "--to", "0", "--cited-too", "--grace", "0"});
         EXPECT_EQ(s.ran({})["copy"], "done");
       }},
      {"gc --dry-run",
       [](Shop& s) {
         s.out({"gc", "--to", "0", "--cited-too", "--dry-run"});
         EXPECT_EQ(s.store().keys().size(), kKept);
         s.out({"gc", "--to", "0", "--cited-too"});
         EXPECT_EQ(s.store().keys().size(), 0u);
       }},
      {"gc --store", [](Shop& s) { reads_other_store(s, {"gc", "--dry-run"}); }},
      {"gc --json", [](Shop& s) { EXPECT_EQ(only_json(s, {"gc", "--dry-run"})["results"], kKept); }},
      {"fsck --sample",
       [](Shop& s) {
         EXPECT_THAT(s.out({"fsck"}), HasSubstr(" 1 of 1 objects")) << "the kept state of the training";
         size_t left_out = 0;
         for (int i = 0; i < 20 && left_out == 0; ++i)
           left_out += s.out({"fsck", "--sample", "1"}).find(" 0 of 1 objects") != std::string::npos;
         EXPECT_GT(left_out, 0u) << "one in a hundred is read";
         EXPECT_THAT(s.out({"fsck", "--sample", "100%"}), HasSubstr(" 1 of 1 objects"));
       }},
      {"fsck --store", [](Shop& s) { reads_other_store(s, {"fsck"}); }},
      {"fsck --json", [](Shop& s) { EXPECT_EQ(only_json(s, {"fsck"})["records"], kKept); }},

      // data, plugin, the rest
      {"data list --json",
       [](Shop& s) {
         const Json all = Json::parse(s.retort({"data", "list", "--json"}, data_sets(s)).out);
         EXPECT_EQ(all[0]["name"], "small");
         EXPECT_FALSE(Json::accept(s.retort({"data", "list"}, data_sets(s)).out));
       }},
      {"data fetch --from",
       [](Shop& s) { allows(s, {"data", "fetch", "small"}, {"--from", (s.folder / "files").string()}, data_sets(s)); }},
      {"data fetch --url",
       [](Shop& s) {
         EXPECT_THAT(s.seen({"data", "fetch", "small"}, data_sets(s)), HasSubstr("http://127.0.0.1:1/nothing"));
         EXPECT_THAT(s.seen({"data", "fetch", "small", "--url", "http://127.0.0.1:1/else"}, data_sets(s)),
                     HasSubstr("http://127.0.0.1:1/else"));
       }},
      {"plugin list --json", [](Shop& s) { EXPECT_GT(only_json(s, {"plugin", "list"}).size(), 5u); }},
      {"plugin show --json", [](Shop& s) { EXPECT_EQ(only_json(s, {"plugin", "show", "test.copy"})[0]["type"], "test.copy"); }},
      {"plugin new --dir",
       [](Shop& s) {
         s.out({"plugin", "new", "node", "my.blur", "--dir", "mine"});
         EXPECT_TRUE(fs::exists(s.folder.path() / "mine" / "my_blur.cpp"));
       }},
      {"schema --output",
       [](Shop& s) {
         EXPECT_EQ(s.out({"schema", "--output", "schema.json"}), "");
         EXPECT_EQ(read_file(s.folder / "schema.json"), s.out({"schema"}));
       }},
      {"devices --json", [](Shop& s) { EXPECT_GE(only_json(s, {"devices"})["cpu"]["cores"], 1); }},
      {"doctor --store",
       [](Shop& s) {
         EXPECT_THAT(s.seen({"doctor", "--store", s.other()}), HasSubstr("store " + s.other()));
         EXPECT_THAT(s.seen({"doctor"}), Not(HasSubstr(s.other())));
       }},
      {"doctor --json", [](Shop& s) { EXPECT_GT(only_json(s, {"doctor"}).size(), 3u); }},
  };
  return every;
}

/// "run", "plan", …, "plugin list", "data fetch", ….
std::vector<Words> all_commands() {
  std::vector<Words> all;
  for (const auto& command : commands()) {
    const std::string name = command.name;
    if (name != "plugin" && name != "data") all.push_back({name});
  }
  for (const auto& command : plugin_commands()) all.push_back({"plugin", command.name});
  for (const auto& command : data_commands()) all.push_back({"data", command.name});
  return all;
}

TEST(Options, EveryOneHasAnEntryHere) {
  Workshop shop;
  Names there;
  for (const auto& words : all_commands()) {
    std::istringstream lines(shop.retort(words + Words{"--complete-options"}).out);
    for (std::string option; std::getline(lines, option);) {
      if (option == "--help") continue;
      std::string name;
      for (const auto& word : words) name += word + " ";
      there.insert(name + option);
    }
  }
  for (const auto& option : there)
    EXPECT_EQ(effects().count(option), 1u) << "show here what \"" << option << "\" changes";
  for (const auto& [option, effect] : effects())
    EXPECT_EQ(there.count(option), 1u) << "there is no \"" << option << "\"";
}

class Option : public ::testing::TestWithParam<std::string> {};

TEST_P(Option, ChangesSomething) {
  Shop shop;
  shop.run();
  effects().at(GetParam())(shop);
}

std::vector<std::string> all_options() {
  std::vector<std::string> names;
  for (const auto& [option, effect] : effects()) names.push_back(option);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Commands, Option, ::testing::ValuesIn(all_options()), [](const auto& one) {
  std::string name;
  for (const char c : one.param) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
});

}  // namespace
}  // namespace retort

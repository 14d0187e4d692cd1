#include "framework/cli/options/shop.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>

#include <csignal>

#include "core/digest.h"
#include "sched/job.h"

namespace retort {

using ::testing::HasSubstr;
using ::testing::Not;

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

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

void shows(Shop& shop, const Words& words, const Words& option, const std::string& text, const Before& before) {
  EXPECT_THAT(shop.seen(words, before), Not(HasSubstr(text)));
  EXPECT_THAT(shop.seen(words + option, before), HasSubstr(text));
}

void hides(Shop& shop, const Words& words, const Words& option, const std::string& text, const Before& before) {
  EXPECT_THAT(shop.seen(words, before), HasSubstr(text));
  EXPECT_THAT(shop.seen(words + option, before), Not(HasSubstr(text)));
}

void changes(Shop& shop, const Words& words, const Words& option, const Before& before) {
  const std::string without = shop.seen(words, before);
  EXPECT_EQ(shop.seen(words, before), without) << "it is not the option that changes it";
  EXPECT_NE(shop.seen(words + option, before), without);
}

void allows(Shop& shop, const Words& words, const Words& option, const Before& before) {
  EXPECT_NE(shop.retort(words, before).code, 0);
  const Outcome outcome = shop.retort(words + option, before);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

void a_card() { setenv("RETORT_CARDS", "pretended", 1); }

void reads_other_store(Shop& shop, const Words& words, const Before& before) {
  const std::string here = shop.seen(words, before);
  EXPECT_NE(shop.seen(words + Words{"--store", shop.other()}, before), here);
  EXPECT_TRUE(shop.other_is_a_store());
}

void refuses_an_unknown_device(Shop& shop, const Words& words) {
  const Outcome outcome = shop.retort(words + Words{"--device", "abacus"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("abacus"));
}

void says_what_it_does(Shop& shop, const Words& words, const Before& before) {
  std::string line = "debug command: retort";
  for (const auto& word : words) line += " " + shell_word(word);
  shows(shop, words, {"--verbose"}, line, before);
}

Json only_json(Shop& shop, const Words& words) {
  EXPECT_FALSE(Json::accept(shop.retort(words).out)) << "JSON without --json";
  const std::string text = shop.retort(words + Words{"--json"}).out;
  EXPECT_TRUE(Json::accept(text)) << text;
  return Json::parse(text, nullptr, false);
}

void four_nodes(Shop& shop) {
  const auto copy = [](const char* from, const char* suffix) {
    return Json{{"type", "test.copy"}, {"inputs", {{"from", from}}}, {"params", {{"suffix", suffix}}}};
  };
  shop.graph({{"a", {{"type", "test.text"}}}, {"b", copy("a", "b")}, {"c", copy("b", "c")}, {"d", copy("a", "d")}});
}

void one_that_fails_once(Shop& shop) {
  shop.graph({{"well", {{"type", "test.text"}}},
              {"bad", {{"type", "test.misbehave"}, {"params", {{"once", (shop.folder / "once").string()}}}}}});
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

}  // namespace retort

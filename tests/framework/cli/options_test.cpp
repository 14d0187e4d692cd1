// Every option of every command, each with something that changes because of it (options/). What options there are is
// asked of the program itself (--complete-options): one that is added without an entry there fails the first test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <sstream>

#include "cli/command.h"
#include "framework/cli/options/effects.h"

namespace retort {
namespace {

using ::testing::HasSubstr;

const Effects& effects() {
  static const Effects every = [] {
    Effects all;
    for (auto family : {run_options, verbose_options, plan_options, look_options, table_options, page_options,
                        store_options, other_options})
      all.merge(family());
    return all;
  }();
  return every;
}

/// "run", "plan", …, "plugin list", "data fetch", ….
std::vector<Words> all_commands() {
  std::vector<Words> all;
  for (const Command* command : commands()) {
    if (!commands_of(command->name).empty()) continue;  // `plugin`, `data`
    all.push_back(*command->group ? Words{command->group, command->name} : Words{command->name});
  }
  return all;
}

TEST(Options, OfEveryCommandAreCompleted) {
  Workshop shop;
  for (const auto& words : all_commands()) {
    const Outcome outcome = shop.retort(words + Words{kComplete});
    EXPECT_EQ(outcome.code, 0) << words.front() << ": " << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("--verbose\n")) << words.front();
    EXPECT_EQ(shop.retort(words + Words{"typed", "--so", "far", kComplete}).out, outcome.out) << words.front();
  }
  EXPECT_EQ(shop.retort({"plugin", kComplete}).out, "list\nshow\nnew\nbuild\ncheck\n");
  EXPECT_THAT(shop.retort({kComplete}).out, HasSubstr("quickstart\ninit\n"));
}

/// As a shell asks it, with this program in the place of the command.
std::string completed(Workshop& shop, const std::string& words, size_t at) {
  const std::string out = shop.folder / "completed", script = shop.folder / "script";
  write_file(script, "retort() { " TEST_BIN "/retort \"$@\"; }\n" + shop.retort({"completion", "bash"}).out +
                         "COMP_WORDS=(" + words + ") COMP_CWORD=" + std::to_string(at) +
                         "\n_retort\necho ${COMPREPLY[@]}\n");
  EXPECT_EQ(std::system(("bash " + script + " > " + out).c_str()), 0);
  return read_file(out);
}

TEST(Options, AreCompletedByAShell) {
  Workshop shop;
  EXPECT_EQ(completed(shop, "retort qui", 1), "quickstart\n");
  EXPECT_EQ(completed(shop, "retort quickstart --no", 2), "--notify\n");
  EXPECT_EQ(completed(shop, "retort init --verb", 2), "--verbose\n");
  EXPECT_EQ(completed(shop, "retort plugin ch", 2), "check\n");
  EXPECT_EQ(completed(shop, "retort run g.json --set a.b=1 --stop", 5), "--stop-at-failure\n");
}

TEST(Options, EveryOneHasAnEntryHere) {
  Workshop shop;
  NameSet there;
  for (const auto& words : all_commands()) {
    if (words.front() == "quickstart") continue;  // `run` of a certain graph
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

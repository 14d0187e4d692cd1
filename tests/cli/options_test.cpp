// Every option of every command, each with something that changes because of it (options/). What options there are is
// asked of the program itself (--complete-options): one that is added without an entry there fails the first test.
#include <gtest/gtest.h>

#include <cctype>
#include <sstream>

#include "cli/command.h"
#include "cli/options/effects.h"

namespace retort {
namespace {

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

TEST(Options, EveryOneHasAnEntryHere) {
  Workshop shop;
  NameSet there;
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

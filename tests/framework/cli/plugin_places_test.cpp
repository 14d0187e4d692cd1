// Where plugins are found, what is shown without them, and what is said where they are missed.
#include <gmock/gmock.h>

#include "whole/engine/workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class PluginPlaces : public ::testing::Test {
 protected:
  void SetUp() override {
    const Json exam = {{"type", "test.score"}, {"inputs", {{"from", "hello"}}}};
    shop.graph({{"exam", exam}, {"hello", {{"type", "test.text"}}}},
               {{"tables", {{{"node", "exam"}, {"metrics", {"score"}}}}}});
  }
  /// The command in another shell: without RETORT_PLUGIN_PATH.
  Outcome elsewhere(const std::vector<std::string>& words) {
    return shop.retort(words, [] { unsetenv("RETORT_PLUGIN_PATH"); });
  }
  void copy_plugins(const fs::path& to) {
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator(TEST_PLUGINS))
      fs::copy(entry.path(), to / entry.path().filename(), fs::copy_options::recursive);
  }
  Workshop shop;
};

TEST_F(PluginPlaces, BesideTheGraph) {
  copy_plugins(shop.folder / "plugins");
  EXPECT_EQ(elsewhere({"run", "g.json"}).code, 0);
  EXPECT_EQ(elsewhere({"validate", "g.json"}).code, 0);
  EXPECT_EQ(elsewhere({"table", "g.json"}).code, 0);
  const std::string graph = shop.folder / "g.json";
  EXPECT_EQ(shop.retort({"run", graph},
                        [] {
                          unsetenv("RETORT_PLUGIN_PATH");
                          if (chdir("/") != 0) _exit(97);
                        })
                .code,
            0);
}

TEST_F(PluginPlaces, OfTheStoresSettings) {
  copy_plugins(shop.folder / "mine");
  ASSERT_EQ(shop.retort({"ls"}).code, 0);
  write_file(shop.store_root / "settings.json", R"({"retort_settings":1,"plugins":["../mine"]})");
  EXPECT_EQ(elsewhere({"run", "g.json"}).code, 0);
  EXPECT_THAT(elsewhere({"plugin", "list"}).out, HasSubstr("test.text"));
  EXPECT_EQ(elsewhere({"plugin", "check", "test.text"}).code, 0);
  write_file(shop.store_root / "settings.json", R"({"retort_settings":1,"plugins":"mine"})");
  const Outcome bad = elsewhere({"run", "g.json"});
  EXPECT_EQ(bad.code, 4);
  EXPECT_THAT(bad.err, HasSubstr("settings.json: \"plugins\" is \"mine\", must be a list"));
}

TEST_F(PluginPlaces, WhatIsMissedSaysWhereItWasLookedFor) {
  ASSERT_EQ(shop.retort({"ls"}).code, 0);
  write_file(shop.store_root / "settings.json", R"({"retort_settings":1,"plugins":["/some/where"]})");
  for (const char* command : {"run", "plan", "validate", "table"}) {
    const Outcome outcome = elsewhere({command, "g.json"});
    EXPECT_EQ(outcome.code, 2) << command;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("there is no node type \"test.text\""),
                                   HasSubstr("plugins were looked for in /some/where"),
                                   HasSubstr((shop.folder / "plugins").string() + " beside the graph has none"),
                                   HasSubstr("RETORT_PLUGIN_PATH"), HasSubstr("settings.json")))
        << command;
  }
}

TEST_F(PluginPlaces, FinishedResultsAreShownWithoutThem) {
  ASSERT_EQ(shop.retort({"run", "g.json"}).code, 0);
  const std::string table = shop.retort({"table", "g.json"}).out;
  EXPECT_THAT(table, HasSubstr("score"));
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"table", "g.json"},
                                             {"table", "g.json", "--format", "csv"},
                                             {"ls", "g.json"},
                                             {"why", "g.json", "exam"},
                                             {"diff", "g.json", "exam", "hello"},
                                             {"report", "g.json", "-o", "r.html"},
                                             {"show", "g.json", "exam"}}) {
    const Outcome here = shop.retort(words), there = elsewhere(words);
    EXPECT_EQ(there.code, 0) << words[0] << ": " << there.err;
    EXPECT_EQ(there.out, here.out) << words[0];
  }
  EXPECT_EQ(elsewhere({"table", "g.json"}).out, table);
  EXPECT_THAT(elsewhere({"table", "g.json", "--set", "hello.text=new"}).out, HasSubstr("stale"))
      << "what is not there is shown as such";
  EXPECT_EQ(elsewhere({"export", "g.json", "exam", "made"}).code, 0);
  const Outcome run = elsewhere({"run", "g.json", "--set", "hello.text=new"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, HasSubstr("plugins were looked for in"));
}

TEST_F(PluginPlaces, AFolderOfSourcesIsNoFolderOfPlugins) {
  fs::create_directories(shop.folder / "plugins");
  write_file(shop.folder / "plugins" / "notes.json", "{");
  const Outcome outcome = shop.retort({"validate", "g.json"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "");
}

}  // namespace
}  // namespace retort

#include "catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <ctime>

#include "core/build.h"
#include "core/files.h"

namespace retort {
namespace {

using testing::ElementsAre;
namespace fs = std::filesystem;

std::string build_with(const std::string& torch) {
  std::string build = build_string();
  return build.substr(0, build.rfind("; torch ")) + "; torch " + torch;
}

Json manifest(const std::string& kind, const std::string& type, const std::string& build = build_with("none")) {
  PluginSpec spec;
  spec.kind = kind;
  spec.type = type;
  spec.summary = "A " + type;
  for (int i = 0; i < 12; ++i) {
    ParamSpec param;
    param.name = "p" + std::to_string(i);
    param.type = "number";
    param.doc = "Number of the test, " + std::to_string(i);
    param.default_value = 0.5 * i;
    param.min = 0;
    spec.params.push_back(param);
  }
  Json json = to_json(spec);
  json["retort_manifest"] = 1;
  json["library"] = type + ".so";
  json["build"] = build;
  json["torch"] = build.substr(build.rfind(' ') + 1);
  json["code"] = {{"identity", "abc"}, {"files", {{"plugins/" + type + ".cpp", "def"}}}};
  return json;
}

class CatalogTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(root_);
    fs::create_directories(root_ / "a");
    fs::create_directories(root_ / "b");
  }
  void TearDown() override { fs::remove_all(root_); }
  void write(const std::string& name, const Json& json) { write_file(root_ / name, json.dump(1)); }
  const fs::path root_ = fs::path(testing::TempDir()) / "retort_catalog_test";
};

TEST_F(CatalogTest, ReadsManifestsOfAllFolders) {
  write("a/recover.json", manifest("node", "recover"));
  write("a/l2.json", manifest("recover_loss", "l2"));
  write("b/bn_match.json", manifest("recover_loss", "bn_match"));
  write_file(root_ / "a" / "notes.txt", "not a manifest");
  const Catalog catalog = Catalog::read({root_ / "a", root_ / "b"});
  EXPECT_THAT(catalog.problems(), ElementsAre());
  EXPECT_EQ(catalog.all().size(), 3u);
  ASSERT_NE(catalog.find("node", "recover"), nullptr);
  EXPECT_EQ(catalog.find("recover_loss", "recover"), nullptr);
  EXPECT_EQ(catalog.find("bn_match")->spec.kind, "recover_loss");
  const Manifest& found = *catalog.find("node", "recover");
  EXPECT_EQ(found.library, root_ / "a" / "recover.so");
  EXPECT_EQ(found.spec.params.size(), 12u);
  EXPECT_EQ(found.code, "abc");
  EXPECT_EQ(found.code_files.at("plugins/recover.cpp"), "def");
  EXPECT_EQ(found.refused, "");
  ASSERT_EQ(catalog.of_kind("recover_loss").size(), 2u);
  EXPECT_EQ(catalog.of_kind("recover_loss")[0]->spec.type, "bn_match");
  EXPECT_EQ(catalog.nearest("recover_loss", "bn_mach"), "bn_match");
  EXPECT_EQ(catalog.nearest("node", "bn_mach"), "");
}

TEST_F(CatalogTest, SaysWhatItCannotUse) {
  write("a/one.json", manifest("node", "one"));
  write("b/again.json", manifest("node", "one"));
  write_file(root_ / "b" / "broken.json", "{");
  write("b/other.json", {{"name", "something else"}});
  const Catalog catalog = Catalog::read({root_ / "a", root_ / "b", root_ / "absent"});
  const std::string b = (root_ / "b").string();
  ASSERT_EQ(catalog.problems().size(), 4u);
  EXPECT_EQ(catalog.problems()[0],
            "node \"one\" of " + b + "/again.json is already in " + (root_ / "a" / "one.json").string());
  EXPECT_THAT(catalog.problems()[1], testing::StartsWith("cannot use " + b + "/broken.json: "));
  EXPECT_EQ(catalog.problems()[2], "cannot use " + b + "/other.json: not a manifest of version 1");
  EXPECT_EQ(catalog.problems()[3], "cannot read " + (root_ / "absent").string() + ": No such file or directory");
  EXPECT_EQ(catalog.find("node", "one")->file, root_ / "a" / "one.json");
}

TEST_F(CatalogTest, RefusesOtherBuilds) {
  write("a/same.json", manifest("node", "same", build_with("none")));
  write("a/torch.json", manifest("node", "torch", build_with("0.0.1")));
  write("a/old.json", manifest("node", "old", "sdk 0; gcc 12; cxx11abi 1; torch none"));
  const Catalog catalog = Catalog::read({root_ / "a"});
  EXPECT_EQ(catalog.find("node", "same")->refused, "");
  EXPECT_THAT(catalog.find("node", "torch")->refused, testing::StartsWith("built with \"" + build_with("0.0.1")));
  EXPECT_THAT(catalog.find("node", "old")->refused, testing::EndsWith(": rebuild it"));
}

TEST_F(CatalogTest, RefusesAnotherLayoutOfTheSdkInTheseWords) {
  const std::string number = "sdk " + std::to_string(RETORT_SDK_ABI) + ";";
  std::string before = build_with("none");
  before.replace(0, number.size(), "sdk " + std::to_string(RETORT_SDK_ABI - 1) + ";");
  write("a/old.json", manifest("node", "old", before));
  const Catalog catalog = Catalog::read({root_ / "a"});
  EXPECT_THAT(catalog.find("node", "old")->refused,
              testing::StartsWith("built with \"" + before + "\", this Retort with \"" + number + " "));
  EXPECT_THAT(catalog.find("node", "old")->refused, testing::EndsWith("\": rebuild it"));
}

TEST_F(CatalogTest, SearchesTheFoldersOfTheEnvironmentFirst) {
  setenv("RETORT_PLUGIN_PATH", "/one::/two/../two/x:/one", 1);
  const auto folders = Catalog::default_folders();
  ASSERT_GE(folders.size(), 2u);
  EXPECT_EQ(folders[0], "/one");
  EXPECT_EQ(folders[1], "/two/x");
  unsetenv("RETORT_PLUGIN_PATH");
}

TEST_F(CatalogTest, ReadsThirtyManifests) {  // prints the time and asserts none: machines are shared
  for (int i = 0; i < 30; ++i) write("a/" + std::to_string(i) + ".json", manifest("node", "n" + std::to_string(i)));
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const std::clock_t start = std::clock();  // the processor's time: the machine may be busy
    ASSERT_EQ(Catalog::read({root_ / "a"}).all().size(), 30u);
    best = std::min(best, 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  std::printf("30 manifests: %.2f ms\n", best);
}

}  // namespace
}  // namespace retort

#include "worker/members.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "core/files.h"
#include "core/plugin_spec.h"
#include "worker/symbols.h"

namespace retort {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Json manifest(const std::string& toy) {
  return Json::parse(read_file(BUILD_FOLDER "/toy_" + toy + "_plugins/test_sums_toy_" + toy + ".json"));
}

std::vector<std::string> names(const Json& files) {
  std::vector<std::string> all;
  for (const auto& [name, digest] : files.items()) all.push_back(name);
  return all;
}

TEST(Members, AreThoseThatAnyFileOfThePluginReachesAndNoOthers) {
  for (const char* toy : {"static", "shared"}) {
    const Json code = manifest(toy)["code"];
    EXPECT_THAT(names(code["files"]),
                ElementsAre("tests/framework/worker/plugins/number.cpp", "tests/framework/worker/plugins/number.h",
                            "tests/framework/worker/plugins/sums.cpp", "tests/framework/worker/toy/factor.h",
                            "tests/framework/worker/toy/fourfold.cpp", "tests/framework/worker/toy/fourfold.cpp flags",
                            "tests/framework/worker/toy/sums.h", "tests/framework/worker/toy/templates.cpp",
                            "tests/framework/worker/toy/templates.cpp flags", "tests/framework/worker/toy/twice.cpp",
                            "tests/framework/worker/toy/twice.cpp flags"))
        << toy;
  }
  EXPECT_EQ(manifest("static")["code"], manifest("shared")["code"]);
}

TEST(Members, FlagsAreThoseThatChangeArithmeticAndMacrosThatTheCodeNames) {
  const Json files = manifest("shared")["code"]["files"];
  EXPECT_EQ(files["tests/framework/worker/toy/twice.cpp flags"], "-ffp-contract=off");
  EXPECT_EQ(files["tests/framework/worker/toy/templates.cpp flags"], "-DTOY_OFFSET=1,-ffp-contract=off");
}

TEST(Members, TheManifestNamesTheBuildsThatWereLoaded) {
  const Json shared = manifest("shared")["loads"], fixed = manifest("static")["loads"];
  EXPECT_THAT(names(shared), ElementsAre("libtoy_shared.so", "test_sums_toy_shared.so"));
  EXPECT_THAT(names(fixed), ElementsAre("test_sums_toy_static.so"));
  EXPECT_EQ(shared["libtoy_shared.so"].get<std::string>().size(), 40u);
}

TEST(Members, OfALibraryWithoutAListAreAnError) {
  try {
    linked_files({}, {"/nowhere/libx.so"});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/libx.so.members"));
  }
}

TEST(Members, OfAnotherVersionOrOfNoneAreRefusedInTheseWords) {
  const std::filesystem::path library = std::filesystem::path(testing::TempDir()) / "libversions.so";
  const std::string list = library.string() + ".members";
  for (const char* version : {"2", "\"1\"", "null", "[1]"}) {
    write_file(list, std::string("{\"retort_members\": ") + version + ", \"members\": []}");
    try {
      linked_files({"f"}, {library});
      FAIL() << version << " accepted";
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()), list + ": not members of version 1; build the library again");
    }
  }
  std::filesystem::remove(list);
}

TEST(Symbols, OfAnObjectAndOfWhatIsNone) {
  const std::string folder = ::testing::TempDir();
  write_file(folder + "/retort_no_object.o",
             "\x7f"
             "ELF but no more");
  EXPECT_THROW(symbols_of(folder + "/retort_no_object.o"), Error);
  const Symbols own = symbols_of("/proc/self/exe");
  EXPECT_THAT(own.strong, Contains("main"));
}

}  // namespace
}  // namespace retort

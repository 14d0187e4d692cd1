#include "worker/check.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <sstream>

#include "core/error.h"
#include "core/files.h"
#include "worker/describe.h"
#include "worker/library.h"

namespace retort {
namespace {

using ::testing::HasSubstr;

TEST(CheckPlugin, FindsEachBrokenRuleOfACarelessPlugin) {
  std::ostringstream out;
  EXPECT_EQ(check_plugin(BAD_PLUGINS "/careless.so", out), 9);
  EXPECT_EQ(out.str(), R"(FAIL  summary is one line of at most 100 characters, without full stop: ends with a full stop
FAIL  type and kind are snake_case: "Careless" is not snake_case, with dots between parts
FAIL  parameter names are snake_case and unique: "Count" is not snake_case
ok    input names are snake_case and unique
ok    output names are snake_case and unique
FAIL  every parameter and port is described, without full stop: that of "mode" is empty
FAIL  facts come from declared parameters and inputs: "out": size comes from an unknown parameter "width"
ok    a cached node writes an output, a component none
warn  "scores" is of a kind of the plugin's own, "metric"; did you mean "metrics"?
FAIL  the manifest beside the library is current: careless.json is missing beside the library
FAIL  defaults and neutral values obey their own rules: "Count" is 5, must be at most 3
FAIL  without parameters only required ones are missing: "Count" is 5, must be at most 3
ok    limits of "Count" hold
ok    limits of "mode" hold
ok    limits of "mode" hold
ok    unknown parameters are refused
FAIL  properties of kind node hold: "Count" is 5, must be at most 3
7 passed, 9 failed
)");
}

TEST(CheckPlugin, RefusesALibraryOfAnotherBuildNamingBoth) {
  std::ostringstream out;
  try {
    check_plugin(BAD_PLUGINS "/foreign.so", out);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::plugin);
    EXPECT_THAT(error.what(), HasSubstr("built as \"sdk 0; gcc 4; cxx11abi 0; torch none\""));
    EXPECT_THAT(error.what(), HasSubstr(std::string("this worker is \"") + worker_build()));
  }
}

TEST(CheckPlugin, SeesThatAManifestIsOld) {
  const auto folder = std::filesystem::temp_directory_path() / "retort_check_test";
  std::filesystem::create_directories(folder);
  std::filesystem::copy(TEST_PLUGINS "/test_copy.so", folder / "test_copy.so",
                        std::filesystem::copy_options::overwrite_existing);
  write_manifest(folder / "test_copy.so", SOURCE_ROOT, folder / "test_copy.json");
  std::ostringstream good, old;
  EXPECT_EQ(check_plugin(folder / "test_copy.so", good), 0);
  Json manifest = Json::parse(read_file(folder / "test_copy.json"));
  manifest["params"][0]["default"] = "another";
  write_file(folder / "test_copy.json", manifest.dump());
  EXPECT_EQ(check_plugin(folder / "test_copy.so", old), 1);
  EXPECT_THAT(old.str(), HasSubstr("FAIL  the manifest beside the library is current: \"params\" differs"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace retort

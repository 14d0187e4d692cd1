// The commands that show what reader and catalog know, run as people run them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cstdio>

#include "toy_catalog.h"

namespace retort {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Said {
  int code = -1;
  std::string text;  ///< both streams
};

class CommandLine : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(plugins_);
    // A command of its own folder: it would find the plugins that are built beside the real one.
    const char* bin = std::getenv("RETORT_BIN");
    std::filesystem::create_directories(plugins_ / "bin");
    std::filesystem::copy_file(std::filesystem::path(bin ? bin : "bin") / "retort", plugins_ / "bin/retort");
    const std::string build = build_string(), none = build.substr(0, build.rfind(' ')) + " none";
    for (const auto& entry : std::filesystem::directory_iterator(graphs_folder() / "plugins")) {
      std::string text = read_file(entry.path());
      if (const size_t at = text.find("@BUILD@"); at != std::string::npos) text.replace(at, 7, none);
      write_file(plugins_ / entry.path().filename(), text);
    }
  }
  void TearDown() override { std::filesystem::remove_all(plugins_); }

  Said run(const std::string& words) const {
    const std::string line = "cd '" + graphs_folder().string() + "' && RETORT_PLUGIN_PATH='" + plugins_.string() +
                             "' '" + plugins_.string() + "/bin/retort' " + words + " 2>&1";
    Said said;
    FILE* pipe = popen(line.c_str(), "r");
    char buffer[4096];
    for (size_t got; pipe && (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) said.text.append(buffer, got);
    const int status = pipe ? pclose(pipe) : -1;
    said.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return said;
  }

  const std::filesystem::path plugins_ =
      std::filesystem::path(testing::TempDir()) / ("retort_command_test_" + std::to_string(::getpid()));
};

TEST_F(CommandLine, ValidateSaysWhatTheReaderFinds) {
  Said said = run("validate sweep.json");
  EXPECT_EQ(said.text, "sweep.json: valid, 14 nodes\n");
  EXPECT_EQ(said.code, 0);
  said = run("validate held_out.json");
  EXPECT_EQ(said.text, read_file(graphs_folder() / "held_out.expect") + "held_out.json: 2 mistakes\n");
  EXPECT_EQ(said.code, 2);
  said = run("validate sweep.json --set images.iterations=0 --json");
  EXPECT_EQ(said.code, 2);
  const Json json = Json::parse(said.text);
  EXPECT_EQ(json[0]["valid"], false);
  EXPECT_EQ(json[0]["diagnostics"][0]["origin"], "--set images.iterations=0");
  EXPECT_EQ(run("validate no_such_graph.json").code, 2);
}

TEST_F(CommandLine, PluginsAreListedAndShown) {
  EXPECT_THAT(run("plugin list recover_loss").text,
              HasSubstr("recover_loss\n  bn_match       Match BatchNorm statistics\n"
                        "  cross_entropy  Cross entropy of the teacher's prediction\n"));
  EXPECT_THAT(run("plugin show bn_match").text, StartsWith("bn_match (recover_loss)\nMatch BatchNorm statistics\n"));
  EXPECT_EQ(Json::parse(run("plugin show bn_match --json").text)[0]["params"].size(), 3u);
  const Said said = run("plugin show bn_mach");
  EXPECT_EQ(said.text, "retort plugin show: there is no plugin \"bn_mach\"; did you mean \"bn_match\"?\n");
  EXPECT_EQ(said.code, 2);
}

TEST_F(CommandLine, SchemaIsJson) {
  const Json schema = Json::parse(run("schema").text);
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_TRUE(schema["$defs"].contains("kind.recover_loss"));
}

}  // namespace
}  // namespace retort

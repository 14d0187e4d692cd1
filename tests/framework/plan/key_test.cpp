#include "plan/key.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "example_graph.h"

namespace retort {
namespace {

std::string text_of(const ExampleGraph& example, size_t node, const KeyInputs& inputs = {}) {
  SourceDigests sources(example.folder / "none");
  return key_text(example.graph.nodes[node], inputs, sources);
}

TEST(KeyText, ListsEverythingTheResultDependsOn) {
  ExampleGraph example;
  EXPECT_EQ(text_of(example, 1, {{"from", {{"dataset", "d1"}}}}),
            "retort-key 1\n"
            "type recover\n"
            "code " +
                sha256_hex("code of recover") +
                "\n"
                "  plugins/recover.cpp " +
                sha256_hex("recover") +
                "\n"
                "param lr = 0.1\n"
                "param per_class = 10\n"
                "component losses[0] cross_entropy\n"
                "code " +
                sha256_hex("code of cross_entropy") +
                "\n"
                "  plugins/cross_entropy.cpp " +
                sha256_hex("cross_entropy") +
                "\n"
                "component losses[1] bn_match\n"
                "code " +
                sha256_hex("code of bn_match") +
                "\n"
                "  plugins/bn_match.cpp " +
                sha256_hex("bn_match") +
                "\n"
                "param losses[1].weight = 0.005\n"
                "seed 0\n"
                "device cpu\n"
                "precision float32\n"
                "threads 1\n"
                "torch 2.13.0\n"
                "input from[0] dataset d1\n");
}

TEST(KeyText, NamesFilesByContentNotByPath) {
  ExampleGraph example;
  const std::string expected = "retort-key 1\ntype data\ncode " + sha256_hex("code of data") + "\n  plugins/data.cpp " +
                               sha256_hex("data") + "\nfile root \"train.bin\" " + sha256_hex("pixels") + "\n";
  EXPECT_EQ(text_of(example, 0), expected);
  std::filesystem::rename(example.folder / "data", example.folder / "elsewhere");
  example.graph.nodes[0].params["root"] = (example.folder / "elsewhere").string();
  EXPECT_EQ(text_of(example, 0), expected);
}

TEST(KeyText, AFolderReadWholeIsOneLine) {
  ExampleGraph example;
  example.data.spec.params[0].files.clear();
  std::filesystem::create_directories(example.folder / "data/b");
  write_file(example.folder / "data/b/1.jpg", "one");
  const auto file_line = [&] {
    const std::string text = text_of(example, 0);
    return text.substr(text.find("file "));
  };
  const std::string expected =
      "file root \"**\" " +
      sha256_hex("\"b/1.jpg\" " + sha256_hex("one") + "\n\"train.bin\" " + sha256_hex("pixels") + "\n") + "\n";
  EXPECT_EQ(file_line(), expected);
  std::filesystem::rename(example.folder / "data/b/1.jpg", example.folder / "data/b/2.jpg");
  EXPECT_NE(file_line(), expected);
  std::filesystem::rename(example.folder / "data/b/2.jpg", example.folder / "data/b/1.jpg");
  EXPECT_EQ(file_line(), expected);
  // Data sets are often put together from links to folders.
  std::filesystem::rename(example.folder / "data/b", example.folder / "elsewhere");
  std::filesystem::create_directory_symlink(example.folder / "elsewhere", example.folder / "data/b");
  EXPECT_EQ(file_line(), expected);
}

TEST(KeyText, IsTheSameAfterHarmlessChanges) {
  ExampleGraph example;
  const std::string before = text_of(example, 1);
  example.graph.nodes[1].name = "pictures";
  example.graph.nodes[1].place.line = 99;
  example.graph.nodes[1].timeout = 5;
  example.graph.nodes[1].params["per_class"] = 10;
  std::reverse(example.recover.spec.params.begin(), example.recover.spec.params.end());
  ParamSpec log = param_spec("log_every", "integer", 10), added = param_spec("momentum", "number", 0.0);
  log.in_key = false;
  added.neutral = 0.0;
  example.recover.spec.params.push_back(log);
  example.recover.spec.params.push_back(added);
  example.graph.nodes[1].params["log_every"] = 77;
  example.graph.nodes[1].params["momentum"] = 0;  // an integer for a number: the same value
  EXPECT_EQ(text_of(example, 1), before);
  example.graph.nodes[1].params["momentum"] = 0.9;
  EXPECT_NE(text_of(example, 1), before);
}

TEST(KeyText, HasSeedAndEnvironmentOnlyWhereTheyMatter) {
  ExampleGraph example;
  example.graph.nodes[2].seed = 1;
  const std::string before = text_of(example, 2);
  EXPECT_EQ(before.find("seed"), std::string::npos);
  EXPECT_EQ(before.find("device"), std::string::npos);
  // A random component makes its node random.
  example.recover.spec.random = false;
  EXPECT_EQ(text_of(example, 1).find("seed"), std::string::npos);
  example.bn_match.spec.random = true;
  EXPECT_NE(text_of(example, 1).find("seed 0\n"), std::string::npos);
}

TEST(KeyText, ADeclaredVersionStandsForTheSources) {
  ExampleGraph example;
  example.score.spec.version = 3;
  example.score.code = "version 3";
  EXPECT_EQ(text_of(example, 2), "retort-key 1\ntype score\ncode version 3\n");
}

TEST(KeyText, AMissingFileIsNamedWithItsNodeAndParameter) {
  ExampleGraph example;
  std::filesystem::remove(example.folder / "data/train.bin");
  try {
    text_of(example, 0);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), "data: \"root\": cannot read " + (example.folder / "data/train.bin").string() +
                                ": No such file or directory");
  }
}

TEST(KeyOf, IsTheSha256OfTheText) {
  EXPECT_EQ(key_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace retort

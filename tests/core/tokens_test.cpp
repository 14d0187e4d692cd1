#include "core/tokens.h"

#include <gtest/gtest.h>

#include "core/files.h"

namespace retort {
namespace {

using Words = std::vector<std::string>;

TEST(Tokens, AreWhatTheCompilerSees) {
  EXPECT_EQ(tokens_of("int a=1'000.5e-3f;// x\nb /* \"c\" */ ->*d<=>'\\''"),
            (Words{"int", "a", "=", "1'000.5e-3f", ";", "b", "->*", "d", "<=>", "'\\''"}));
  EXPECT_EQ(tokens_of("R\"x(a // \" )\" b)x\" u8\"s\" \"//\""), (Words{"R\"x(a // \" )\" b)x\"", "u8\"s\"", "\"//\""}));
  EXPECT_EQ(tokens_of("#define A \\\n  b\nc"), (Words{"#", "define", "A", "b", "\n", "c"}));
  EXPECT_EQ(tokens_of("// one \\\n still\nx"), (Words{"x"}));
}

TEST(Tokens, LayoutAndCommentsChangeNothing) {
  EXPECT_EQ(token_digest("int f(int x) { return x + 1; }"),
            token_digest("// Adds one.\nint f(int x)\n{\n  return x +  /* why */ 1;\n}\n"));
}

TEST(Tokens, AnythingThatCountsChangesTheDigest) {
  const std::string base = token_digest("x = a+++b; y = \"s t\"; z = 1;");
  EXPECT_NE(token_digest("x = a+ ++b; y = \"s t\"; z = 1;"), base);
  EXPECT_NE(token_digest("x = a+++b; y = \"s  t\"; z = 1;"), base);
  EXPECT_NE(token_digest("x = a+++b; y = \"s t\"; z = 2;"), base);
  EXPECT_NE(token_digest("#define A b\nc"), token_digest("#define A\nb c"));
  EXPECT_NE(token_digest("ab"), token_digest("a b"));
}

TEST(Tokens, DocStringsOfADeclarationAreLeftOut) {
  const auto declared = [](const std::string& about, const std::string& doc, const std::string& rest) {
    return token_digest("d.about(" + about + "); d.param(\"lr\", lr_, " + doc + ").at_least(0)" + rest +
                        "; d.inputs(\"data\", data_, \"dataset\", " + doc + ");");
  };
  const std::string base = declared("\"one\"", "\"Step size\"", "");
  EXPECT_EQ(declared("\"two, \" \"better\"", "\"Size of (a) step, \"\n  \"in all\"", ""), base);
  EXPECT_NE(declared("\"one\"", "doc(\"Step size\")", ""), base);
  EXPECT_NE(declared("\"one\"", "\"Step size\"", ".one_of({\"a\", \"b\"})"), base);
  EXPECT_NE(token_digest("d.param(\"lr\", lr_, \"doc\")"), token_digest("d.param(\"rate\", lr_, \"doc\")"));
  // Kinds of ports are no documentation, nor are strings of other calls with these names.
  EXPECT_NE(token_digest("d.input(\"a\", a_, \"encoder\", \"x\")"),
            token_digest("d.input(\"a\", a_, \"images\", \"x\")"));
  EXPECT_NE(token_digest("run.output(\"a\")"), token_digest("run.output(\"b\")"));
}

class CodeIdentityTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(root_);
    write("plugins/recover_loss/mine.cpp",
          "#include \"nn/net.h\"\n#include <ATen/ATen.h>\n#include \"sdk/torch/x.h\"\nint a;");
    write("plugins/nn/net.h", "#pragma once\n#include \"layer.h\"\nint net();");
    write("plugins/nn/net.cpp", "#include \"nn/net.h\"\n#include \"vision/crop.h\"\nint net() { return 1; }");
    write("plugins/nn/layer.h", "#pragma once\n");
    write("plugins/nn/unused.h", "int unused;");
    write("plugins/vision/crop.h", "#include \"nn/net.h\"\n");
    write("framework/sdk/torch/x.h", "int x;");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((root_ / name).parent_path());
    write_file(root_ / name, text);
  }
  CodeIdentity now() const { return code_identity(root_ / "plugins/recover_loss/mine.cpp", root_); }
  const std::filesystem::path root_ = std::filesystem::path(testing::TempDir()) / "retort_tokens_test";
};

TEST_F(CodeIdentityTest, FollowsHeadersAndTheirMembers) {
  Words names;
  for (const auto& [name, digest] : now().files) names.push_back(name);
  EXPECT_EQ(names, (Words{"plugins/nn/layer.h", "plugins/nn/net.cpp", "plugins/nn/net.h",
                          "plugins/recover_loss/mine.cpp", "plugins/vision/crop.h"}));
}

TEST_F(CodeIdentityTest, ChangesWithWhatCountsOnly) {
  const std::string before = now().identity;
  write("plugins/nn/unused.h", "int other;");
  write("framework/sdk/torch/x.h", "int y;");
  write("plugins/nn/layer.h", "// said better\n#pragma once\n");
  EXPECT_EQ(now().identity, before);
  write("plugins/nn/net.cpp", "#include \"nn/net.h\"\n#include \"vision/crop.h\"\nint net() { return 2; }");
  EXPECT_NE(now().identity, before);
}

}  // namespace
}  // namespace retort

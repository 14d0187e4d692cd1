#include "core/tokens.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace retort

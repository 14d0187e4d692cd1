#include "worker/commands.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "core/files.h"

namespace retort {
namespace {

using ::testing::ElementsAre;
namespace fs = std::filesystem;

TEST(Commands, AreTakenApartAsAShellDoes) {
  EXPECT_THAT(shell_words(R"(c++ -DA=\"b\" '-DB=c d' "e\"f"  g\ h '')"),
              ElementsAre("c++", "-DA=\"b\"", "-DB=c d", "e\"f", "g h", ""));
}

TEST(Commands, KnowWhichOptionsChangeArithmetic) {
  for (const char* does : {"-ffast-math", "-Ofast", "-march=native", "-mfma", "-ffp-contract=fast", "-fopenmp"})
    EXPECT_TRUE(changes_arithmetic(does)) << does;
  for (const char* not_so :
       {"-O3", "-O0", "-g1", "-Wall", "-fPIC", "-mtune=native", "-fvisibility=hidden", "-std=c++20"})
    EXPECT_FALSE(changes_arithmetic(not_so)) << not_so;
}

TEST(Commands, AreFoundByTheObjectTheyMake) {
  const fs::path folder = fs::path(::testing::TempDir()) / "retort_commands_test";
  fs::create_directories(folder / "build");
  write_file(folder / "build/x.o", "");
  write_file(folder / "c.json", R"([{"directory": ")" + (folder / "build").string() +
                                    R"(", "file": "../x.cpp", "command": "c++ -I ../include -isystem /other -DA=1 -DB )"
                                    R"(-UB -O3 -mfma -o x.o -c ../x.cpp"}])");
  const Commands commands(folder / "c.json");
  const Compilation found = commands.of(folder / "build" / "x.o");
  EXPECT_EQ(found.source, folder / "x.cpp");
  EXPECT_THAT(found.folders, ElementsAre(folder / "include"));
  EXPECT_THAT(found.system, ElementsAre("/other"));
  EXPECT_THAT(found.arithmetic, ElementsAre("-mfma"));
  EXPECT_THAT(found.macros, ElementsAre(std::pair("A", "1")));
  try {
    commands.of(folder / "y.o");
    FAIL() << "found";
  } catch (const Error& error) {
    EXPECT_EQ(error.what(),
              (folder / "c.json").string() + " has no command for " + (folder / "y.o").string() + "; configure again");
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace retort

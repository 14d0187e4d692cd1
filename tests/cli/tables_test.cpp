#include "cli/tables.h"

#include <gtest/gtest.h>

namespace retort {
namespace {

TEST(TableCell, ShowsMeanSampleDeviationAndCount) {
  // Of 1, 2, 6: mean 3, sample deviation sqrt((4 + 1 + 9) / 2) = 2.6458
  EXPECT_EQ(to_text(TableCell{{1, 2, 6}, 3, false}), "3 ± 2.6 (n=3)");
  EXPECT_EQ(to_text(TableCell{{0.52341}, 1, false}), "0.5234");
}

TEST(TableCell, ShowsWhatIsNotThere) {
  EXPECT_EQ(to_text(TableCell{{}, 1, false}), "missing");
  EXPECT_EQ(to_text(TableCell{{}, 3, true}), "failed");
  EXPECT_EQ(to_text(TableCell{{0.5}, 3, true}), "0.5 (1 of 3)");
  EXPECT_EQ(to_text(TableCell{{1, 3}, 3, false}), "2 ± 1.4 (n=2 of 3)");
  EXPECT_EQ(to_text(TableCell{{}, 0, false}), "");
}

TEST(Table, IsAligned) {
  const Table table{"T",
                    {"loss"},
                    {"a", "b"},
                    {{"mmd"}, {"x"}},
                    {{{{1}, 1, false}, {{}, 1, false}}, {{{22.5}, 1, false}, {{}, 0, false}}}};
  EXPECT_EQ(to_text(table), "T\nloss  a     b\n-------------------\nmmd   1     missing\nx     22.5\n");
}

TEST(Table, IsCsvThatSpreadsheetsRead) {
  const Table table{"", {"loss"}, {"acc"}, {{"a, \"b\""}}, {{{{1, 3}, 2, false}}}};
  EXPECT_EQ(to_csv(table), "loss,acc,acc std,acc n\n\"a, \"\"b\"\"\",2.0,1.4142135623730951,2\n");
}

}  // namespace
}  // namespace retort

#include "core/warnings.h"

#include <gtest/gtest.h>

namespace retort {
namespace {

TEST(Warnings, ThatDifferInNumbersAloneAreOneKind) {
  const auto groups = grouped({{"a", "loss 4.25 of 2.3"},
                               {"b", "loss 3e-05 of 10"},
                               {"b", "loss 7 of 1.5e+20"},
                               {"a", "loss x of 2.3"},
                               {"c", "ends at 8. Then"},
                               {"d", "ends at 80. Then"}});
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].text, "loss 4.25 of 2.3");
  EXPECT_EQ(groups[0].nodes, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(groups[0].count, 3u);
  EXPECT_EQ(groups[1].nodes, std::vector<std::string>{"a"});
  EXPECT_EQ(groups[2].nodes, (std::vector<std::string>{"c", "d"})) << "a full stop is no part of a number";
}

TEST(Warnings, AreSummedUpWithALineForEachKind) {
  EXPECT_EQ(warnings_text({}), "");
  EXPECT_EQ(warnings_text({{"a", "odd"}}), "1 warning from 1 node:\n  a: odd\n");
  EXPECT_EQ(warnings_text({{"a", "odd 1"}, {"", "disk"}, {"b", "odd 2"}, {"c", "odd 3"}, {"a", "even"}}),
            "5 warnings from 3 nodes:\n  a and 2 more: odd 1\n  disk\n  a: even\n");
  EXPECT_EQ(warnings_text({{"", "disk"}}), "1 warning:\n  disk\n");
}

}  // namespace
}  // namespace retort

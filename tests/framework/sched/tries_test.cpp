#include "sched/tries.h"

#include <gtest/gtest.h>

namespace retort {
namespace {

TEST(Tries, CountsByKey) {
  Tries tries;
  EXPECT_EQ(tries.begin("one"), 1);
  EXPECT_EQ(tries.begin("one"), 2);
  EXPECT_EQ(tries.begin("other"), 1);
}

TEST(Tries, AnotherTryIsAsThePolicyOfTheFailureSays) {
  Tries tries;
  EXPECT_FALSE(tries.once_more("one", ErrorKind::user));
  EXPECT_TRUE(tries.once_more("one", ErrorKind::lost));
  EXPECT_TRUE(tries.once_more("one", ErrorKind::memory));  // another kind is another matter
  EXPECT_FALSE(tries.once_more("one", ErrorKind::lost));
  EXPECT_TRUE(tries.once_more("other", ErrorKind::lost));
}

TEST(Tries, TwoDeathsAreTheNodesFault) {
  Tries tries;
  EXPECT_FALSE(tries.is_deadly("one"));
  tries.died("one");
  EXPECT_FALSE(tries.is_deadly("one"));
  tries.died("one");
  EXPECT_TRUE(tries.is_deadly("one"));
  EXPECT_FALSE(tries.is_deadly("other"));
}

TEST(Tries, AThirdDamageOfOneResultEndsIt) {
  Tries tries;
  EXPECT_TRUE(tries.heal("one"));
  EXPECT_TRUE(tries.heal("one"));
  EXPECT_FALSE(tries.heal("one"));
  EXPECT_TRUE(tries.heal("other"));
}

}  // namespace
}  // namespace retort

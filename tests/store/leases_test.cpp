#include "store/leases.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "temporary_folder.h"

namespace retort {
namespace {

const std::string kKey(64, '7'), kOther(64, 'f');

TEST(Leases, OneHolderAtATime) {
  TemporaryFolder folder;
  Leases one(folder / "keys"), two(folder / "keys");
  EXPECT_TRUE(one.try_take(kKey));
  EXPECT_FALSE(two.try_take(kKey));
  EXPECT_TRUE(two.try_take(kOther));
  one.release(kKey);
  EXPECT_TRUE(two.try_take(kKey));
}

TEST(Leases, DieWithTheirProcess) {
  TemporaryFolder folder;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    Leases held(folder / "keys");
    const char taken = held.try_take(kKey) ? 'y' : 'n';
    if (write(ready[1], &taken, 1) != 1) _exit(1);
    pause();
  }
  char taken = 0;
  ASSERT_EQ(read(ready[0], &taken, 1), 1);
  EXPECT_EQ(taken, 'y');
  Leases mine(folder / "keys");
  EXPECT_FALSE(mine.try_take(kKey));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(mine.try_take(kKey));
}

TEST(Leases, AreGrantedWhereTheFileCannotBe) {
  Leases leases("/nonexistent/keys");
  EXPECT_TRUE(leases.try_take(kKey));
}

}  // namespace
}  // namespace retort

#include "core/processors.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "core/temporary_folder.h"

namespace retort {
namespace {

class Groups : public ::testing::Test {
 protected:
  size_t cores(const std::string& membership) {
    write_file(folder_ / "cgroup", membership);
    return cores_of_groups(folder_ / "cgroup", folder_ / "sys");
  }
  void put(const std::string& name, const std::string& text) {
    make_folder((folder_ / "sys" / name).parent_path());
    write_file(folder_ / "sys" / name, text);
  }
  TemporaryFolder folder_;
};

TEST_F(Groups, TheTightestLimitCountsRoundedUp) {
  EXPECT_EQ(cores("0::/a/b\n"), 0u) << "no limit";
  put("a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(cores("0::/a/b\n"), 0u);
  put("cpu.max", "800000 100000\n");
  EXPECT_EQ(cores("0::/a/b\n"), 8u);
  put("a/cpu.max", "250000 100000\n");
  EXPECT_EQ(cores("0::/a/b\n"), 3u);
  put("a/b/cpu.max", "10000 100000\n");
  EXPECT_EQ(cores("0::/a/b\n"), 1u);
  EXPECT_EQ(cores("0::/\n"), 8u);
  EXPECT_EQ(cores("0::/nowhere/here\n"), 8u) << "a group that this mount does not show";
}

TEST_F(Groups, OfTheFirstVersionToo) {
  put("cpu,cpuacct/x/cpu.cfs_quota_us", "200000\n");
  put("cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
  put("memory/x/cpu.cfs_quota_us", "100000\n");
  put("memory/x/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cores("5:memory:/x\n4:cpu,cpuacct:/x\n1:cpuset:/\n"), 2u);
  put("cpu,cpuacct/x/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(cores("4:cpu,cpuacct:/x\n"), 0u);
}

TEST_F(Groups, NonsenseIsNoLimit) {
  put("a/cpu.max", "soon\n");
  EXPECT_EQ(cores("0::/a\nno line\n:\n"), 0u);
  EXPECT_EQ(cores_of_groups(folder_ / "nothing", folder_ / "sys"), 0u);
  EXPECT_GE(usable_cores(), 1u);
}

}  // namespace
}  // namespace retort

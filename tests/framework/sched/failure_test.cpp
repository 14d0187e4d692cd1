#include "sched/failure.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "core/files.h"
#include "core/temporary_folder.h"

namespace retort {
namespace {

Death death_by(int signal_number) {
  Death death;
  death.status = signal_number;
  death.started = true;
  return death;
}

TEST(Failure, OnlyWhatMayComeOutOtherwiseIsTriedAgain) {
  for (const auto kind : {ErrorKind::user, ErrorKind::data, ErrorKind::store, ErrorKind::plugin,
                          ErrorKind::not_a_number, ErrorKind::cancelled, ErrorKind::internal, ErrorKind::timeout})
    EXPECT_EQ(policy_of(kind).retries, 0) << name_of(kind);
  for (const auto kind : {ErrorKind::memory, ErrorKind::device_memory, ErrorKind::device, ErrorKind::lost}) {
    EXPECT_EQ(policy_of(kind).retries, 1) << name_of(kind);
    EXPECT_TRUE(policy_of(kind).replace_worker) << name_of(kind);
  }
  EXPECT_TRUE(policy_of(ErrorKind::memory).alone);
  EXPECT_FALSE(policy_of(ErrorKind::lost).alone);
}

TEST(Failure, AKillWhileTheKernelHadNoMemoryIsHostMemory) {
  Death death = death_by(SIGKILL);
  EXPECT_EQ(kind_of(death), ErrorKind::lost);
  EXPECT_EQ(text_of(death), "the worker died, killed by SIGKILL (Killed), while the node ran");
  death.oom_killed = true;
  EXPECT_EQ(kind_of(death), ErrorKind::memory);
  EXPECT_EQ(text_of(death),
            "the worker died, killed by SIGKILL (Killed), when host memory ran out, while the node ran");
  Death other = death_by(SIGSEGV);
  other.oom_killed = true;
  EXPECT_EQ(kind_of(other), ErrorKind::lost) << "another process was killed for it";
}

TEST(Failure, AnUncaughtBadAllocIsHostMemory) {
  TemporaryFolder folder;
  Death death = death_by(SIGABRT);
  death.log = folder / "node.log";
  EXPECT_EQ(kind_of(death), ErrorKind::lost) << "no log, no words";
  write_file(death.log, "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n");
  EXPECT_EQ(kind_of(death), ErrorKind::memory);
  write_file(death.log, "terminate called after throwing an instance of 'std::runtime_error'\n");
  EXPECT_EQ(kind_of(death), ErrorKind::lost);
}

TEST(Failure, ShowsTheLastEightLinesOfAHugeLog) {
  TemporaryFolder folder;
  std::string text, tail;
  for (int i = 0; i < 100000; ++i) text += "line " + std::to_string(i) + "\n";
  for (int i = 99992; i < 100000; ++i) tail += "\nline " + std::to_string(i);
  Death death;
  death.status = 7 << 8;
  death.log = folder / "node.log";
  write_file(death.log, text);
  EXPECT_EQ(text_of(death), "the worker died, exit code 7, while opening plugins and inputs; its last lines (" +
                                death.log + "):" + tail);
}

}  // namespace
}  // namespace retort

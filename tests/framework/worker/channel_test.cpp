#include "worker/channel.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

namespace retort {
namespace {

/// A coordinator that is killed just after it sent a job to a worker that is only starting: without it nobody watches
/// the job or waits for its result.
TEST(Channel, AJobWhoseCoordinatorIsGoneIsNotBegun) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const std::string line = "{\"op\":\"run\",\"job\":{\"node\":\"a\"}}\n";
  ASSERT_EQ(::send(ends[0], line.data(), line.size(), 0), static_cast<ssize_t>(line.size()));
  ::close(ends[0]);
  const pid_t child = ::fork();
  if (child == 0) {
    Channel channel(ends[1]);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // a slow start: both are read by now
    ::_exit(channel.next_job() ? 1 : 0);
  }
  ::close(ends[1]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "it was begun";
}

}  // namespace
}  // namespace retort

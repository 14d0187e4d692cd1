#include "core/files.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <functional>

namespace retort {
namespace {

class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  size_t count() const { return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder_), {})); }
  const std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) / "retort_files_test";
};

std::string message_of(const std::function<void()>& work, ErrorKind kind) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  return "nothing thrown";
}

TEST_F(Files, WhatIsWrittenIsRead) {
  const std::string bytes("a\0b\n\xff", 5);
  write_file(folder_ / "a", bytes);
  EXPECT_EQ(read_file(folder_ / "a"), bytes);
  write_file(folder_ / "a", "");
  EXPECT_EQ(read_file(folder_ / "a"), "");
}

TEST_F(Files, ReadsFilesThatStateNoSize) { EXPECT_GT(read_file("/proc/self/status").size(), 10u); }

TEST_F(Files, AtomicWriteReplacesAndLeavesNothingBeside) {
  write_atomically(folder_ / "a", "one", false);
  write_atomically(folder_ / "a", "two", true);
  EXPECT_EQ(read_file(folder_ / "a"), "two");
  EXPECT_EQ(count(), 1u);
}

TEST_F(Files, AtomicWriteThatFailsLeavesNothing) {
  std::filesystem::create_directories(folder_ / "taken" / "x");
  const std::string target = (folder_ / "taken").string();
  EXPECT_EQ(message_of([&] { write_atomically(target, "one", false); }, ErrorKind::store),
            "cannot write " + target + ": Is a directory; it is a folder: name a file");
  EXPECT_EQ(count(), 1u);
}

TEST_F(Files, ErrorsNameTheFileAndTheReason) {
  const std::string absent = (folder_ / "absent" / "a").string();
  EXPECT_EQ(message_of([&] { read_file(absent); }, ErrorKind::data),
            "cannot read " + absent + ": No such file or directory");
  EXPECT_EQ(message_of([&] { read_file(absent, ErrorKind::user); }, ErrorKind::user),
            "cannot read " + absent + ": No such file or directory");
  EXPECT_EQ(message_of([&] { write_atomically(absent, "", false); }, ErrorKind::store),
            "cannot write " + absent + ": No such file or directory");
}

TEST(DataHome, FollowsTheEnvironment) {
  setenv("XDG_DATA_HOME", "/xdg", 1);
  unsetenv("RETORT_DATA");
  EXPECT_EQ(data_home(), "/xdg/retort/data");
  setenv("RETORT_DATA", "/elsewhere", 1);
  EXPECT_EQ(data_home(), "/elsewhere");
  unsetenv("XDG_DATA_HOME");
  setenv("HOME", "/home/someone", 1);
  EXPECT_EQ(user_data_folder(), "/home/someone/.local/share");
}

}  // namespace
}  // namespace retort

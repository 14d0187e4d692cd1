#include "log/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "core/error.h"
#include "core/files.h"
#include "core/guarded_folder.h"
#include "core/temporary_folder.h"

namespace retort {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class LogTest : public testing::Test {
 protected:
  ~LogTest() override { ::unsetenv(kLogVariable); }
  void ask(const char* levels) {
    ::setenv(kLogVariable, levels, 1);
    start_log();
  }
  /// What `say` writes to error output.
  template <class Say>
  std::string shown(Say say) {
    testing::internal::CaptureStderr();
    say();
    return testing::internal::GetCapturedStderr();
  }
  static void say_all() {
    for (const LogLevel level :
         {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
      log(level, "scheduler", std::string("S ") + name_of(level));
      log(level, "worker", std::string("W ") + name_of(level));
    }
  }
  static std::string refusal(const char* levels) {
    ::setenv(kLogVariable, levels, 1);
    try {
      start_log();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  TemporaryFolder folder_;
};

TEST_F(LogTest, ShowsWarningsAsPartAndText) {
  ask("");
  EXPECT_EQ(shown(say_all), "scheduler: S warning\nworker: W warning\nscheduler: S error\nworker: W error\n");
  EXPECT_FALSE(log_is_shown());
}

TEST_F(LogTest, ShowsAPartFromItsOwnLevelOn) {
  ask("error,scheduler=debug");
  EXPECT_THAT(shown(say_all), AllOf(HasSubstr("debug scheduler: S debug\n"), HasSubstr("W error"),
                                    Not(HasSubstr("S trace")), Not(HasSubstr("W warning"))));
  EXPECT_TRUE(log_is_shown());
}

TEST_F(LogTest, VerboseIsDebugUnlessTheVariableSaysOtherwise) {
  ask("");
  log_verbosely();
  EXPECT_THAT(shown(say_all), AllOf(HasSubstr("W debug"), Not(HasSubstr("W trace"))));
  EXPECT_EQ(log_asked(), "debug");
  ask("worker=error");
  log_verbosely();
  EXPECT_THAT(shown(say_all), AllOf(HasSubstr("S debug"), Not(HasSubstr("W warning")), HasSubstr("W error")));
  EXPECT_EQ(log_asked(), "debug,worker=error");
}

TEST_F(LogTest, KeepsWhatIsAtLeastInfoInTheFile) {
  ask("");
  log_into(folder_.path() / kLogFile);
  EXPECT_THAT(shown(say_all), Not(HasSubstr("S info")));
  const std::string kept = read_file(folder_.path() / kLogFile);
  EXPECT_THAT(kept, AllOf(HasSubstr("info scheduler: S info\n"), HasSubstr("W error"), Not(HasSubstr("S debug"))));
}

TEST_F(LogTest, AFileIsCutIntoPiecesOfWhichTheLastFourStay) {
  ask("");
  log_into(folder_.path() / kLogFile);
  for (int i = 0; i < 60; ++i) log(LogLevel::info, "scheduler", std::to_string(i) + std::string(100 << 10, '.'));
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_LE(entry.file_size(), 1u << 20);
    ++files;
  }
  EXPECT_EQ(files, 4u);
  EXPECT_THAT(read_file(folder_.path() / kLogFile), HasSubstr(": 59."));
}

TEST_F(LogTest, AFolderThatIsNotThereCostsLinesOnly) {
  ask("");
  EXPECT_THAT(shown([&] { log_into("/dev/null/log.txt"); }), HasSubstr("/dev/null/log.txt"));
  EXPECT_EQ(shown([] { log(LogLevel::warning, "command", "still here"); }), "command: still here\n");
}

TEST_F(LogTest, ALinkInAFolderOfSeveralUsersIsNotFollowed) {
  const auto shared = folder_.path() / "shared", other = folder_.path() / "other.txt";
  write_file(other, "mine");
  make_folder(shared);
  std::filesystem::permissions(shared, static_cast<std::filesystem::perms>(0777));
  std::filesystem::create_symlink(other, shared / kLogFile);
  guard(shared);
  ask("");
  EXPECT_THAT(shown([&] { log_into(shared / kLogFile); }), HasSubstr((shared / kLogFile).string()));
  say_all();
  EXPECT_EQ(read_file(other), "mine");
}

TEST_F(LogTest, ALinkThatComesAndGoesWhileTheFileIsOpenedIsNotFollowed) {
  const auto shared = folder_.path() / "shared", other = folder_.path() / "other.txt";
  write_file(other, "mine");
  make_folder(shared);
  std::filesystem::permissions(shared, static_cast<std::filesystem::perms>(0777));
  guard(shared);
  ask("");
  std::atomic<bool> enough = false;
  std::thread member([&] {
    while (!enough) {
      std::error_code none;
      std::filesystem::create_symlink(other, shared / "link", none);
      std::filesystem::rename(shared / "link", shared / kLogFile, none);
      std::filesystem::remove(shared / kLogFile, none);
    }
  });
  shown([&] {
    for (int i = 0; i < 3000; ++i) {
      log_into(shared / kLogFile);
      log(LogLevel::info, "scheduler", "a line");
    }
  });
  enough = true;
  member.join();
  EXPECT_EQ(read_file(other), "mine");
}

TEST_F(LogTest, ALinkInThePlaceOfTheNextPieceIsNotFollowed) {
  const auto shared = folder_.path() / "shared", other = folder_.path() / "other.txt";
  write_file(other, "mine");
  make_folder(shared);
  std::filesystem::permissions(shared, static_cast<std::filesystem::perms>(0777));
  std::filesystem::create_symlink(other, shared / "log.1.txt");
  guard(shared);
  ask("");
  log_into(shared / kLogFile);
  for (int i = 0; i < 12; ++i) log(LogLevel::info, "scheduler", std::to_string(i) + std::string(100 << 10, '.'));
  EXPECT_EQ(read_file(other), "mine");
  EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(shared / "log.1.txt")));
  EXPECT_THAT(read_file(shared / kLogFile), HasSubstr(": 11."));
}

TEST_F(LogTest, ATakerGetsWhatIsAtLeastInfo) {
  ask("");
  std::string taken;
  log_through([&](LogLevel level, const std::string& part, const std::string& text) {
    taken += std::string(name_of(level)) + " " + part + " " + text + "\n";
  });
  EXPECT_THAT(shown(say_all), IsEmpty());
  EXPECT_EQ(taken,
            "info scheduler S info\ninfo worker W info\nwarning scheduler S warning\nwarning worker W warning\n"
            "error scheduler S error\nerror worker W error\n");
}

TEST_F(LogTest, RefusesWhatIsNoLevelAndNoPart) {
  EXPECT_THAT(refusal("debgu"), AllOf(HasSubstr("RETORT_LOG"), HasSubstr("\"debgu\""), HasSubstr("\"debug\"")));
  EXPECT_THAT(refusal("loud"), EndsWith("levels: trace, debug, info, warning, error, off"));
  EXPECT_THAT(refusal("schedule=debug"), HasSubstr("\"scheduler\""));
  EXPECT_THAT(refusal("worker="), HasSubstr("level \"\""));
}

TEST_F(LogTest, LevelsHaveNamesThatReadBack) {
  for (const LogLevel level : {LogLevel::trace, LogLevel::warning, LogLevel::off})
    EXPECT_EQ(log_level(name_of(level)), level);
  EXPECT_EQ(log_level("nonsense"), LogLevel::off);
}

}  // namespace
}  // namespace retort

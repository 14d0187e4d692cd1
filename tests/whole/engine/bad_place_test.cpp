// Stores in places and times that are not as they should be: a clear message or nothing at all, and nothing lost.
#include <gmock/gmock.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "core/sealed_text.h"
#include "events/event_log.h"
#include "workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

Json large_chain() {
  return {{"hello", {{"type", "test.text"}, {"params", {{"text", "hi"}, {"size", 10000}}}}},
          {"copy", {{"type", "test.copy"}, {"inputs", {{"from", "hello"}}}, {"params", {{"suffix", "!"}}}}}};
}

void without_locks() {
  setenv("LD_PRELOAD", FAULT_LIBRARY, 1);
  setenv("RETORT_FAULT_NO_LOCKS", "1", 1);
}

TEST(BadPlace, AStoreOfANewerFormatIsRefused) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  write_file(shop.store_root / "format", sealed("{\"retort_store\":9}"));
  for (const char* command : {"run", "plan"}) {
    const Outcome outcome = shop.retort({command, "g.json"});
    EXPECT_EQ(outcome.code, 4);
    EXPECT_EQ(outcome.err, "retort: " + shop.store_root.string() +
                               " has store format 9, this retort reads 2; use a newer retort or another store "
                               "(--store)\n");
  }
  EXPECT_EQ(read_file(shop.store_root / "format"), sealed("{\"retort_store\":9}"));
}

TEST(BadPlace, WithoutLocksTwoRunsStillComputeEachResultOnce) {
  Workshop shop;
  shop.graph({{"slow", {{"type", "test.sleep"}, {"params", {{"steps", 20}, {"milliseconds", 20}}}}}});
  const pid_t first = shop.start({"run", "g.json"}, without_locks);
  Workshop::wait_for([&] { return shop.said().find("slow: running") != std::string::npos; });
  const Outcome second = shop.retort({"run", "g.json"}, without_locks);
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_THAT(second.out, HasSubstr("1 already there"));
  int status = 0;
  waitpid(first, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  size_t logs = 0;
  for (const auto& run : fs::directory_iterator(shop.store_root / "runs")) logs += fs::exists(run.path() / "slow.log");
  EXPECT_EQ(logs, 1u);
  EXPECT_TRUE(fs::is_directory(shop.store_root / "leases" / "by_file")) << "the store stays with what it found";
  EXPECT_TRUE(fs::is_empty(shop.store_root / "leases" / "by_file"));
  EXPECT_EQ(shop.run({"--set", "slow.mark=x"})["slow"], "done") << "and one that has locks joins in";
}

TEST(BadPlace, WithoutLocksAKilledRunBlocksNobody) {
  Workshop shop;
  // Longer than the second that a worker without its coordinator may live: it must not end well in that time.
  shop.graph({{"slow", {{"type", "test.sleep"}, {"params", {{"steps", 100}, {"milliseconds", 20}}}}}});
  const pid_t first = shop.start({"run", "g.json"}, without_locks);
  Workshop::wait_for([&] { return shop.said().find("slow: running") != std::string::npos; });
  kill(first, SIGKILL);
  waitpid(first, nullptr, 0);
  const Outcome next = shop.retort({"run", "g.json"}, without_locks);
  EXPECT_EQ(next.code, 0) << next.err;
  EXPECT_THAT(next.out, HasSubstr("1 ran"));
}

TEST(BadPlace, AClockThatJumpsBackChangesNothing) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  const auto last_year = [] {
    setenv("LD_PRELOAD", FAULT_LIBRARY, 1);
    setenv("RETORT_FAULT_CLOCK", "-31536000", 1);
  };
  const Outcome there = shop.retort({"run", "g.json"}, last_year);
  EXPECT_EQ(there.code, 0) << there.err;
  EXPECT_THAT(there.out, HasSubstr("2 already there"));
  EXPECT_EQ(shop.retort({"run", "g.json", "--set", "copy.suffix=?"}, last_year).code, 0);
  EXPECT_EQ(shop.retort({"gc", "--older", "1d", "--grace", "0"}, last_year).code, 0);
  EXPECT_EQ(shop.store().keys().size(), 3u) << "what seems to come from the future is young";
  EXPECT_EQ(shop.retort({"fsck"}).code, 0);
}

TEST(BadPlace, TwoGraphsOfOneNameDoNotMixUpWhatTheirNodesHad) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  fs::create_directory(shop.folder.path() / "other");
  Json other = large_chain();
  other["copy"]["params"]["suffix"] = "?";
  write_file(shop.folder.path() / "other" / "g.json", Json{{"retort", 1}, {"nodes", other}}.dump());
  const Outcome run = shop.retort({"run", "other/g.json"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("1 ran, 1 already there"));
  EXPECT_EQ(shop.run(), (Json{{"status", "done"}, {"hello", "hit"}, {"copy", "hit"}}));
  EXPECT_THAT(shop.retort({"gc", "--to", "0", "--dry-run"}).out, HasSubstr("3 cited by kept runs"))
      << "the newest run of each";
}

TEST(BadPlace, ARecordWhoseObjectIsGoneRunsAgain) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  for (const auto& entry : fs::recursive_directory_iterator(shop.store_root / "objects"))
    if (entry.is_regular_file()) fs::remove(entry.path());
  const Outcome plan = shop.retort({"plan", "g.json"});
  EXPECT_THAT(plan.out, HasSubstr("hello: result "));
  EXPECT_THAT(plan.out, HasSubstr(" (test.text), file text.txt is missing"));
  EXPECT_EQ(shop.run(), (Json{{"status", "done"}, {"hello", "done"}, {"copy", "done"}}));
}

/// The log alone has no room: the run ends well, says so once, and what it computed is there.
TEST(BadPlace, AFullDiskUnderTheEventLogIsSaidOnceAndCostsNothingElse) {
  Workshop shop;
  shop.graph(large_chain());
  shop.store();
  const std::string runs = (shop.store_root / "runs").string();
  const Outcome outcome = shop.retort({"run", "g.json"}, [&] {
    setenv("LD_PRELOAD", FAULT_LIBRARY, 1);
    setenv("RETORT_FAULT_UNDER", runs.c_str(), 1);
    setenv("RETORT_FAULT_PROGRAM", "retort", 1);
    setenv("RETORT_FAULT_NAME", "/events.jsonl", 1);
    setenv("RETORT_FAULT_AT", "3", 1);  // it is opened and has a line
    setenv("RETORT_FAULT_STICKY", "1", 1);
    setenv("RETORT_FAULT_ERRNO", std::to_string(ENOSPC).c_str(), 1);
  });
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::string said =
      "events.jsonl takes no more lines (No space left on device): the run goes on, what happens "
      "meanwhile is not in its log";
  const auto first = outcome.err.find(said);
  ASSERT_NE(first, std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find(said, first + 1), std::string::npos) << outcome.err;
  EXPECT_EQ(shop.run(), (Json{{"status", "done"}, {"hello", "hit"}, {"copy", "hit"}}));
}

/// What cannot be read is not damaged: it is said, and it stays.
TEST(BadPlace, AReadErrorIsNoDamage) {
  for (const int error : {ESTALE, EIO, EACCES, EMFILE}) {
    Workshop shop;
    shop.graph(large_chain());
    shop.run();
    std::string key;
    for (const auto& one : shop.store().keys())
      if (shop.store().find(one)->about["node"] == "hello") key = one;
    const auto unreadable = [&] {
      setenv("LD_PRELOAD", FAULT_LIBRARY, 1);
      setenv("RETORT_FAULT_UNDER", shop.store_root.c_str(), 1);
      setenv("RETORT_FAULT_NAME", key.c_str(), 1);
      setenv("RETORT_FAULT_READS", "1", 1);
      setenv("RETORT_FAULT_AT", "1", 1);
      setenv("RETORT_FAULT_ERRNO", std::to_string(error).c_str(), 1);
      setenv("RETORT_FAULT_STICKY", "1", 1);
    };
    const std::vector<std::vector<std::string>> commands = {
        {"ls"}, {"run", "g.json", "--set", "copy.suffix=?"}, {"gc", "--older", "1000d", "--grace", "0"}, {"fsck"}};
    for (const auto& words : commands) {
      const Outcome outcome = shop.retort(words, unreadable);
      EXPECT_THAT(outcome.err + outcome.out, HasSubstr(strerror(error))) << words[0];
      EXPECT_THAT(outcome.err + outcome.out, HasSubstr(key)) << words[0];
      EXPECT_EQ(outcome.code == 0, words[0] == "ls") << words[0] << outcome.err;
      EXPECT_TRUE(fs::exists(shop.store().record_file(key))) << words[0];
      EXPECT_TRUE(fs::is_empty(shop.store_root / "trash")) << words[0];
    }
    EXPECT_EQ(shop.run(), (Json{{"status", "done"}, {"hello", "hit"}, {"copy", "hit"}}));
  }
}

/// One that passes is met by another try.
TEST(BadPlace, AReadErrorThatPassesChangesNothing) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  for (const int at : {1, 2, 5, 9, 14, 20, 27}) {
    const Outcome outcome = shop.retort({"ls"}, [&] {
      setenv("LD_PRELOAD", FAULT_LIBRARY, 1);
      setenv("RETORT_FAULT_UNDER", (shop.store_root / "results").c_str(), 1);
      setenv("RETORT_FAULT_READS", "1", 1);
      setenv("RETORT_FAULT_AT", std::to_string(at).c_str(), 1);
      setenv("RETORT_FAULT_ERRNO", std::to_string(ESTALE).c_str(), 1);
    });
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    EXPECT_THAT(outcome.out, ::testing::AllOf(HasSubstr("hello"), HasSubstr("copy")));
  }
}

/// Only a shared store gets its group's modes; what goes to people keeps what their umask says.
TEST(BadPlace, ExportsAndPrivateStoresStayPrivate) {
  Workshop shop;
  shop.graph(large_chain());
  const auto shut = [] { umask(077); };
  ASSERT_EQ(shop.retort({"run", "g.json"}, shut).code, 0);
  ASSERT_EQ(shop.retort({"export", "copy", "out_folder"}, shut).code, 0);
  ASSERT_EQ(shop.retort({"report", "g.json", "-o", "out.html"}, shut).code, 0);
  for (const char* name : {"store", "out_folder", "out.html"}) {
    struct stat about = {};
    ASSERT_EQ(stat((shop.folder / name).c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 077, 0u) << name;
    if (!S_ISDIR(about.st_mode)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(shop.folder / name)) {
      ASSERT_EQ(stat(entry.path().c_str(), &about), 0);
      EXPECT_EQ(about.st_mode & 077, 0u) << entry.path();
    }
  }
}

/// Two users of one group, each with a umask that shuts everybody out. Without the right to become others the one there
/// is does it, and the modes are looked at.
TEST(BadPlace, AStoreIsSharedByAGroupWhateverTheUmask) {
  Workshop shop;
  shop.graph(large_chain());
  constexpr gid_t kGroup = 54321;
  const bool root = geteuid() == 0;
  const auto become = [&](uid_t user) {
    return [=] {
      umask(077);
      if (root && (setgroups(1, &kGroup) != 0 || setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0))
        _exit(97);
    };
  };
  fs::create_directory(shop.store_root);
  if (root) ASSERT_EQ(chown(shop.store_root.c_str(), 50001, kGroup), 0);
  fs::permissions(shop.store_root, static_cast<fs::perms>(02770));
  fs::permissions(shop.folder.path(), static_cast<fs::perms>(0777));
  for (const char* name : {"out", "err"}) {
    write_file(shop.folder / name, "");
    fs::permissions(shop.folder / name, static_cast<fs::perms>(0666));
  }
  const Outcome first = shop.retort({"run", "g.json"}, become(50001));
  EXPECT_EQ(first.code, 0) << first.err;
  const Outcome second = shop.retort({"run", "g.json", "--set", "copy.suffix=?"}, become(50002));
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_THAT(second.out, HasSubstr("1 ran, 1 already there"));
  EXPECT_EQ(shop.retort({"gc", "--to", "0", "--cited-too", "--grace", "0"}, become(50002)).code, 0);
  EXPECT_TRUE(shop.store().keys().empty()) << "the second may collect what the first made";
  const Outcome third = shop.retort({"run", "g.json"}, become(50001));
  EXPECT_EQ(third.code, 0) << third.err;
  if (root) {
    // Who may not read a record does not take it away from those who may.
    const fs::path record = shop.store().record_file(shop.store().keys().at(0));
    fs::permissions(record, static_cast<fs::perms>(0600));
    const Outcome shut_out = shop.retort({"run", "g.json"}, become(50002));
    EXPECT_NE(shut_out.code, 0);
    EXPECT_THAT(shut_out.err, HasSubstr(record.string() + ": Permission denied"));
    EXPECT_EQ(shop.retort({"gc", "--to", "0", "--cited-too"}, become(50002)).code, 4);
    EXPECT_TRUE(fs::exists(record));
    const Outcome owner = shop.retort({"run", "g.json"}, become(50001));
    EXPECT_THAT(owner.out, HasSubstr("2 already there")) << owner.err;
    fs::permissions(record, static_cast<fs::perms>(0660));
  }
  for (const auto& entry : fs::recursive_directory_iterator(shop.store_root)) {
    struct stat about = {};
    ASSERT_EQ(stat(entry.path().c_str(), &about), 0);
    if (root) EXPECT_EQ(about.st_gid, kGroup) << entry.path();
    if (entry.is_directory()) EXPECT_EQ(about.st_mode & 070, 070u) << entry.path();
    EXPECT_EQ(about.st_mode & 040, 040u) << entry.path();
  }
}

}  // namespace
}  // namespace retort

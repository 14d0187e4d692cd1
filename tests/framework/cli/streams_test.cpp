// Terminals that go away, pipes that close, disks that are full: what a command says, and what a run does then.
#include <gmock/gmock.h>
#include <sched.h>
#include <signal.h>

#include "whole/engine/workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Streams : public ::testing::Test {
 protected:
  void SetUp() override {
    shop.graph({{"slow", {{"type", "test.sleep"}, {"params", {{"steps", 30}, {"milliseconds", 20}}}}}});
  }
  pid_t started(const std::function<void()>& before) {
    fs::remove(shop.folder / "err");  // of the command before
    const pid_t child = shop.start({"run", "g.json"}, before);
    shop.wait_for([&] { return shop.said().find("slow: running") != std::string::npos; });
    return child;
  }
  std::string status() {
    for (const auto& run : fs::directory_iterator(shop.store_root / "runs")) {
      const std::string log = read_file(run.path() / "events.jsonl");
      for (const char* one : {"done", "cancelled"})
        if (log.find("\"ev\":\"end\"") != std::string::npos &&
            log.find(std::string("\"status\":\"") + one + "\"", log.rfind("\"ev\":\"end\"")) != std::string::npos)
          return one;
    }
    return "none";
  }
  Workshop shop;
};

TEST_F(Streams, SignalsThatAreIgnoredAtTheStartStayIgnored) {
  for (const int number : {SIGHUP, SIGINT, SIGTERM}) {
    fs::remove_all(shop.store_root);
    const pid_t child = started([number] { signal(number, SIG_IGN); });
    kill(child, number);
    EXPECT_EQ(shop.finish(child).code, 0) << number;
    EXPECT_EQ(status(), "done") << number;
  }
}

TEST_F(Streams, OthersStopTheRun) {
  for (const int number : {SIGHUP, SIGINT, SIGTERM}) {
    fs::remove_all(shop.store_root);
    const pid_t child = started([] { signal(SIGUSR1, SIG_IGN); });
    kill(child, number);
    EXPECT_EQ(shop.finish(child).code, 128 + number);
    EXPECT_EQ(status(), "cancelled") << number;
  }
}

TEST_F(Streams, AClosedPipeEndsTheViewNotTheRun) {
  const int child = shop.start({"run", "g.json"}, [] {
    int ends[2];
    if (pipe(ends) != 0) _exit(97);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
  });
  EXPECT_EQ(shop.finish(child).code, 0);
  EXPECT_EQ(status(), "done");
}

TEST_F(Streams, EveryCommandSaysThatItsOutputDidNotArrive) {
  ASSERT_EQ(shop.retort({"run", "g.json"}).code, 0);
  const std::vector<std::vector<std::string>> commands = {{"run", "g.json"},
                                                          {"plan", "g.json"},
                                                          {"table", "g.json", "--node", "slow", "--metric", "x"},
                                                          {"ls"},
                                                          {"ls", "g.json"},
                                                          {"show", "slow"},
                                                          {"why", "g.json"},
                                                          {"log"},
                                                          {"validate", "g.json"},
                                                          {"devices"},
                                                          {"version"},
                                                          {"--help"},
                                                          {"run", "--help"},
                                                          {"schema"},
                                                          {"plugin", "list"},
                                                          {"doctor"},
                                                          {"gc"},
                                                          {"fsck"},
                                                          {"pin", "slow"},
                                                          {"pin"},
                                                          {"data", "list"},
                                                          {"completion", "bash"},
                                                          {"run", "--complete-options"},
                                                          {"export", "slow", "made"}};
  for (const auto& words : commands) {
    const std::string line = words[0] + " " + (words.size() > 1 ? words[1] : "");
    const Outcome full = shop.retort(words, [] { dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO); });
    EXPECT_EQ(full.code, 1) << line;
    EXPECT_THAT(full.err, HasSubstr("retort: cannot write the output: No space left on device\n")) << line;
    const Outcome closed = shop.retort(words, [] { close(STDOUT_FILENO); });
    EXPECT_EQ(closed.code, 1) << line;
    EXPECT_THAT(closed.err, HasSubstr("retort: cannot write the output: Bad file descriptor\n")) << line;
  }
}

TEST_F(Streams, ALargeOutputToo) {
  shop.graph({{"text", {{"type", "test.text"}}}},
             {{"sweep", {{"axes", {{"n", {{"path", "text.size"}, {"linear", {1, 300}}, {"n", 300}}}}}}}});
  const Outcome full =
      shop.retort({"plan", "g.json", "--all"}, [] { dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO); });
  EXPECT_EQ(full.code, 1);
  EXPECT_THAT(full.err, HasSubstr("retort: cannot write the output"));
}

TEST_F(Streams, NoFileOfTheStoreTakesThePlaceOfAClosedStream) {
  EXPECT_EQ(shop.retort({"run", "g.json"},
                        [] {
                          for (const int one : {0, 1, 2}) close(one);
                        })
                .code,
            1);
  EXPECT_EQ(status(), "done");
  EXPECT_EQ(shop.retort({"fsck"}).code, 0);
  for (const auto& run : fs::directory_iterator(shop.store_root / "runs"))
    EXPECT_EQ(read_file(run.path() / "events.jsonl").find("done in"), std::string::npos);
}

TEST_F(Streams, AnyFolderOfTheStoreMayGoAway) {
  ASSERT_EQ(shop.retort({"run", "g.json"}).code, 0);
  std::vector<std::string> folders;
  for (const auto& entry : fs::directory_iterator(shop.store_root))
    if (entry.is_directory()) folders.push_back(entry.path().filename());
  ASSERT_GE(folders.size(), 10u);
  int mark = 0;
  for (const auto& folder : folders) {
    fs::remove_all(shop.store_root / folder);
    const std::string another = "slow.mark=" + std::to_string(++mark);
    const Outcome outcome = shop.retort({"run", "g.json", "--set", "slow.steps=1", "--set", another});
    EXPECT_EQ(outcome.code, 0) << folder << ": " << outcome.err;
    EXPECT_TRUE(fs::is_directory(shop.store_root / folder)) << folder;
    EXPECT_EQ(shop.retort({"pin", "slow"}).code, 0) << folder;
  }
}

TEST_F(Streams, ScratchMayGoAwayWhileARunGoesOn) {
  shop.graph({{"a", {{"type", "test.sleep"}, {"params", {{"steps", 10}}}}},
              {"b", {{"type", "test.copy"}, {"inputs", {{"from", "a"}}}}}});
  const pid_t child = shop.start({"run", "g.json"});
  shop.wait_for([&] { return shop.said().find("a: running") != std::string::npos; });
  fs::remove_all(shop.store_root / "scratch");
  const Outcome outcome = shop.finish(child);
  EXPECT_THAT(outcome.err, HasSubstr("a: "));
  EXPECT_EQ(shop.retort({"run", "g.json"}).code, 0);
}

TEST_F(Streams, DevicesFollowTheAffinity) {
  const Outcome one = shop.retort({"devices"}, [] {
    cpu_set_t mine, first;
    sched_getaffinity(0, sizeof mine, &mine);
    CPU_ZERO(&first);
    for (int core = 0; core < CPU_SETSIZE && CPU_COUNT(&first) == 0; ++core)
      if (CPU_ISSET(core, &mine)) CPU_SET(core, &first);
    sched_setaffinity(0, sizeof first, &first);
  });
  EXPECT_THAT(one.out, ::testing::StartsWith("cpu     1 core\n"));
}

}  // namespace
}  // namespace retort

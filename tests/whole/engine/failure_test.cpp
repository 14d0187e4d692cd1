// What a run does about failures, and what a person can do about them.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <set>

#include "events/event_log.h"
#include "workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

Json misbehaving(const std::string& how) { return {{"type", "test.misbehave"}, {"params", {{"how", how}}}}; }

fs::path newest_run(Workshop& shop) {
  std::set<fs::path> runs;
  for (const auto& run : fs::directory_iterator(shop.store_root / "runs")) runs.insert(run.path());
  return *runs.rbegin();
}

/// Statuses of a node in the newest run, in their order.
std::vector<std::string> course_of(Workshop& shop, const std::string& node) {
  std::vector<std::string> course;
  for (const auto& event : read_events(newest_run(shop) / "events.jsonl"))
    if (event.value("ev", "") == "node" && event.value("node", "") == node) course.push_back(event["status"]);
  return course;
}

TEST(Failure, OneDeathIsForgivenASecondIsTheNodesFault) {
  Workshop shop;
  Json bad = misbehaving("crash");
  bad["params"]["once"] = (shop.folder / "marker").string();
  shop.graph({{"bad", bad}});
  EXPECT_EQ(shop.run()["bad"], "done");
  EXPECT_THAT(course_of(shop, "bad"), ElementsAre("running", "waiting", "running", "done"));

  bad = misbehaving("crash");
  bad["params"]["mark"] = "another key";
  shop.graph({{"bad", bad}, {"other", {{"type", "test.text"}}}});
  const Outcome outcome = shop.retort({"run", "g.json"});
  EXPECT_EQ(outcome.code, 1);
  const std::string log = (newest_run(shop) / "bad.log").string();
  EXPECT_THAT(outcome.err, HasSubstr("bad: waiting: once more (lost): the worker died, killed by SIGSEGV (Segmentation "
                                     "fault), while the node ran; its last lines (" +
                                     log + "):\nabout to fail: crash\n"));
  EXPECT_THAT(
      outcome.err,
      HasSubstr("bad: failed (lost): the worker died, killed by SIGSEGV (Segmentation fault), while the node "
                "ran; its last lines (" +
                log +
                "):\n    about to fail: crash\n    --- try 2 ---\n    about to fail: crash\n    It is the second "
                "worker that died over it in this run. To look into it:\n      retort debug bad\n"));
  EXPECT_THAT(outcome.err, HasSubstr("other: done in"));
}

/// What the same again would not change is not tried again.
TEST(Failure, OfTheNodeItselfIsNotTriedAgain) {
  Workshop shop;
  for (const std::string how : {"error", "exception", "nan"}) {
    shop.graph({{"bad", misbehaving(how)}});
    shop.run({}, 1);
    EXPECT_THAT(course_of(shop, "bad"), ElementsAre("running", "failed")) << how;
  }
}

TEST(Failure, WhoRanOutOfMemoryIsTriedAgainAloneInAFreshProcess) {
  Workshop shop;
  Json bad = misbehaving("device_memory");
  bad["params"]["once"] = (shop.folder / "marker").string();
  shop.graph({{"bad", bad}, {"slow", {{"type", "test.sleep"}, {"params", {{"steps", 20}, {"milliseconds", 20}}}}}});
  EXPECT_EQ(shop.run({"--slots", "2"}), (Json{{"status", "done"}, {"bad", "done"}, {"slow", "done"}}));
  bool slow_is_done = false;
  int tries = 0;
  for (const auto& event : read_events(newest_run(shop) / "events.jsonl")) {
    if (event["ev"] != "node") continue;
    slow_is_done = slow_is_done || (event["node"] == "slow" && event["status"] == "done");
    if (event["node"] != "bad") continue;
    if (event["status"] == "running") {
      EXPECT_EQ(++tries == 2, slow_is_done);
    }
    if (event["status"] == "waiting") {
      EXPECT_EQ(event["reason"], "once more, alone (device_memory): CUDA out of memory. Tried to allocate 2.00 GiB");
    }
  }
  EXPECT_EQ(tries, 2);
}

/// Coordinators of the sanitizer build need more address space than any limit leaves a worker.
TEST(Failure, ALimitOnMemoryIsHostMemory) {
  Workshop shop;
  shop.graph({{"bad", misbehaving("greed")}, {"ok", {{"type", "test.text"}}}});
  const Outcome outcome = shop.retort({"run", "g.json"}, [] {
    const rlimit limit = {size_t{1} << 30, size_t{1} << 30};
    setrlimit(RLIMIT_AS, &limit);
  });
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("bad: failed (memory): host memory ran out\n"));
  EXPECT_THAT(outcome.err, HasSubstr("ok: done in"));
}

TEST(Failure, AChildThatThePluginLeftBehindHidesNoDeathAndKeepsNoLease) {
  Workshop shop;
  Json bad = misbehaving("fork");
  bad["params"]["once"] = (shop.folder / "marker").string();
  shop.graph({{"bad", bad}});
  EXPECT_EQ(shop.run()["bad"], "done");
  const std::string log = read_file(newest_run(shop) / "bad.log");
  const pid_t child = std::stoi(log.substr(log.find("child ") + 6));
  EXPECT_EQ(kill(child, 0), 0) << "it is still there";
  kill(child, SIGKILL);
}

TEST(Debug, RunsTheJobOfTheFailedNodeWithItsInputsAndStoresNothing) {
  Workshop shop;
  Json bad = misbehaving("error");
  bad["inputs"] = {{"from", "hello"}};
  shop.graph({{"hello", {{"type", "test.text"}}}, {"bad", bad}});
  shop.run({}, 1);
  const Outcome outcome = shop.retort({"debug", "bad", "--with", "env"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "about to fail: error\n");
  EXPECT_THAT(outcome.err, HasSubstr("retort-worker: libraries and inputs are open, the node starts\n"));
  EXPECT_THAT(outcome.err, HasSubstr("failed (data): the data are bad\n"));
  const Outcome fine =
      shop.retort({"debug", "bad", "--graph", "g.json", "--set", "bad.how=not_at_all", "--with", "env"});
  EXPECT_EQ(fine.code, 0);
  EXPECT_THAT(fine.err, HasSubstr("retort-worker: done; nothing was stored\n"));
  EXPECT_EQ(shop.store().keys().size(), 1u);
}

TEST(Debug, StartsADebuggerThatStopsAtTheCrash) {
  if (!fs::exists("/usr/bin/gdb")) GTEST_SKIP() << "no gdb here";
  Workshop shop;
  shop.graph({{"bad", misbehaving("crash")}});
  shop.run({}, 1);
  const Outcome outcome = shop.retort({"debug", "bad", "--with", "gdb -q -batch -ex run -ex backtrace --args"});
  EXPECT_THAT(outcome.out, HasSubstr("received signal SIGSEGV"));
  EXPECT_THAT(outcome.out, HasSubstr("misbehave."));
}

TEST(Debug, SaysWhatItLacks) {
  Workshop shop;
  shop.graph({{"hello", {{"type", "test.text"}}}, {"copy", {{"type", "test.copy"}, {"inputs", {{"from", "hello"}}}}}});
  const Outcome nothing = shop.retort({"debug", "hello"});
  EXPECT_EQ(nothing.code, 2);
  EXPECT_EQ(nothing.err, "retort: no run of " + shop.store_root.string() +
                             " has a failed node \"hello\"; a node that did not fail is debugged with --graph GRAPH\n");
  EXPECT_EQ(shop.retort({"debug", "copy", "--graph", "g.json"}).err,
            "retort: what \"copy\" reads is not there yet: retort run g.json\n");
}

TEST(Again, SaysWhetherANodeIsDeterministicAndWhichFileIsNot) {
  Workshop shop;
  shop.graph({{"steady", {{"type", "test.text"}}}, {"dice", misbehaving("unsteady")}});
  const Outcome steady = shop.retort({"run", "g.json", "--again", "steady"});
  EXPECT_EQ(steady.code, 0) << steady.err;
  EXPECT_EQ(steady.out, "steady: deterministic: two tries wrote the same bytes\n");
  EXPECT_TRUE(shop.store().keys().empty());
  const Outcome dice = shop.retort({"run", "g.json", "--again", "dice"});
  EXPECT_EQ(dice.code, 1);
  EXPECT_THAT(dice.out, MatchesRegex("dice: not deterministic: two tries wrote different bytes\n"
                                     "  out/text.txt: SHA-256 [0-9a-f]+ and SHA-256 [0-9a-f]+\n"));
  shop.run();
  EXPECT_THAT(shop.retort({"run", "g.json", "--again", "steady"}).out,
              HasSubstr("\nthe stored result has them too, made by run 20"));
}

TEST(Again, ComparesWithTheStoredResultToo) {
  Workshop shop;
  Json bad = misbehaving("unsteady");
  bad["params"]["once"] = (shop.folder / "marker").string();  // unsteady when it is stored, steady ever after
  shop.graph({{"bad", bad}});
  shop.run();
  const Outcome outcome = shop.retort({"run", "g.json", "--again", "bad"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, StartsWith("bad: deterministic: two tries wrote the same bytes\n"
                                      "the stored result has others, made by run "));
  EXPECT_THAT(outcome.out, HasSubstr("\n  out/text.txt: SHA-256 "));
}

class Elsewhere : public ::testing::Test {
 protected:
  void SetUp() override {
    shop.graph({{"slow", {{"type", "test.sleep"}, {"params", {{"steps", 1000}, {"milliseconds", 10}}}}}});
    const Outcome outcome = shop.retort({"run", "g.json", "--detach"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, MatchesRegex("run ([^ ]+) goes on in the background\n  retort watch [^ ]+\n"
                                          "  retort cancel [^ ]+\n"));
    Workshop::wait_for([&] { return !course_of(shop, "slow").empty(); });
  }
  Workshop shop;
};

TEST_F(Elsewhere, ADetachedRunIsWatchedAndCancelled) {
  const pid_t watcher = shop.start({"watch"});
  Workshop::wait_for([&] { return shop.said().find("slow: running on cpu") != std::string::npos; });
  const std::string id = newest_run(shop).filename();
  EXPECT_EQ(shop.retort({"cancel", id}).out, "run " + id + " is asked to stop\n");
  int status = 0;
  waitpid(watcher, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_THAT(course_of(shop, "slow"), ElementsAre("running", "cancelled"));
  EXPECT_EQ(shop.retort({"cancel", id}).out, "run " + id + " is over: there is nothing to stop\n");
  const Outcome after = shop.retort({"watch"});
  EXPECT_EQ(after.code, 1);
  EXPECT_THAT(after.out, HasSubstr("cancelled in"));
  EXPECT_THAT(shop.retort({"log"}).out, HasSubstr("cancelled after"));
  EXPECT_EQ(shop.run({"--set", "slow.milliseconds=0"})["slow"], "done");
}

/// Asked to stop, it goes on: its one step takes a minute. Only `--now` ends it while the test looks.
TEST(Cancel, NowEndsANodeThatDoesNotListen) {
  Workshop shop;
  const fs::path begun = shop.folder / "begun";
  shop.graph(
      {{"deaf",
        {{"type", "test.sleep"}, {"params", {{"steps", 1}, {"milliseconds", 60000}, {"begun", begun.string()}}}}}});
  ASSERT_EQ(shop.retort({"run", "g.json", "--detach"}).code, 0);
  Workshop::wait_for([&] { return fs::exists(begun); });  // "running" is written before the worker has the job
  EXPECT_THAT(course_of(shop, "deaf"), ElementsAre("running"));
  shop.retort({"cancel"});
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_THAT(course_of(shop, "deaf"), ElementsAre("running")) << "it does not listen";
  shop.retort({"cancel", "--now"});
  Workshop::wait_for([&] { return course_of(shop, "deaf").size() == 2; });
  EXPECT_THAT(course_of(shop, "deaf"), ElementsAre("running", "cancelled"));
  Workshop::wait_for([&] { return !has_writer(newest_run(shop) / "events.jsonl"); });
}

TEST_F(Elsewhere, AnUnknownRunIsAnsweredWithTheNearest) {
  std::string id = newest_run(shop).filename();
  const std::string right = id;
  id.back() = id.back() == 'x' ? 'y' : 'x';
  EXPECT_EQ(shop.retort({"watch", id}).err,
            "retort: " + shop.store_root.string() + " has no run \"" + id + "\"; did you mean \"" + right + "\"?\n");
  shop.retort({"cancel", "--now"});
  Workshop::wait_for([&] { return !has_writer(newest_run(shop) / "events.jsonl"); });
}

}  // namespace
}  // namespace retort

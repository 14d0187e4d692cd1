// What a run survives: damage, kills, full disks, stores that cannot be written.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <set>

#include "core/digest.h"
#include "events/event_log.h"
#include "workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// What a run has told so far; nothing while its log is not there yet.
std::vector<Json> events_of(const fs::path& run_folder) {
  const fs::path log = run_folder / "events.jsonl";
  return fs::exists(log) ? read_events(log) : std::vector<Json>();
}

Json large_chain() {
  return {{"hello", {{"type", "test.text"}, {"params", {{"text", "hi"}, {"size", 10000}}}}},
          {"copy", {{"type", "test.copy"}, {"inputs", {{"from", "hello"}}}, {"params", {{"suffix", "!"}}}}}};
}

/// The one object file that holds the text of `hello`.
fs::path object_of_hello(Workshop& shop) {
  std::string text = "hi";
  text.resize(10000, '.');
  return shop.store().object_file(sha256_hex(text));
}

void overwrite(const fs::path& file, const std::string& bytes) {
  fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
  write_file(file, bytes);
}

TEST(Damage, OfAnObjectIsFoundBeforeUseAndHealed) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  std::string bytes = read_file(object_of_hello(shop));
  bytes[7000] ^= 4;
  overwrite(object_of_hello(shop), bytes);
  const Outcome outcome = shop.retort({"run", "g.json", "--set", "copy.suffix=?"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("hello: damaged, computed again: result "));
  EXPECT_THAT(outcome.err, HasSubstr("file text.txt: SHA-256 is " + sha256_hex(bytes)));
  EXPECT_EQ(shop.text("copy").substr(9999), ".?");
  EXPECT_FALSE(fs::is_empty(shop.store_root / "trash")) << "kept for people to look at";
}

TEST(Damage, OfAnObjectsSizeIsSeenWhenPlanning) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  overwrite(object_of_hello(shop), "short");
  EXPECT_EQ(shop.run(), (Json{{"status", "done"}, {"hello", "done"}, {"copy", "hit"}}));
  EXPECT_EQ(read_file(object_of_hello(shop)).size(), 10000u);
}

TEST(Damage, OfARecordMakesItAbsent) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  for (const auto& key : shop.store().keys()) fs::resize_file(shop.store().record_file(key), 200);
  const Outcome plan = shop.retort({"plan", "g.json"});
  EXPECT_THAT(plan.out, HasSubstr("run  hello: " + shop.store_root.string()));
  EXPECT_THAT(plan.out, HasSubstr(": the record is cut off\n"));
  EXPECT_EQ(shop.run(), (Json{{"status", "done"}, {"hello", "done"}, {"copy", "done"}}));
}

TEST(Signals, CtrlCStopsAtTheNextStepKeepsWhatIsDoneAndResumes) {
  Workshop shop;
  shop.graph({{"quick", {{"type", "test.text"}}},
              {"slow",
               {{"type", "test.sleep"},
                {"inputs", {{"from", "quick"}}},
                {"params", {{"steps", 200}, {"milliseconds", 10}}}}}});
  const pid_t child = shop.start({"run", "g.json"});
  const auto half_way = [&] {
    for (const auto& run : fs::directory_iterator(shop.store_root / "runs"))
      for (const auto& event : events_of(run.path()))
        if (event["ev"] == "progress" && event["done"] > 5) return true;
    return false;
  };
  Workshop::wait_for([&] { return fs::exists(shop.store_root / "runs") && half_way(); });
  kill(child, SIGINT);
  const auto outcome = shop.finish(child);
  EXPECT_EQ(outcome.code, 130);
  EXPECT_THAT(outcome.out, HasSubstr("cancelled in"));
  EXPECT_THAT(outcome.out, HasSubstr("1 ran, 1 stopped"));
  EXPECT_EQ(shop.store().keys().size(), 1u);
  EXPECT_EQ(shop.run({"--set", "slow.milliseconds=0"}), (Json{{"status", "done"}, {"quick", "hit"}, {"slow", "done"}}));
  std::string all;
  for (int i = 0; i < 200; ++i) all += std::to_string(i) + " ";
  EXPECT_EQ(shop.text("slow"), all) << "each step once, whoever made it";
  EXPECT_THAT(shop.retort({"log", "--node", "slow"}).out, HasSubstr("resumed at step "));
}

TEST(Signals, ASecondOneEndsEvenANodeThatDoesNotListen) {
  Workshop shop;
  shop.graph({{"deaf", {{"type", "test.sleep"}, {"params", {{"steps", 1}, {"milliseconds", 60000}}}}}});
  const pid_t child = shop.start({"run", "g.json"});
  Workshop::wait_for([&] { return shop.said().find("deaf: running") != std::string::npos; });
  kill(child, SIGTERM);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  kill(child, SIGTERM);
  EXPECT_EQ(shop.finish(child).code, 128 + SIGTERM);
}

TEST(Signals, WorkersDoNotOutliveTheirCoordinator) {
  Workshop shop;
  shop.graph({{"deaf", {{"type", "test.sleep"}, {"params", {{"steps", 1}, {"milliseconds", 60000}}}}}});
  const pid_t child = shop.start({"run", "g.json"});
  Workshop::wait_for([&] { return shop.said().find("deaf: running") != std::string::npos; });
  const auto workers = [&] {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      std::error_code none;
      const auto program = fs::read_symlink(entry.path() / "exe", none);
      if (none || program.filename() != "retort-worker") continue;
      // Only ours: its log stands in this store.
      for (const auto& fd : fs::directory_iterator(entry.path() / "fd", none))
        if (fs::read_symlink(fd.path(), none).string().find(shop.store_root.string()) == 0) found.insert(entry.path());
    }
    return found;
  };
  Workshop::wait_for([&] { return workers().size() == 1; });
  kill(child, SIGKILL);
  shop.finish(child);
  Workshop::wait_for([&] { return workers().empty(); });
}

TEST(Store, ThatCannotBeWrittenStillServesWhatItHas) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  for (const auto& entry : fs::recursive_directory_iterator(shop.store_root))
    if (entry.is_directory()) fs::permissions(entry.path(), static_cast<fs::perms>(0555));
  fs::permissions(shop.store_root, static_cast<fs::perms>(0555));
  fs::permissions(shop.folder.path(), static_cast<fs::perms>(0777));
  const auto as_nobody = [] {
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) _exit(97);
  };
  const Outcome there = shop.retort({"run", "g.json"}, as_nobody);
  EXPECT_EQ(there.code, 0) << there.err;
  EXPECT_THAT(there.out, HasSubstr("2 already there"));
  const Outcome work = shop.retort({"run", "g.json", "--set", "copy.times=7"}, as_nobody);
  EXPECT_EQ(work.code, 4);
  EXPECT_THAT(work.err, HasSubstr("retort: cannot make " + (shop.store_root / "runs").string()));
  EXPECT_THAT(work.err, HasSubstr("Permission denied"));
  for (const auto& entry : fs::recursive_directory_iterator(shop.store_root))
    if (entry.is_directory()) fs::permissions(entry.path(), static_cast<fs::perms>(0755));
}

/// A limit on the size of files does what a full disk does, without filling one.
TEST(Store, WithoutRoomFailsTheNodeWithTheReasonAndLeavesNoResult) {
  Workshop shop;
  shop.graph({{"hello", {{"type", "test.text"}, {"params", {{"text", "hi"}}}}}});
  const auto limited = [] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {700, 700};
    setrlimit(RLIMIT_FSIZE, &limit);
  };
  const Outcome outcome = shop.retort({"run", "g.json"}, limited);
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("File too large"));
  EXPECT_TRUE(shop.store().keys().empty());
  EXPECT_EQ(shop.run()["hello"], "done") << "and right after there is room again";
}

TEST(Store, TwoRunsAtOnceComputeEachResultOnce) {
  Workshop shop;
  shop.graph({{"slow", {{"type", "test.sleep"}, {"params", {{"steps", 20}, {"milliseconds", 20}}}}}});
  const pid_t first = shop.start({"run", "g.json"});
  Workshop::wait_for([&] { return shop.said().find("slow: running") != std::string::npos; });
  const Json second = shop.run();
  EXPECT_EQ(second, (Json{{"status", "done"}, {"slow", "hit"}}));
  int status = 0;
  waitpid(first, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  size_t logs = 0;
  for (const auto& run : fs::directory_iterator(shop.store_root / "runs")) logs += fs::exists(run.path() / "slow.log");
  EXPECT_EQ(logs, 1u) << "one of the two runs did it";
}

TEST(Plugins, OfAnotherBuildAreRefusedWithBothBuilds) {
  Workshop shop;
  const fs::path folder = shop.folder / "plugins";
  fs::copy(TEST_PLUGINS, folder);
  Json manifest = Json::parse(read_file(folder / "test_text.json"));
  manifest["build"] = "sdk 0; gcc 4; cxx11abi 0; torch none";
  write_file(folder / "test_text.json", manifest.dump());
  shop.graph({{"hello", {{"type", "test.text"}}}});
  const Outcome outcome = shop.retort({"run", "g.json"}, [&] { setenv("RETORT_PLUGIN_PATH", folder.c_str(), 1); });
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("sdk 0; gcc 4; cxx11abi 0; torch none"));
}

TEST(Plugins, ALibraryThatIsGoneIsExitCode6) {
  Workshop shop;
  const fs::path folder = shop.folder / "plugins";
  fs::copy(TEST_PLUGINS, folder);
  fs::remove(folder / "test_text.so");
  shop.graph({{"hello", {{"type", "test.text"}}}});
  const Outcome outcome = shop.retort({"run", "g.json"}, [&] { setenv("RETORT_PLUGIN_PATH", folder.c_str(), 1); });
  EXPECT_EQ(outcome.code, 6) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("test_text.so: cannot be opened"));
}

TEST(Clock, ThatWasSetBackHidesNoRun) {
  Workshop shop;
  fs::create_directories(shop.store_root / "runs");
  fs::create_directory(shop.store_root / "runs" / "29990101-120000-999-abcd");
  shop.graph({{"hello", {{"type", "test.text"}}}});
  shop.run();
  EXPECT_THAT(shop.retort({"log"}).out, HasSubstr("hello: done in"));
  EXPECT_TRUE(fs::exists(shop.store_root / "runs" / "29990101-120000-999-abcd"));
  size_t runs_of_that_second = 0;
  for (const auto& run : fs::directory_iterator(shop.store_root / "runs"))
    runs_of_that_second += run.path().filename().string().rfind("29990101-120001-000-", 0) == 0;
  EXPECT_EQ(runs_of_that_second, 1u) << "a millisecond after the last";
}

}  // namespace
}  // namespace retort

#include "events/event_log.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "core/digest.h"
#include "core/error.h"
#include "core/files.h"
#include "core/temporary_folder.h"
#include "events/run_state.h"

namespace retort {
namespace {

TEST(EventLog, NumbersAndDatesItsLines) {
  TemporaryFolder folder;
  EventLog log(folder / "events.jsonl");
  log.write({{"ev", "run"}});
  log.write({{"ev", "end"}});
  const auto events = read_events(folder / "events.jsonl");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0]["seq"], 1);
  EXPECT_EQ(events[1]["seq"], 2);
  EXPECT_EQ(events[0]["v"], 2);
  EXPECT_GT(events[0]["t"].get<double>(), 1.7e9);
}

TEST(EventLog, TheListOfALargeGraphIsReadAsOne) {
  TemporaryFolder folder;
  EventLog log(folder / "events.jsonl");
  log.write({{"ev", "run"}, {"nodes", {{{"name", "a"}}}}});
  log.write({{"ev", "nodes"}, {"nodes", {{{"name", "b"}}, {{"name", "c"}}}}});
  log.write({{"ev", "end"}});
  const auto events = read_events(folder / "events.jsonl");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0]["nodes"], Json::parse(R"([{"name":"a"},{"name":"b"},{"name":"c"}])"));
}

TEST(EventLog, ASharedListOfNodesIsReadIfItsDigestIsRight) {
  TemporaryFolder folder;
  const std::string nodes = R"([{"name":"a"}])";
  write_file(folder / kNodesFile, nodes);
  EventLog log(folder / "events.jsonl");
  log.write({{"ev", "run"}, {"nodes_sha256", sha256_hex(nodes)}});
  EXPECT_EQ(read_events(folder / "events.jsonl").at(0)["nodes"], Json::parse(nodes));
  write_file(folder / kNodesFile, R"([{"name":"b"}])");
  EXPECT_EQ(read_events(folder / "events.jsonl").at(0)["nodes"], Json::array());
}

TEST(EventLog, ACutOffLastLineIsLeftForLater) {
  TemporaryFolder folder;
  write_file(folder / "e", "{\"v\":1,\"ev\":\"run\"}\n{\"v\":1,\"ev\":\"en");
  size_t from = 0;
  EXPECT_EQ(read_events(folder / "e", &from).size(), 1u);
  write_file(folder / "e", "{\"v\":1,\"ev\":\"run\"}\n{\"v\":1,\"ev\":\"end\"}\n");
  const auto rest = read_events(folder / "e", &from);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0]["ev"], "end");
}

TEST(EventLog, EveryFlippedBitIsNoticedAndCostsNoOtherLine) {
  TemporaryFolder folder;
  const std::string first = event_line({{"v", 2}, {"seq", 1}, {"ev", "run"}}),
                    second = event_line({{"v", 2}, {"seq", 2}, {"ev", "node"}, {"node", "a"}}),
                    third = event_line({{"v", 2}, {"seq", 3}, {"ev", "end"}});
  for (size_t i = 0; i < second.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = second;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      write_file(folder / "e", first + bad + third);
      std::vector<std::string> problems;
      const auto events = read_events(folder / "e", nullptr, &problems);
      EXPECT_FALSE(problems.empty()) << "bit " << bit << " of byte " << i;
      for (const auto& event : events) EXPECT_NE(event["ev"], "node") << "bit " << bit << " of byte " << i;
      // A damaged end of line joins two: only then is the next one lost too.
      EXPECT_EQ(events.size(), i + 1 == second.size() ? 1u : 2u) << "bit " << bit << " of byte " << i;
    }
}

TEST(EventLog, SaysWhatItLeftOut) {
  TemporaryFolder folder;
  const auto line = [](int seq) { return event_line({{"v", 2}, {"seq", seq}, {"ev", "warn"}}); };
  std::string bad = line(2);
  bad[10] ^= 1;
  write_file(folder / "e", line(1) + bad + line(3) + line(6) + line(7).substr(0, 20));
  std::vector<std::string> problems;
  EXPECT_EQ(read_events(folder / "e", nullptr, &problems).size(), 3u);
  const std::string file = folder / "e";
  EXPECT_EQ(problems, (std::vector<std::string>{file + ": line 2 is damaged", file + ": lines 4 to 5 are missing",
                                                file + ": the last line is cut off"}));
}

/// A limit on the size of files does what a full disk does: half a line, then nothing.
TEST(EventLog, OnAFullDiskLosesLinesAndSaysSoOnce) {
  TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    EventLog log(folder / "e");
    log.write({{"ev", "run"}});
    const auto size = std::filesystem::file_size(folder / "e");
    const rlimit tight = {size + 30, RLIM_INFINITY}, wide = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &tight);
    log.write({{"ev", "warn"}, {"text", "half of it"}});
    const bool said = log.trouble() == (folder / "e").string() +
                                           " takes no more lines (No space left on device): the run goes on, what "
                                           "happens meanwhile is not in its log";
    log.write({{"ev", "warn"}, {"text", "nothing of it"}});
    setrlimit(RLIMIT_FSIZE, &wide);
    log.write({{"ev", "end"}});
    _exit(said && log.trouble().empty() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  std::vector<std::string> problems;
  const auto events = read_events(folder / "e", nullptr, &problems);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1]["ev"], "end");
  const std::string file = folder / "e";
  EXPECT_EQ(problems, (std::vector<std::string>{file + ": line 2 is damaged", file + ": line 3 is missing"}));
}

TEST(EventLog, OfFormat1IsRead) {
  TemporaryFolder folder;
  write_file(folder / "e", "{\"ev\":\"run\",\"seq\":1,\"t\":1.5,\"v\":1}\n");
  std::vector<std::string> problems;
  EXPECT_EQ(read_events(folder / "e", nullptr, &problems).size(), 1u);
  EXPECT_TRUE(problems.empty());
}

TEST(EventLog, AVersionThatIsNoNumberIsDamage) {
  TemporaryFolder folder;
  write_file(folder / "e", "{\"ev\":\"run\",\"seq\":1,\"t\":1.5,\"v\":\"41d39934b86f05f7\"}\n");
  std::vector<std::string> problems;
  EXPECT_TRUE(read_events(folder / "e", nullptr, &problems).empty());
  EXPECT_EQ(problems, (std::vector<std::string>{(folder / "e").string() + ": line 1 is damaged"}));
}

/// Lines whose checksum is right and whose fields are not what their kind must have: written by another program.
TEST(EventLog, ALineThatIsNoEventIsLeftOutAndSaid) {
  TemporaryFolder folder;
  const Json wrong = Json::array({5u, true, nullptr, Json::array({1}), {{"a", 1}}, -1.5, "../../x"});
  std::vector<Json> lines;
  for (const auto& value : wrong) {
    if (!value.is_string()) lines.push_back({{"ev", value}});
    if (!value.is_number_unsigned()) {
      lines.push_back({{"ev", "warn"}, {"seq", value}});
      lines.push_back({{"ev", "run"}, {"nodes", {{{"name", "a"}, {"after", Json::array({value})}}}}});
    }
    lines.push_back({{"ev", "node"}, {"node", "a"}, {"key", value}});
    lines.push_back({{"ev", "run"}, {"nodes", {{{"name", "a"}, {"key", value}}}}});
    lines.push_back({{"ev", "run"}, {"nodes_sha256", value}});
    if (!value.is_number()) {
      lines.push_back({{"ev", "warn"}, {"t", value}});
      lines.push_back({{"ev", "node"}, {"node", "a"}, {"seconds", value}});
      lines.push_back({{"ev", "progress"}, {"node", "a"}, {"done", value}});
    }
    if (!value.is_array()) {
      lines.push_back({{"ev", "run"}, {"nodes", value}});
      lines.push_back({{"ev", "nodes"}, {"nodes", value}});
      lines.push_back({{"ev", "run"}, {"command", value}});
    }
    if (!value.is_object()) lines.push_back({{"ev", "run"}, {"nodes", Json::array({value})}});
    if (value.is_string()) continue;
    for (const char* field : {"run", "graph", "title", "folder"}) lines.push_back({{"ev", "run"}, {field, value}});
    for (const char* field : {"status", "reason", "slot", "kind", "text"})
      lines.push_back({{"ev", "node"}, {"node", "a"}, {field, value}});
    for (const char* kind : {"node", "progress", "metric", "warn", "damaged"})
      lines.push_back({{"ev", kind}, {"node", value}});
    lines.push_back({{"ev", "end"}, {"status", value}});
  }
  for (Json line : lines) {
    line["v"] = 2;
    write_file(folder / "e",
               event_line({{"v", 2}, {"ev", "run"}}) + event_line(line) + event_line({{"v", 2}, {"ev", "end"}}));
    std::vector<std::string> problems;
    EXPECT_EQ(read_events(folder / "e", nullptr, &problems).size(), 2u) << line.dump();
    ASSERT_FALSE(problems.empty()) << line.dump();
    EXPECT_EQ(problems[0].rfind((folder / "e").string() + ": line 2 is no event: ", 0), 0u) << problems[0];
    fold_log(folder / "e");
  }
}

TEST(EventLog, ALineThatIsNestedTooDeepIsDamage) {
  TemporaryFolder folder;
  for (const size_t levels : {size_t{101}, size_t{1000000}}) {
    const std::string line =
        "{\"v\":1,\"ev\":\"warn\",\"x\":" + std::string(levels, '[') + std::string(levels, ']') + "}\n";
    write_file(folder / "e", line + event_line({{"v", 2}, {"ev", "end"}}));
    std::vector<std::string> problems;
    EXPECT_EQ(read_events(folder / "e", nullptr, &problems).size(), 1u);
    EXPECT_EQ(problems, std::vector<std::string>{(folder / "e").string() + ": line 1 is damaged"});
  }
}

/// Far more than memory has room for may be in one: here with a limit on memory instead.
TEST(EventLog, ALongOneIsReadInLittleMemory) {
  TemporaryFolder folder;
  {
    std::ofstream out(folder / "e");
    out << event_line({{"v", 2}, {"ev", "run"}});
    for (int i = 0; i < 60000; ++i)
      out << event_line({{"v", 2}, {"ev", "warn"}, {"text", std::to_string(i) + std::string(1000, 'x')}});
    out << event_line({{"v", 2}, {"ev", "end"}, {"status", "done"}});
  }
  const pid_t child = fork();
  if (child == 0) {
    rusage before = {}, after = {};
    getrusage(RUSAGE_SELF, &before);
    const RunState state = fold_log(folder / "e");
    getrusage(RUSAGE_SELF, &after);
    const bool little = after.ru_maxrss - before.ru_maxrss < 20 << 10;  // KiB
    _exit(little && state.status == "done" && state.warnings.size() == RunState::kMostWarnings ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(EventLog, APipeIsNotWaitedFor) {
  TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "e").c_str(), 0600), 0);
  EXPECT_THROW(read_events(folder / "e"), Error);
}

TEST(EventLog, ANewerFormatIsRefused) {
  TemporaryFolder folder;
  write_file(folder / "e", event_line({{"v", 3}, {"ev", "run"}}));
  try {
    read_events(folder / "e");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), (folder / "e").string() + " has event format 3, this retort reads 2; use a newer retort");
  }
}

}  // namespace
}  // namespace retort

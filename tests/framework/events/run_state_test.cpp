#include "events/run_state.h"

#include <gtest/gtest.h>

namespace retort {
namespace {

Json start_event() {
  return {{"ev", "run"},
          {"t", 100.0},
          {"run", "r1"},
          {"graph", "q.json"},
          {"nodes",
           {{{"name", "a"}, {"type", "t"}, {"status", "hit"}, {"after", Json::array()}},
            {{"name", "b"}, {"type", "t"}, {"status", "waiting"}, {"after", {0}}, {"predicted", 10.0}},
            {{"name", "c"}, {"type", "t"}, {"status", "waiting"}, {"after", {1}}, {"predicted", 5.0}}}}};
}

TEST(RunState, FollowsANodeFromStartToEnd) {
  RunState state = fold({start_event(),
                         {{"ev", "node"}, {"t", 101.0}, {"node", "b"}, {"status", "running"}, {"slot", "cpu"}},
                         {{"ev", "progress"}, {"t", 103.0}, {"node", "b"}, {"done", 1}, {"total", 4}}});
  EXPECT_EQ(state.find("b")->status, NodeStatus::running);
  EXPECT_EQ(state.find("b")->done, 1);
  state.apply({{"ev", "node"}, {"t", 109.5}, {"node", "b"}, {"status", "done"}});
  EXPECT_EQ(state.find("b")->seconds, 8.5);
  EXPECT_EQ(state.count(NodeStatus::waiting), 1u);
  EXPECT_EQ(state.status, "running");
  state.apply({{"ev", "end"}, {"t", 110.0}, {"status", "done"}});
  EXPECT_EQ(state.status, "done");
}

TEST(RunState, KeepsTheLastFailureAndWarnings) {
  RunState state = fold({start_event(),
                         {{"ev", "warn"}, {"node", "b"}, {"text", "careful"}},
                         {{"ev", "node"}, {"node", "b"}, {"status", "failed"}, {"kind", "data"}, {"text", "no file"}}});
  EXPECT_EQ(state.last_failure, "b");
  EXPECT_EQ(state.find("b")->error, "no file");
  EXPECT_EQ(state.find("b")->error_kind, "data");
  EXPECT_EQ(state.warnings, (std::vector<Warning>{{"b", "careful"}}));
}

TEST(RunState, HasTheWarningsThatResultsCarryEachOnce) {
  Json start = start_event();
  start["nodes"][0]["warnings"] = {"old"};
  RunState state = fold({start,
                         {{"ev", "warn"}, {"node", "b"}, {"text", "careful"}},
                         {{"ev", "warn"}, {"text", "of the run"}},
                         {{"ev", "node"}, {"node", "b"}, {"status", "done"}, {"warnings", {"before", "careful"}}},
                         {{"ev", "node"}, {"node", "c"}, {"status", "hit"}, {"warnings", {"careful"}}}});
  EXPECT_EQ(
      state.warnings,
      (std::vector<Warning>{{"a", "old"}, {"b", "careful"}, {"", "of the run"}, {"b", "before"}, {"c", "careful"}}));
  state.apply(start_event());
  EXPECT_TRUE(state.warnings.empty());
}

TEST(RunState, IgnoresWhatItDoesNotKnow) {
  RunState state = fold({start_event(),
                         {{"ev", "weather"}, {"t", 1.0}},
                         {{"ev", "node"}, {"node", "nobody"}},
                         {{"ev", "node"}, {"node", "b"}, {"status", "levitating"}}});
  EXPECT_EQ(state.find("b")->status, NodeStatus::waiting);
}

TEST(RemainingSeconds, IsTheLongestPath) {
  RunState state = fold({start_event()});
  EXPECT_EQ(remaining_seconds(state, 100), 15.0);
  state.apply({{"ev", "node"}, {"t", 100.0}, {"node", "b"}, {"status", "running"}});
  EXPECT_EQ(remaining_seconds(state, 104), 11.0);
  // A quarter done after 4 seconds: 12 more, and c.
  state.apply({{"ev", "progress"}, {"t", 104.0}, {"node", "b"}, {"done", 1}, {"total", 4}});
  EXPECT_EQ(remaining_seconds(state, 104), 17.0);
}

TEST(RemainingSeconds, IsUnknownWhileANodeIs) {
  Json start = start_event();
  start["nodes"][2].erase("predicted");
  EXPECT_FALSE(remaining_seconds(fold({start}), 100));
}

}  // namespace
}  // namespace retort

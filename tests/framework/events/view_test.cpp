#include "events/view.h"

#include <gmock/gmock.h>

#include <sstream>

namespace retort {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<Json> events() {
  return {
      {{"ev", "run"},
       {"t", 100.0},
       {"run", "r1"},
       {"graph", "q.json"},
       {"nodes",
        {{{"name", "a"}, {"status", "hit"}},
         {{"name", "b"}, {"status", "waiting"}, {"after", {0}}, {"predicted", 10.0}},
         {{"name", "c"}, {"status", "waiting"}, {"after", {1}}, {"predicted", 5.0}}}}},
      {{"ev", "node"}, {"t", 101.0}, {"node", "b"}, {"status", "running"}, {"slot", "cpu"}, {"reason", "lr 1 -> 2"}},
      {{"ev", "progress"}, {"t", 102.0}, {"node", "b"}, {"done", 1}, {"total", 4}},
      {{"ev", "warn"}, {"t", 102.5}, {"node", "b"}, {"text", "slow disk"}},
      {{"ev", "node"}, {"t", 105.0}, {"node", "b"}, {"status", "failed"}, {"kind", "data"}, {"text", "cut off\nat 7"}},
      {{"ev", "node"}, {"t", 105.0}, {"node", "c"}, {"status", "skipped"}, {"reason", "b failed"}},
      {{"ev", "end"}, {"t", 105.0}, {"status", "failed"}}};
}

TEST(PlainView, WritesOneLineAStateChange) {
  std::ostringstream out;
  const auto view = plain_view(out);
  RunState state;
  for (const auto& event : events()) {
    state.apply(event);
    view->event(state, event);
  }
  EXPECT_EQ(out.str(),
            "run r1: q.json: 1 hit, 2 waiting\n"
            "b: running on cpu: lr 1 -> 2\n"
            "b: warning: slow disk\n"
            "b: failed (data): cut off\n    at 7\n"
            "c: skipped: b failed\n");
}

TEST(PlainView, SaysEachMinuteThatItIsAlive) {
  std::ostringstream out;
  const auto view = plain_view(out);
  RunState state;
  for (size_t i = 0; i < 3; ++i) {
    state.apply(events()[i]);
    view->event(state, events()[i]);
  }
  out.str("");
  view->tick(state, 150);
  EXPECT_EQ(out.str(), "");
  view->tick(state, 161);
  EXPECT_EQ(out.str(), "1 hit, 1 running, 1 waiting; b on cpu, 1 min 00 s, 1/4 (25 %), about 3 min 00 s left\n");
}

TEST(LiveView, IsDrawnTenTimesASecondHoweverOftenItIsAsked) {
  std::ostringstream out;
  const auto view = live_view(out, 80);
  RunState state;
  for (size_t i = 0; i < 3; ++i) state.apply(events()[i]);
  view->tick(state, 105);
  const std::string drawn = out.str();
  EXPECT_THAT(drawn, HasSubstr("b on cpu"));
  view->tick(state, 105.05);
  EXPECT_EQ(out.str(), drawn);
  view->tick(state, 105.11);
  EXPECT_GT(out.str().size(), drawn.size());
}

TEST(LiveLines, ShowCountsProgressEndAndFailure) {
  RunState state;
  for (size_t i = 0; i < 3; ++i) state.apply(events()[i]);
  EXPECT_THAT(live_lines(state, 105),
              ElementsAre("1 hit, 1 running, 1 waiting; 5.0 s",
                          "[##........] b on cpu, 4.0 s, 1/4 (25 %), about 12 s left", "ends in about 17 s"));
  state.apply({{"ev", "progress"}, {"t", 106.0}, {"node", "b"}, {"done", 4}, {"total", 4}});
  EXPECT_EQ(live_lines(state, 106)[1], "[##########] b on cpu, 5.0 s, 4/4 (100 %)");
  state.apply({{"ev", "progress"}, {"t", 106.0}, {"node", "b"}, {"done", 0}, {"total", 4}});
  EXPECT_EQ(live_lines(state, 106)[1], "[..........] b on cpu, 5.0 s, 0/4 (0 %)") << "nothing is known yet";
  for (const auto& event : events()) state.apply(event);
  EXPECT_EQ(live_lines(state, 105).back(), "failed: b: cut off");
}

TEST(LiveLines, AreNeverMoreThanSix) {
  Json start = {{"ev", "run"}, {"nodes", Json::array()}};
  for (int i = 0; i < 50; ++i) start["nodes"].push_back({{"name", std::to_string(i)}, {"predicted", 1.0}});
  RunState state = fold({start});
  for (int i = 0; i < 40; ++i)
    state.apply({{"ev", "node"}, {"t", 1.0}, {"node", std::to_string(i)}, {"status", "running"}, {"slot", "cpu"}});
  state.apply({{"ev", "node"}, {"t", 1.0}, {"node", "41"}, {"status", "failed"}, {"text", "x"}});
  EXPECT_EQ(live_lines(state, 2).size(), 6u);
  EXPECT_EQ(live_lines(state, 2)[3], "and 38 more running");
}

TEST(DurationText, UsesTheUnitsPeopleUse) {
  EXPECT_EQ(duration_text(0.04), "0.0 s");
  EXPECT_EQ(duration_text(9.94), "9.9 s");
  EXPECT_EQ(duration_text(9.96), "10 s");
  EXPECT_EQ(duration_text(59.6), "1 min 00 s");
  EXPECT_EQ(duration_text(3600 * 2 + 601), "2 h 10 min");
}

}  // namespace
}  // namespace retort

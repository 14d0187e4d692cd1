#include "events/event_log.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "store/temporary_folder.h"

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
  EXPECT_EQ(events[0]["v"], 1);
  EXPECT_GT(events[0]["t"].get<double>(), 1.7e9);
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

TEST(EventLog, ANewerFormatIsRefused) {
  TemporaryFolder folder;
  write_file(folder / "e", "{\"v\":2,\"ev\":\"run\"}\n");
  try {
    read_events(folder / "e");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), (folder / "e").string() + " has event format 2, this retort reads 1; use a newer retort");
  }
}

}  // namespace
}  // namespace retort

// Every word of the worker's protocol as a type; what is none of it says nothing.
#include "sched/worker_message.h"

#include <gtest/gtest.h>

namespace retort {
namespace {

template <class Type>
Type read(const std::string& line) {
  WorkerMessage message = worker_message(line);
  EXPECT_TRUE(std::holds_alternative<Type>(message)) << line;
  return std::holds_alternative<Type>(message) ? std::get<Type>(message) : Type{};
}

TEST(WorkerMessage, LinesOfTheProtocol) {
  EXPECT_EQ(read<WorkerLog>(R"({"ev":"log","level":"info","text":"hello"})").level, LogLevel::info);
  read<JobStarted>(R"({"ev":"started"})");
  EXPECT_EQ(read<JobStale>(R"({"ev":"stale","library":"a.so"})").library, "a.so");
  const auto progress = read<JobProgress>(R"({"ev":"progress","done":3,"total":8})");
  EXPECT_EQ(progress.done, 3);
  EXPECT_EQ(progress.total, 8);
  const Json metric = {{"ev", "metric"}, {"name", "loss"}, {"step", 4}, {"value", 0.5}};
  EXPECT_EQ(read<JobNote>(metric.dump()).event, metric) << "into the log as it was said";
  EXPECT_EQ(read<JobNote>(R"({"ev":"warn","text":"few"})").event["text"], "few");
}

TEST(WorkerMessage, TheEndOfAJob) {
  const auto done = read<JobDone>(R"({"ev":"done","key":"k","seconds":1.5})");
  EXPECT_EQ(done.seconds, 1.5);
  EXPECT_TRUE(done.outputs.empty());
  EXPECT_EQ(read<JobDone>(R"({"ev":"done","seconds":1,"outputs":{"out":{}}})").outputs.size(), 1u);
  const auto failed = read<JobFailed>(R"({"ev":"failed","kind":"data","text":"gone","key":"abc"})");
  EXPECT_EQ(failed.kind, ErrorKind::data);
  EXPECT_EQ(failed.text, "gone");
  EXPECT_EQ(failed.damaged, "abc");
  EXPECT_FALSE(failed.worker_died) << "it spoke";
}

TEST(WorkerMessage, OtherLinesSayNothing) {
  for (const char* line : {R"({"ev":"ready","build":"x"})", R"({"ev":"later"})", R"({"ev":5})", R"({})", "[]", "{", ""})
    read<std::monostate>(line);
}

}  // namespace
}  // namespace retort

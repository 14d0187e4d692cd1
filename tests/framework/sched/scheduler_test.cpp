#include "sched/scheduler.h"

#include <gmock/gmock.h>

namespace retort {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<size_t> tasks(const std::vector<Scheduler::Start>& starts) {
  std::vector<size_t> all;
  for (const auto& start : starts) all.push_back(start.task);
  return all;
}

Devices cores(size_t count, size_t cards = 0) { return {count, std::vector<std::string>(cards, "card"), {}}; }

TEST(Scheduler, StartsTheLongestPathFirst) {
  // 0 is short and ends; 1 is short but 2 (long) hangs on it.
  Scheduler scheduler({{{}, 5, "cpu", 1}, {{2}, 1, "cpu", 1}, {{}, 10, "cpu", 1}}, Slots(cores(1), 0));
  EXPECT_EQ(scheduler.rank(1), 11);
  scheduler.can_run(0);
  scheduler.can_run(1);
  EXPECT_THAT(tasks(scheduler.start_now()), ElementsAre(1u));
  scheduler.ended(1);
  scheduler.can_run(2);
  EXPECT_THAT(tasks(scheduler.start_now()), ElementsAre(2u));
  scheduler.ended(2);
  EXPECT_THAT(tasks(scheduler.start_now()), ElementsAre(0u));
  EXPECT_FALSE(scheduler.idle());
  scheduler.ended(0);
  EXPECT_TRUE(scheduler.idle());
}

TEST(Scheduler, AnUnknownDurationCountsAsTheMean) {
  Scheduler scheduler({{{}, 2, "cpu", 1}, {{}, 6, "cpu", 1}, {{}, std::nullopt, "cpu", 1}}, Slots(cores(1), 0));
  EXPECT_EQ(scheduler.rank(2), 4);
}

TEST(Scheduler, CoresAreSharedByThreads) {
  Scheduler scheduler({{{}, 4, "cpu", 3}, {{}, 3, "cpu", 2}, {{}, 2, "cpu", 1}, {{}, 1, "cpu", 9}}, Slots(cores(4), 0));
  for (size_t i = 0; i < 4; ++i) scheduler.can_run(i);
  // 1 does not fit beside 0; 2 would, but must not overtake it.
  EXPECT_THAT(tasks(scheduler.start_now()), ElementsAre(0u));
  scheduler.ended(0);
  EXPECT_THAT(tasks(scheduler.start_now()), ElementsAre(1u, 2u));
  scheduler.ended(1);
  scheduler.ended(2);
  EXPECT_THAT(tasks(scheduler.start_now()), ElementsAre(3u)) << "more threads than cores: all of them";
}

TEST(Scheduler, AGivenNumberOfSlotsReplacesTheCores) {
  Scheduler scheduler({{{}, 1, "cpu", 8}, {{}, 1, "cpu", 8}, {{}, 1, "cpu", 8}}, Slots(cores(1), 2));
  for (size_t i = 0; i < 3; ++i) scheduler.can_run(i);
  EXPECT_EQ(scheduler.start_now().size(), 2u);
  EXPECT_EQ(scheduler.running(), 2u);
}

TEST(Scheduler, EachCardIsOneSlotAndCpuNodesGoOnBesideThem) {
  Scheduler scheduler({{{}, 3, "cuda", 1}, {{}, 2, "cuda", 1}, {{}, 1, "cuda", 1}, {{}, 1, "cpu", 1}},
                      Slots(cores(1, 2), 0));
  for (size_t i = 0; i < 4; ++i) scheduler.can_run(i);
  const auto starts = scheduler.start_now();
  EXPECT_THAT(tasks(starts), ElementsAre(0u, 1u, 3u));
  EXPECT_EQ(starts[0].slot, "cuda:0");
  EXPECT_EQ(starts[1].slot, "cuda:1");
  EXPECT_EQ(starts[2].slot, "cpu");
  scheduler.ended(0);
  EXPECT_EQ(scheduler.start_now().at(0).slot, "cuda:0");
}

TEST(Scheduler, AFailureSkipsWhatHangsOnItOnceAndNothingElse) {
  // 0 -> 1 -> 3, 0 -> 2 -> 3, 4 alone
  Scheduler scheduler(
      {{{1, 2}, 1, "cpu", 1}, {{3}, 1, "cpu", 1}, {{3}, 1, "cpu", 1}, {{}, 1, "cpu", 1}, {{}, 1, "cpu", 1}},
      Slots(cores(8), 0));
  scheduler.can_run(0);
  scheduler.can_run(4);
  scheduler.start_now();
  EXPECT_THAT(scheduler.failed(0), ElementsAre(1u, 2u, 3u));
  EXPECT_FALSE(scheduler.is_running(0));
  EXPECT_TRUE(scheduler.is_running(4));
  scheduler.can_run(1);
  EXPECT_THAT(scheduler.start_now(), IsEmpty()) << "what was skipped stays so";
  EXPECT_THAT(scheduler.failed(4), IsEmpty());
}

TEST(Scheduler, PutBackFreesTheSlotAndLeavesTheLine) {
  Scheduler scheduler({{{}, 1, "cpu", 1}, {{}, 1, "cpu", 1}}, Slots(cores(1), 0));
  scheduler.can_run(0);
  scheduler.start_now();
  scheduler.put_back(0);
  EXPECT_THAT(scheduler.start_now(), IsEmpty());
  scheduler.can_run(0);
  EXPECT_EQ(scheduler.start_now().size(), 1u);
}

TEST(Slots, KnowWhatCanNeverRun) {
  EXPECT_FALSE(Slots(cores(4), 0).can_ever("cuda"));
  EXPECT_TRUE(Slots(cores(4, 1), 0).can_ever("cuda"));
}

TEST(Slots, RespectTheOuterMaskOfCards) {
  setenv("CUDA_VISIBLE_DEVICES", "5,GPU-abc", 1);
  const Slots slots(cores(1, 2), 0);
  unsetenv("CUDA_VISIBLE_DEVICES");
  EXPECT_EQ(slots.visible_devices("cuda:0"), "5");
  EXPECT_EQ(slots.visible_devices("cuda:1"), "GPU-abc");
  EXPECT_EQ(slots.visible_devices("cpu"), "");
  EXPECT_EQ(Slots(cores(1, 2), 0).visible_devices("cuda:1"), "1");
}

TEST(Scheduler, OneThatMustBeAloneWaitsForTheOthersAndHoldsUpNobody) {
  Scheduler scheduler({{{}, 9, "cpu", 1}, {{}, 2, "cpu", 1}, {{}, 1, "cpu", 1}}, Slots(cores(2), 0));
  scheduler.can_run(1);
  EXPECT_THAT(tasks(scheduler.start_now()), ElementsAre(1u));
  scheduler.can_run(0, /*alone=*/true);
  scheduler.can_run(2);
  EXPECT_THAT(tasks(scheduler.start_now()), ElementsAre(2u)) << "though 0 has the longer path";
  scheduler.ended(1);
  EXPECT_THAT(tasks(scheduler.start_now()), IsEmpty()) << "2 still runs";
  EXPECT_FALSE(scheduler.idle());
  scheduler.ended(2);
  EXPECT_THAT(tasks(scheduler.start_now()), ElementsAre(0u));
  scheduler.can_run(1);
  EXPECT_THAT(tasks(scheduler.start_now()), IsEmpty()) << "nothing starts beside it";
  scheduler.ended(0);
  EXPECT_THAT(tasks(scheduler.start_now()), ElementsAre(1u));
}

/// Cards that another run uses.
struct Others final : CardClaims {
  std::set<size_t> theirs, ours;
  bool take(size_t card) override { return theirs.count(card) == 0 && ours.insert(card).second; }
  void give_back(size_t card) override { ours.erase(card); }
};

TEST(Slots, ACardThatAnotherRunUsesIsNotTakenUntilItIsFree) {
  auto others = std::make_shared<Others>();
  others->theirs = {0, 1};
  Slots slots(cores(1, 3), 0, others);
  EXPECT_EQ(slots.take("cuda", 1), "cuda:2");
  EXPECT_EQ(slots.take("cuda", 1), "");
  EXPECT_TRUE(slots.can_ever("cuda"));
  others->theirs.erase(1);
  EXPECT_EQ(slots.take("cuda", 1), "cuda:1");
  slots.give_back("cuda:2", 1);
  EXPECT_EQ(others->ours, (std::set<size_t>{1}));
}

TEST(Slots, AMaskChoosesAmongTheCards) {
  setenv("RETORT_CARDS", "red,green,blue", 1);
  setenv("CUDA_VISIBLE_DEVICES", "2,0,7,1", 1);
  const Devices devices = find_devices();
  unsetenv("RETORT_CARDS");
  unsetenv("CUDA_VISIBLE_DEVICES");
  EXPECT_THAT(devices.cards, ElementsAre("blue", "red")) << "what follows a card that is not there is not seen";
  EXPECT_THAT(devices.ids, ElementsAre("2", "0"));
}

}  // namespace
}  // namespace retort

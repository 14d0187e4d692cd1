#include "plan/plan.h"

#include <gmock/gmock.h>

#include "example_graph.h"

namespace retort {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> states(const Plan& plan) {
  std::vector<std::string> all;
  for (size_t i = 0; i < plan.size(); ++i) all.push_back(name_of(plan.at(i).state));
  return all;
}

struct Planned {
  explicit Planned(const ExampleGraph& example)
      : sources(example.store.root() / "sources" / "digests.json"),
        names(example.store, example.graph.file),
        plan(example.graph, example.store, sources, names) {}
  SourceDigests sources;
  Names names;
  Plan plan;
};

TEST(Plan, OfAnEmptyStoreRunsTheFirstAndKnowsNoMore) {
  ExampleGraph example;
  EXPECT_THAT(states(Planned(example).plan), ElementsAre("run", "maybe", "maybe"));
}

TEST(Plan, GoesOnAsResultsArrive) {
  ExampleGraph example;
  Planned now(example);
  EXPECT_THAT(now.plan.finished(0, example.run(now.plan, 0, "a")), ElementsAre(1u));
  EXPECT_THAT(states(now.plan), ElementsAre("hit", "run", "maybe"));
  EXPECT_THAT(now.plan.finished(1, example.run(now.plan, 1, "b")), ElementsAre(2u));
}

TEST(Plan, AfterARunEverythingIsThere) {
  ExampleGraph example;
  example.run_all();
  EXPECT_THAT(states(Planned(example).plan), ElementsAre("hit", "hit", "hit"));
}

TEST(Plan, AChangeReachesWhatHangsOnItAndNothingElse) {
  ExampleGraph example;
  example.run_all();
  example.graph.nodes[1].params["lr"] = 0.2;
  const Planned now(example);
  EXPECT_THAT(states(now.plan), ElementsAre("hit", "run", "maybe"));
  EXPECT_EQ(now.plan.at(1).seconds, 2.0);
}

TEST(Plan, EqualBytesUpstreamCutOff) {
  ExampleGraph example;
  example.run_all();
  example.graph.nodes[1].params["lr"] = 0.2;
  Planned now(example);
  EXPECT_THAT(now.plan.finished(1, example.run(now.plan, 1, "bytes 1")), ElementsAre(2u));
  EXPECT_THAT(states(now.plan), ElementsAre("hit", "hit", "hit"));
}

TEST(Plan, OtherBytesUpstreamRunOn) {
  ExampleGraph example;
  example.run_all();
  example.graph.nodes[1].params["lr"] = 0.2;
  Planned now(example);
  now.plan.finished(1, example.run(now.plan, 1, "other bytes"));
  EXPECT_THAT(states(now.plan), ElementsAre("hit", "hit", "run"));
}

TEST(Plan, ASourceFileThatChangedRunsItsNode) {
  ExampleGraph example;
  example.run_all();
  write_file(example.folder / "data/train.bin", "pixelS");
  EXPECT_THAT(states(Planned(example).plan), ElementsAre("run", "maybe", "maybe"));
}

TEST(Plan, AMissingObjectIsSeenAndSaid) {
  ExampleGraph example;
  example.score.spec.outputs.resize(1);
  Planned first(example);
  first.plan.finished(0, example.run(first.plan, 0, std::string(5000, 'x')));
  std::filesystem::remove(example.store.object_file(sha256_hex(std::string(5000, 'x'))));
  const Planned now(example);
  EXPECT_EQ(now.plan.at(0).state, PlanState::run);
  EXPECT_EQ(now.plan.at(0).damage, "result " + now.plan.at(0).key.substr(0, 12) + " (data), file f is missing");
}

TEST(Plan, AnUncachedNodeRunsEachTime) {
  ExampleGraph example;
  example.score.spec.uncached = true;
  example.run_all();
  EXPECT_THAT(states(Planned(example).plan), ElementsAre("hit", "hit", "run"));
}

TEST(Plan, AReopenedResultHoldsBackWhatWasPlannedOnIt) {
  ExampleGraph example;
  example.run_all();
  example.graph.nodes[1].params["lr"] = 0.2;
  Planned now(example);
  now.plan.reopen(0, "its bytes changed");
  EXPECT_THAT(states(now.plan), ElementsAre("run", "maybe", "maybe"));
  EXPECT_EQ(now.plan.at(0).damage, "its bytes changed");
  EXPECT_THAT(now.plan.finished(0, example.run(now.plan, 0, "bytes 0")), ElementsAre(1u));
}

TEST(Plan, ALinkToAnOutputThatWasNotWrittenIsNamed) {
  ExampleGraph example;
  example.graph.nodes[1].inputs["from"][0].port = "val";
  example.graph.nodes[1].inputs["from"][0].place = {"g.json", 4, 5, ""};
  Planned now(example);
  EXPECT_THAT(now.plan.finished(0, example.run(now.plan, 0, "a")), ElementsAre(1u));
  EXPECT_EQ(now.plan.at(1).problem, "data wrote no output \"val\" (g.json:4:5)");
}

TEST(Plan, MissingSourceFilesAreAllNamedBeforeAnythingRuns) {
  ExampleGraph example;
  std::filesystem::remove(example.folder / "data/train.bin");
  example.graph.nodes.push_back(example.graph.nodes[0]);
  example.graph.nodes.back().name = "more";
  try {
    Planned now(example);
    FAIL();
  } catch (const Error& error) {
    const std::string reason =
        ": \"root\": cannot read " + (example.folder / "data/train.bin").string() + ": No such file or directory";
    EXPECT_EQ(error.what(), "data" + reason + "\nmore" + reason);
  }
}

TEST(Names, TwoRunsOfOneGraphAtOnceKeepWhatEachOfThemLearned) {
  ExampleGraph example;
  Names one(example.store, "g.json"), other(example.store, "g.json");
  one.remember("encoder", sha256_hex("key 1"));
  other.remember("images", sha256_hex("key 2"));
  one.save();
  other.save();
  one.remember("encoder", sha256_hex("key 3"));
  one.save();
  const Names after(example.store, "g.json");
  EXPECT_EQ(after.last("encoder", "encoder"), sha256_hex("key 3"));
  EXPECT_EQ(after.last("images", "recover"), sha256_hex("key 2"));
}

/// What collection leaves of node `i`: nothing.
void collect(const ExampleGraph& example, size_t i) { example.store.remove(Planned(example).plan.at(i).key); }

TEST(Plan, AResultStandsWithoutTheResultsItWasMadeOf) {
  ExampleGraph example;
  example.run_all();
  collect(example, 1);
  EXPECT_THAT(states(Planned(example).plan), ElementsAre("hit", "not needed", "hit"));
  collect(example, 0);
  const Planned now(example);
  EXPECT_THAT(states(now.plan), ElementsAre("not needed", "not needed", "hit"));
  EXPECT_FALSE(now.plan.has_work());
}

TEST(Plan, WhatWasCollectedRunsWhenSomethingThatRunsWantsIt) {
  ExampleGraph example;
  example.run_all();
  collect(example, 1);
  example.score.code = sha256_hex("other code");
  Planned now(example);
  EXPECT_THAT(states(now.plan), ElementsAre("hit", "run", "maybe"));
  now.plan.finished(1, example.run(now.plan, 1, "bytes 1"));
  EXPECT_THAT(states(now.plan), ElementsAre("hit", "hit", "run"));
}

TEST(Plan, ARecipeOfOtherSourcesLeadsNowhere) {
  ExampleGraph example;
  example.run_all();
  collect(example, 1);
  write_file(example.folder / "data/train.bin", "pixelS");
  EXPECT_THAT(states(Planned(example).plan), ElementsAre("run", "maybe", "maybe"));
}

TEST(Plan, ResultsThatStandOnOneCollectedOutputWereMadeOfTheSameBytes) {
  ExampleGraph example;
  GraphNode other = example.graph.nodes[2];
  Manifest of_other = example.score;
  of_other.spec.type = other.name = "other";
  other.manifest = &of_other;
  example.graph.nodes.push_back(other);
  example.run_all();
  {
    Planned now(example);  // "other" made again, of other bytes
    example.store.remove(now.plan.at(3).key);
    now.plan.reopen(1, "damaged");
    now.plan.finished(1, example.run(now.plan, 1, "other bytes"));
    ASSERT_EQ(now.plan.at(3).state, PlanState::run);
    now.plan.finished(3, example.run(now.plan, 3, "bytes 3"));
    now.plan.save_recipes();
  }
  collect(example, 1);
  EXPECT_THAT(states(Planned(example).plan), ElementsAre("hit", "run", "maybe", "maybe"));
}

TEST(Plan, OtherBytesOfAHealedResultEndWhatStoodOnTheOld) {
  ExampleGraph example;
  example.run_all();
  Planned now(example);
  now.plan.reopen(1, "damaged");
  EXPECT_THAT(states(now.plan), ElementsAre("hit", "run", "hit"));
  EXPECT_THAT(now.plan.finished(1, example.run(now.plan, 1, "other bytes")), ElementsAre(2u));
  EXPECT_THAT(states(now.plan), ElementsAre("hit", "hit", "run"));
}

TEST(Plan, ADamagedResultWantsWhatWasCollected) {
  ExampleGraph example;
  example.run_all();
  collect(example, 1);
  Planned now(example);
  std::vector<size_t> wanted;
  now.plan.reopen(2, "damaged", &wanted);
  EXPECT_THAT(wanted, ElementsAre(1u));
  EXPECT_THAT(states(now.plan), ElementsAre("hit", "run", "maybe"));
}

}  // namespace
}  // namespace retort

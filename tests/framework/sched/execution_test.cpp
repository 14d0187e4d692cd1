// Whole executions without a process: a runner that says what the test wants it to say.
#include "sched/execution.h"

#include <gmock/gmock.h>

#include "framework/plan/example_graph.h"
#include "store/leases.h"

namespace retort {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Nodes of the example: data -> images -> score, other.
enum Node : size_t { kData, kImages, kScore, kOther };

struct Shop : ExampleGraph {
  Shop() {
    run_all();
    graph.nodes.push_back(graph.nodes[kScore]);
    graph.nodes[kOther].name = "other";
    graph.nodes[kOther].params = {{"which", "other"}};
    other.spec.params = {param_spec("which", "string", "")};
    graph.nodes[kOther].manifest = &other;
    score.spec.uncached = other.spec.uncached = true;  // they run each time
  }
  Manifest other = manifest("node", "other");
};

/// Runner and view of one execution.
class Scripted final : public Runner, public View {
 public:
  explicit Scripted(Shop& shop)
      : shop_(shop),
        sources_(shop.store.root() / "sources" / "digests.json"),
        names_(shop.store, shop.graph.file),
        plan(shop.graph, shop.store, sources_, names_) {}

  RunState run() {
    EventLog log("");
    Journal journal(log, *this);
    Execution execution({plan, shop_.store, sources_, names_}, Slots({4, {}, {}}, 0), *this, journal, {});
    return execution.run();
  }

  void start(Assignment assignment) override {
    started.push_back(assignment.task);
    running_.insert(assignment.task);
  }
  std::vector<RunnerEvent> wait(int, int) override {
    EXPECT_LT(++rounds_, 100) << "it goes on for ever";
    if (rounds_ >= 100) throw Error(ErrorKind::internal, "it goes on for ever");
    for (const size_t one : together)
      if (!running_.count(one)) return {};
    together.clear();
    std::vector<RunnerEvent> events;
    for (const size_t task : std::exchange(running_, {})) {
      if (const auto told = first.extract(task)) {
        events.push_back({task, told.mapped()});
        continue;
      }
      shop_.run(plan, task, "bytes " + std::to_string(task));
      events.push_back({task, JobDone{1.0, nullptr}});
    }
    return events;
  }
  void cancel() override {}
  void kill(size_t) override {}
  void drop_idle() override {}

  void event(const RunState&, const Json& event) override { seen(event); }
  void tick(const RunState&, double) override {}
  void finish(const RunState&) override {}

 private:
  Shop& shop_;
  SourceDigests sources_;
  Names names_;
  std::set<size_t> running_;
  int rounds_ = 0;

 public:
  Plan plan;
  /// What becomes of it the first time it runs; afterwards, and if nothing is said, it writes what it should.
  std::map<size_t, JobFailed> first;
  /// Nothing is told of these as long as they are not all running.
  std::set<size_t> together;
  std::function<void(const Json& event)> seen = [](const Json&) {};
  std::vector<size_t> started;
};

JobFailed damaged(const std::string& key) { return {ErrorKind::data, "result has no record", key}; }
JobFailed failed(const std::string& text) { return {ErrorKind::data, text}; }

std::vector<std::string> set_aside(const Store& store) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(store.root() / "trash"))
    if (entry.is_regular_file()) files.push_back(entry.path().filename());
  return files;
}

TEST(Execution, RunsWhatIsNotThereAndNothingElse) {
  Shop shop;
  Scripted runner(shop);
  EXPECT_EQ(runner.run().status, "done");
  EXPECT_THAT(runner.started, ElementsAre(kScore, kOther));
}

TEST(Execution, WhatIsGoneIsComputedAgainForAllWhoMissIt) {
  Shop shop;
  Scripted runner(shop);
  const Key images = runner.plan.at(kImages).key;
  std::filesystem::remove(shop.store.record_file(images));
  runner.together = {kScore, kOther};
  runner.first = {{kScore, damaged(images)}, {kOther, damaged(images)}};
  EXPECT_EQ(runner.run().status, "done");
  EXPECT_THAT(runner.started, ElementsAre(kScore, kOther, kImages, kScore, kOther));
}

TEST(Execution, AnotherFailureOfWhoMissedItsInputIsNoFailureOfItsOwn) {
  Shop shop;
  Scripted runner(shop);
  const Key images = runner.plan.at(kImages).key;
  std::filesystem::remove(shop.store.record_file(images));
  runner.together = {kScore, kOther};
  runner.first = {{kScore, damaged(images)}, {kOther, failed("cannot read")}};
  EXPECT_EQ(runner.run().status, "done");
}

TEST(Execution, AFailureOfWhoHasItsInputsIsOne) {
  Shop shop;
  Scripted runner(shop);
  runner.first = {{kOther, failed("cannot read")}};
  const RunState state = runner.run();
  EXPECT_EQ(state.status, "failed");
  EXPECT_EQ(state.nodes[kScore].status, NodeStatus::done);
  EXPECT_EQ(state.nodes[kOther].error, "cannot read");
}

TEST(Execution, DamageIsSetAsideOnce) {
  Shop shop;
  Scripted runner(shop);
  const Key images = runner.plan.at(kImages).key;
  const auto record = shop.store.record_file(images);
  std::string text = read_file(record);
  text.replace(text.find("bytes 1"), 7, "bytes 2");
  write_file(record, text);
  runner.together = {kScore, kOther};
  runner.first = {{kScore, damaged(images)}, {kOther, damaged(images)}};
  EXPECT_EQ(runner.run().status, "done");
  EXPECT_EQ(set_aside(shop.store).size(), 1u);
  EXPECT_TRUE(shop.store.find(images));
}

TEST(Execution, WhatAnotherRunPublishedAgainIsTakenAndNotSetAside) {
  Shop shop;
  Scripted runner(shop);
  runner.first = {{kScore, damaged(runner.plan.at(kImages).key)}};
  const RunState state = runner.run();
  EXPECT_EQ(state.status, "done");
  EXPECT_EQ(state.nodes[kImages].status, NodeStatus::hit);
  EXPECT_THAT(set_aside(shop.store), IsEmpty());
  EXPECT_EQ(std::count(runner.started.begin(), runner.started.end(), kImages), 0);
}

TEST(Execution, AnObjectThatIsDamagedTakesItsRecordWithIt) {
  Shop shop;
  const std::string large(5000, 'x');
  {
    Scripted before(shop);
    shop.store.remove(before.plan.at(kImages).key);
    Scripted again(shop);
    shop.run(again.plan, kImages, large);
  }
  Scripted runner(shop);
  const Key images = runner.plan.at(kImages).key;
  std::filesystem::remove(shop.store.object_file(sha256_hex(large)));
  runner.first = {{kScore, damaged(images)}};
  runner.together = {kScore, kOther};
  EXPECT_EQ(runner.run().status, "done");
  EXPECT_EQ(std::count(runner.started.begin(), runner.started.end(), kImages), 1);
}

TEST(Execution, WhoWaitsForALeaseMayLoseItsInput) {
  Shop shop;
  Scripted runner(shop);
  const Key images = runner.plan.at(kImages).key;
  std::filesystem::remove(shop.store.record_file(images));
  Leases elsewhere(shop.store);
  auto lease = elsewhere.try_take(runner.plan.at(kScore).key);
  ASSERT_TRUE(lease);
  runner.first = {{kOther, damaged(images)}};
  runner.seen = [&](const Json& event) {
    if (event.value("node", "") == "images" && event.value("status", "") == "done") lease->release();
  };
  EXPECT_EQ(runner.run().status, "done");
  EXPECT_THAT(runner.started, ElementsAre(kOther, kImages, kScore, kOther));
}

TEST(Execution, ALeaseLastsUntilTheLogCitesTheResult) {
  Shop shop;
  Scripted runner(shop);
  Leases elsewhere(shop.store);
  size_t held = 0;
  runner.seen = [&](const Json& event) {
    if (event.value("ev", "") == "node" && event.value("status", "") == "done")
      held += elsewhere.is_taken(Key(event.at("key").get<std::string>()));
  };
  EXPECT_EQ(runner.run().status, "done");
  EXPECT_EQ(held, 2u);
  for (const size_t node : {kScore, kOther}) EXPECT_FALSE(elsewhere.is_taken(runner.plan.at(node).key));
}

}  // namespace
}  // namespace retort

// Checkpoints and budgets: what a trainer does not do twice.
#include <gmock/gmock.h>

#include <csignal>
#include <fstream>

#include "workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Budget : public ::testing::Test {
 protected:
  void train(Workshop& shop, const Json& params) {
    Json all = {{"trace", (shop.folder / "trace").string()}};
    all.update(params);
    shop.graph({{"train", {{"type", "test.train"}, {"params", all}}}});
    EXPECT_EQ(shop.run()["train"], "done");
  }
  /// Epochs computed since the last question, whoever did it.
  std::vector<int> epochs(Workshop& shop) {
    std::ifstream trace(shop.folder / "trace");
    std::vector<int> all;
    for (int epoch; trace >> epoch;) all.push_back(epoch);
    fs::remove(shop.folder / "trace");
    return all;
  }
  static std::vector<int> range(int from, int to) {
    std::vector<int> all;
    for (int i = from; i < to; ++i) all.push_back(i);
    return all;
  }
  std::string straight(const Json& params) {
    Workshop other;
    train(other, params);
    return other.text("train");
  }
  std::vector<Record> states() {
    std::vector<Record> found;
    for (const auto& key : shop.store().keys())
      if (auto record = shop.store().find(key); record->type == "state of test.train") found.push_back(*record);
    return found;
  }
  Workshop shop;
};

TEST_F(Budget, ALongerRunOfOneHorizonGoesOnWhereTheShorterEnded) {
  train(shop, {{"epochs", 10}, {"schedule_epochs", 30}});
  EXPECT_EQ(epochs(shop), range(0, 10));
  train(shop, {{"epochs", 20}, {"schedule_epochs", 30}});
  EXPECT_EQ(epochs(shop), range(10, 20));
  EXPECT_EQ(shop.text("train"), straight({{"epochs", 20}, {"schedule_epochs", 30}}));
  train(shop, {{"epochs", 30}});
  EXPECT_EQ(epochs(shop), range(20, 30)) << "left out, the horizon is where it stops: 30 too";
  EXPECT_EQ(shop.text("train"), straight({{"epochs", 30}}));
  train(shop, {{"epochs", 15}, {"schedule_epochs", 30}});
  EXPECT_EQ(epochs(shop), range(10, 15)) << "a state that stands further is of no use";
}

TEST_F(Budget, OnlyEqualHorizonsExtend) {
  train(shop, {{"epochs", 10}});
  train(shop, {{"epochs", 20}});
  epochs(shop);
  train(shop, {{"epochs", 25}, {"schedule_epochs", 26}});
  EXPECT_EQ(epochs(shop), range(0, 25));
  EXPECT_EQ(shop.text("train"), straight({{"epochs", 25}, {"schedule_epochs", 26}}));
}

TEST_F(Budget, AnythingElseThatDiffersIsAnotherTraining) {
  train(shop, {{"epochs", 10}, {"schedule_epochs", 30}});
  epochs(shop);
  train(shop, {{"epochs", 20}, {"schedule_epochs", 30}, {"lr", 0.2}});
  EXPECT_EQ(epochs(shop), range(0, 20));
}

TEST_F(Budget, AKeptStateIsAResultThatCanBeLostOrDamagedWithoutHarm) {
  train(shop, {{"epochs", 10}, {"schedule_epochs", 30}});
  epochs(shop);
  ASSERT_EQ(states().size(), 1u);
  const Record state = states()[0];
  EXPECT_EQ(state.about["node"], "state of train") << "`export train` means the result";
  EXPECT_THAT(state.key_text, HasSubstr("\nhorizon schedule_epochs = 30\nstop 10\n"));
  const fs::path object = shop.store().object_file(state.outputs.at("state").files[0].digest);
  std::string bytes = read_file(object);
  bytes[bytes.size() / 2] ^= 1;
  fs::permissions(object, fs::perms::owner_write, fs::perm_options::add);
  write_file(object, bytes);
  train(shop, {{"epochs", 20}, {"schedule_epochs", 30}});
  EXPECT_EQ(epochs(shop), range(0, 20));
  EXPECT_EQ(shop.text("train"), straight({{"epochs", 20}, {"schedule_epochs", 30}}));
  for (const auto& one : states()) shop.store().remove(one.key);
  train(shop, {{"epochs", 30}, {"schedule_epochs", 30}});
  EXPECT_EQ(epochs(shop), range(0, 30));
}

TEST_F(Budget, AnOwnCheckpointThatStandsFurtherWins) {
  train(shop, {{"epochs", 2}, {"schedule_epochs", 400}});
  epochs(shop);
  shop.graph({{"train",
               {{"type", "test.train"},
                {"params", {{"epochs", 400}, {"milliseconds", 5}, {"trace", (shop.folder / "trace").string()}}}}}});
  const pid_t child = shop.start({"run", "g.json"});
  Workshop::wait_for([&] {
    std::error_code none;
    return fs::exists(shop.folder / "trace") && fs::file_size(shop.folder / "trace", none) > 40;
  });
  kill(child, SIGKILL);
  shop.finish(child);
  const auto before = epochs(shop);
  EXPECT_EQ(before.front(), 2);
  shop.run({"--set", "train.milliseconds=0"});
  const auto after = epochs(shop);
  EXPECT_GE(after.front(), before.back()) << "the epoch in flight at most is computed twice";
  EXPECT_LE(after.front(), before.back() + 1);
  EXPECT_EQ(shop.text("train"), straight({{"epochs", 400}}));
  EXPECT_TRUE(fs::is_empty(shop.store_root / "checkpoints")) << "gone after success";
}

}  // namespace
}  // namespace retort

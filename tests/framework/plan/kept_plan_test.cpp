#include "plan/kept_plan.h"

#include <gtest/gtest.h>

#include <random>

#include "core/digest.h"
#include "example_graph.h"

namespace retort {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

/// A finished example whose plan is kept as the command keeps it.
class KeptPlanTest : public ::testing::Test {
 protected:
  KeptPlanTest() {
    example.run_all();
    SourceDigests sources(example.store.root() / "sources" / "digests.json");
    Names names(example.store, example.graph.file);
    Plan made(example.graph, example.store, sources, names);
    for (size_t i = 0; i < made.size(); ++i) plan.results.push_back({made.at(i).key, made.at(i).record->sum});
    plan.result_folders = made.result_folders();
    plan.object_folders = made.object_folders();
    plan.tables = "a table\n";
    plan.last_node = "score";
    plan.graph = "the graph";
    plan.nodes = "the nodes";
    plan.hits = made.size();
    write_file(example.folder / "source", "pixels");
    plan.files = {{(example.folder / "source").string(), seen(example.folder / "source", 3 * kSecond)}};
  }

  /// Of a file that was read so long after its last change.
  static SeenFile seen(const std::filesystem::path& path, int64_t after) {
    const FileStamp stamp = *stamp_of(path.c_str());
    return {stamp, stamp.changed + after, sha256_file(path)};
  }

  std::unique_ptr<KeptPlan> kept() {
    KeptPlan::keep(example.store, "words", plan);
    return KeptPlan::open(example.store, "words");
  }
  bool holds() {
    const auto one = kept();
    return one && one->holds();
  }
  std::filesystem::path file() const { return example.store.root() / "learned" / "plans" / sha256_hex("words"); }
  std::filesystem::path record(size_t i) const { return example.store.record_file(plan.results[i].key); }

  ExampleGraph example;
  FinishedPlan plan;
};

TEST_F(KeptPlanTest, HoldsWhileNothingChanges) {
  const auto one = kept();
  ASSERT_TRUE(one && one->holds());
  EXPECT_EQ(one->tables(), "a table\n");
  EXPECT_EQ(one->last_node(), "score");
  EXPECT_EQ(one->hits(), 3u);
  EXPECT_TRUE(one->put_graph(example.folder / "g"));
  EXPECT_EQ(read_file(example.folder / "g"), "the graph");
  EXPECT_EQ(KeptPlan::open(example.store, "other words"), nullptr);
}

TEST_F(KeptPlanTest, AFileWithOtherBytesEndsIt) {
  write_file(example.folder / "source", "pixelS");
  EXPECT_FALSE(holds());
}

TEST_F(KeptPlanTest, AFileThatWasOnlyTouchedDoesNot) {
  std::filesystem::last_write_time(example.folder / "source", std::filesystem::file_time_type::clock::now());
  EXPECT_TRUE(holds());
}

TEST_F(KeptPlanTest, AFileThatIsGoneEndsIt) {
  std::filesystem::remove(example.folder / "source");
  EXPECT_FALSE(holds());
}

TEST_F(KeptPlanTest, AStampIsBelievedOnlyOfAFileThatWasAtRest) {
  // The bytes are not those that were read, and the stamp does not show it.
  plan.files[0].second.digest = sha256_hex("what was read");
  EXPECT_TRUE(holds());
  plan.files[0].second.read = plan.files[0].second.stamp.changed + kSecond;
  EXPECT_FALSE(holds());
}

TEST_F(KeptPlanTest, AFolderWithAnotherListEndsIt) {
  std::filesystem::create_directories(example.folder / "plugins");
  plan.folders = {{(example.folder / "plugins").string(), {}}};
  plan.folders[0].second.stamp = *stamp_of((example.folder / "plugins").c_str());
  plan.folders[0].second.read = plan.folders[0].second.stamp.changed + 3 * kSecond;
  EXPECT_TRUE(holds());
  write_file(example.folder / "plugins/new.json", "{}");
  EXPECT_FALSE(holds());
}

TEST_F(KeptPlanTest, ARecordThatIsGoneEndsIt) {
  std::filesystem::remove(record(1));
  EXPECT_FALSE(holds());
}

TEST_F(KeptPlanTest, ARecordThatWasReplacedEndsIt) {
  Record other = *example.store.find(plan.results[1].key);
  other.about["seconds"] = 3.0;
  example.store.commit(other, false);
  EXPECT_FALSE(holds());
}

TEST_F(KeptPlanTest, ARecordOfAnotherKeyBesideDoesNot) {
  Record other = *example.store.find(plan.results[1].key);
  other.key = other.key.substr(0, 63) + (other.key.text()[63] == '0' ? "1" : "0");
  example.store.commit(other, false);
  EXPECT_TRUE(holds());
}

TEST_F(KeptPlanTest, AnObjectThatIsGoneOrShorterEndsIt) {
  const std::string bytes(5000, 'x'), digest = sha256_hex(bytes);
  std::filesystem::create_directories(example.store.object_file(digest).parent_path());
  write_file(example.store.object_file(digest), bytes);
  plan.objects = {{digest, bytes.size()}};
  plan.object_folders[std::stoul(digest.substr(0, 2), nullptr, 16)].emplace();
  EXPECT_TRUE(holds());
  write_file(example.store.object_file(digest), bytes.substr(1));
  EXPECT_FALSE(holds());
  std::filesystem::remove(example.store.object_file(digest));
  EXPECT_FALSE(holds());
}

TEST_F(KeptPlanTest, DamageIsNoticed) {
  ASSERT_TRUE(kept());
  const std::string bytes = read_file(file());
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    std::string damaged = bytes;
    damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    write_file(file(), damaged);
    EXPECT_EQ(KeptPlan::open(example.store, "words"), nullptr) << i;
  }
  for (int i = 0; i < 100; ++i) {
    write_file(file(), bytes.substr(0, random() % bytes.size()));
    EXPECT_EQ(KeptPlan::open(example.store, "words"), nullptr) << i;
  }
  write_file(file(), bytes + bytes);
  EXPECT_EQ(KeptPlan::open(example.store, "words"), nullptr);
  write_file(file(), bytes);
  EXPECT_NE(KeptPlan::open(example.store, "words"), nullptr);
}

}  // namespace
}  // namespace retort

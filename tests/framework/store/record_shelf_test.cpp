#include "store/record_shelf.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>

#include "core/digest.h"
#include "core/files.h"
#include "core/temporary_folder.h"

namespace retort {
namespace {

constexpr size_t kMany = 300;

std::string key(size_t i) { return sha256_hex(std::to_string(i)); }

/// A store of many results, all at rest, for all tests: what is at rest takes seconds to come by.
class RecordShelfTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = std::make_unique<TemporaryFolder>();
    const Store store = Store::open(*folder / "store");
    for (size_t i = 0; i < kMany; ++i) {
      Record record;
      record.key = key(i);
      record.key_text = "long";
      record.type = "test";
      record.about = {{"created", "now"}, {"seconds", 0.5}, {"host", "here"}};
      if (i == 7) record.about["warnings"] = {"careful", "slow"};
      record.outputs["out"] = {"metrics", sha256_hex("out"), {{"n", i}}, {{"a.txt", i, sha256_hex("a"), true, "a"}}};
      store.commit(record, /*sync=*/false);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  }
  static void TearDownTestSuite() { folder.reset(); }

  RecordShelfTest() : store(Store::open(*folder / "store")) {
    std::filesystem::remove(file());
    fill();
  }

  /// Writes the shelf, if there is reason to.
  void fill() {
    RecordShelf shelf(store, "graph");
    std::vector<Record> found;
    for (size_t i = 0; i < kMany; ++i)
      if (auto one = shelf.find(key(i), nullptr)) found.push_back(std::move(*one));
    std::vector<const Record*> records;
    for (const auto& one : found) records.push_back(&one);
    shelf.save(records);
  }
  std::filesystem::path file() const { return store.root() / "learned" / "records" / "graph"; }

  /// What is on the shelf says so from now on: "TEST" instead of "test".
  void mark() {
    std::string text = read_file(file());
    for (size_t at = 0; (at = text.find("test", at)) != std::string::npos;) text.replace(at, 4, "TEST");
    text.replace(16, 64, sha256_hex(std::string_view(text).substr(80)));
    write_file(file(), text);
  }
  std::string type(size_t i) {
    const auto found = RecordShelf(store, "graph").find(key(i), nullptr);
    return found ? found->type : "none";
  }

  static std::unique_ptr<TemporaryFolder> folder;
  const Store store;
};
std::unique_ptr<TemporaryFolder> RecordShelfTest::folder;

TEST_F(RecordShelfTest, HasWhatAPlanKeepsOfARecord) {
  mark();
  const Record kept = *RecordShelf(store, "graph").find(key(7), nullptr);
  Record read = *store.find(key(7), nullptr, RecordParts::of_plan);
  EXPECT_EQ(kept.type, "TEST");
  EXPECT_EQ(kept.key, read.key);
  EXPECT_EQ(kept.sum, read.sum);
  EXPECT_EQ(kept.about, read.about);
  EXPECT_EQ(warnings_of(kept), (std::vector<std::string>{"careful", "slow"}));
  EXPECT_TRUE(warnings_of(*RecordShelf(store, "graph").find(key(8), nullptr)).empty());
  EXPECT_EQ(kept.outputs.at("out").digest, read.outputs.at("out").digest);
  EXPECT_EQ(kept.outputs.at("out").meta, read.outputs.at("out").meta);
  EXPECT_EQ(kept.outputs.at("out").kind, "metrics");
  const StoredFile& stored = kept.outputs.at("out").files.at(0);
  EXPECT_EQ(stored.name + " " + std::to_string(stored.size) + " " + stored.digest, "a.txt 7 " + sha256_hex("a"));
  EXPECT_TRUE(stored.inlined);
}

TEST_F(RecordShelfTest, BelievesItselfWhileTheRecordsFileIsTheSame) {
  mark();
  EXPECT_EQ(type(3), "TEST");
  write_file(store.record_file(key(3)), read_file(store.record_file(key(3))));
  EXPECT_EQ(type(3), "test");
  write_file(store.record_file(key(4)), "damaged\n");
  std::string damage;
  EXPECT_FALSE(RecordShelf(store, "graph").find(key(4), &damage));
  EXPECT_NE(damage, "");
  std::filesystem::remove(store.record_file(key(5)));
  EXPECT_EQ(type(5), "none");
  EXPECT_EQ(type(6), "TEST");
}

TEST_F(RecordShelfTest, IsNothingWhenDamagedCutOffOrOfAnotherGraph) {
  mark();
  EXPECT_EQ(RecordShelf(store, "other").find(key(10), nullptr)->type, "test");
  const std::string whole = read_file(file());
  for (const size_t size : {whole.size() - 1, size_t{90}, size_t{5}, size_t{0}}) {
    write_file(file(), whole.substr(0, size));
    EXPECT_EQ(type(10), "test") << size;
  }
  std::string flipped = whole;
  flipped[whole.size() / 2] ^= 1;
  write_file(file(), flipped);
  EXPECT_EQ(type(10), "test");
}

TEST_F(RecordShelfTest, KeepsWhatStillHoldsWhenItIsWrittenAgain) {
  mark();
  fill();  // nothing is new: it stays as it is
  EXPECT_EQ(type(10), "TEST");
}

}  // namespace
}  // namespace retort

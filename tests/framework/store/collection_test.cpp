#include "store/collection.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <random>

#include "core/temporary_folder.h"
#include "store/check.h"
#include "store/emptying.h"
#include "stored.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using test::key_of;
using test::publish;

std::string bytes(size_t size, char fill) { return std::string(size, fill); }

struct Place {
  TemporaryFolder folder;
  Store store = Store::open(folder / "s");
  Leases leases{store};

  /// Three results of equal size: the first is worth least.
  void three() {
    for (const char* name : {"a", "b", "c"}) publish(store, name, 1 + name[0] - 'a', {{"f", bytes(10000, name[0])}});
  }
  Collection plan(const CollectionWish& wish, const Citations& citations = {}) {
    return plan_collection(store, leases, citations, wish);
  }
  uint64_t run(const CollectionWish& wish, const Citations& citations = {}) {
    return collect(store, leases, plan(wish, citations), wish);
  }
  bool has(const std::string& name) {
    return fs::exists(store.record_file(key_of(name)));  // without looking into the trash
  }
};

std::vector<std::string> names_of(const Collection& collection) {
  std::vector<std::string> names;
  for (const auto& one : collection.going) names.push_back(one.node);
  return names;
}

CollectionWish to_size(uint64_t bytes) {
  CollectionWish wish;
  wish.to_bytes = bytes;
  return wish;
}

TEST(Collection, TakesWhatIsWorthLeastAByteFirst) {
  Place place;
  place.three();
  publish(place.store, "large", 3, {{"f", bytes(90000, 'l')}});  // more seconds than a, but fewer a byte
  EXPECT_EQ(names_of(place.plan(to_size(22000))), (std::vector<std::string>{"large", "a"}));
  EXPECT_EQ(names_of(place.plan(to_size(0))).size(), 4u);
  EXPECT_TRUE(place.plan(to_size(1 << 20)).going.empty());
}

TEST(Collection, LeavesWhatStillFitsAfterALargeOneWent) {
  Place place;
  publish(place.store, "small", 0.001, {{"f", bytes(5000, 's')}});  // worth least, but goes for nothing
  publish(place.store, "large", 1, {{"f", bytes(100000, 'l')}});
  publish(place.store, "dear", 1000, {{"f", bytes(20000, 'd')}});
  EXPECT_EQ(names_of(place.plan(to_size(40000))), std::vector<std::string>{"large"});
}

TEST(Collection, ComesWithinFivePercentOfItsTarget) {
  Place place;
  std::mt19937 random(7);
  for (int i = 0; i < 120; ++i)
    publish(place.store, "n" + std::to_string(i), 0.01 * static_cast<double>(random() % 1000),
            {{"f", bytes(5000 + random() % 20000, static_cast<char>('!' + i % 90)) + std::to_string(i)}});
  const uint64_t before = place.plan(CollectionWish{}).bytes_before;
  for (const double share : {0.9, 0.5, 0.2}) {
    const auto target = static_cast<uint64_t>(share * static_cast<double>(before));
    place.run(to_size(target));
    uint64_t bytes_now = 0;
    for (const char* part : {"results", "objects"})
      for (const auto& entry : fs::recursive_directory_iterator(place.store.root() / part))
        if (entry.is_regular_file()) bytes_now += entry.file_size();
    EXPECT_LE(bytes_now, target);
    EXPECT_GE(static_cast<double>(bytes_now), 0.95 * static_cast<double>(target));
  }
}

TEST(Collection, AnObjectOfTwoResultsGoesWithTheLast) {
  Place place;
  const std::string shared = bytes(50000, 'x');
  publish(place.store, "cheap", 1, {{"f", shared}});
  publish(place.store, "dear", 100, {{"f", shared}});
  place.run(to_size(50900));
  EXPECT_FALSE(place.has("cheap"));
  EXPECT_EQ(place.store.missing(*place.store.find(key_of("dear"))), "");
  place.run(to_size(0));
  EXPECT_FALSE(fs::exists(place.store.object_file(sha256_hex(shared))));
}

TEST(Collection, NeverTakesWhatIsPinnedCitedOrInUse) {
  Place place;
  place.three();
  publish(place.store, "d", 0.1, {{"f", bytes(10000, 'd')}});
  Pins(place.store).add(key_of("a"), "");
  const auto lease = place.leases.try_take(key_of("b"));
  Citations citations;
  citations.kept[key_of("c")] = {"run1"};
  citations.in_use.insert(key_of("d"));
  const Collection plan = place.plan(to_size(0), citations);
  EXPECT_TRUE(plan.going.empty());
  EXPECT_EQ(plan.pinned, 1u);
  EXPECT_EQ(plan.cited, 1u);
  EXPECT_EQ(plan.in_use, 2u);
}

TEST(Collection, OfCitedResultsOnlyOnRequestAndAfterAllOthers) {
  Place place;
  place.three();
  Citations citations;
  citations.kept[key_of("a")] = {"run1", "run2"};
  CollectionWish wish = to_size(0);
  wish.cited_too = true;
  const Collection plan = place.plan(wish, citations);
  EXPECT_EQ(names_of(plan), (std::vector<std::string>{"b", "c", "a"}));
  EXPECT_EQ(plan.going[2].cited_by, (std::vector<std::string>{"run1", "run2"}));
  EXPECT_DOUBLE_EQ(plan.seconds, 6);
}

TEST(Collection, LooksAtPinsAndLeasesAgainBeforeItTakes) {
  Place place;
  place.three();
  const CollectionWish wish = to_size(0);
  const Collection plan = place.plan(wish);
  Pins(place.store).add(key_of("a"), "");
  const auto lease = place.leases.try_take(key_of("b"));
  collect(place.store, place.leases, plan, wish);
  EXPECT_TRUE(place.has("a"));
  EXPECT_TRUE(place.has("b"));
  EXPECT_FALSE(place.has("c"));
  EXPECT_TRUE(check_store(place.store).damage.empty());
}

TEST(Collection, ByAge) {
  Place place;
  place.three();
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(48);
  fs::last_write_time(place.store.record_file(key_of("b")), old);
  CollectionWish wish;
  wish.older_than = std::chrono::hours(24);
  EXPECT_EQ(names_of(place.plan(wish)), std::vector<std::string>{"b"});
}

TEST(Collection, WhatAReaderStillWantsComesBackFromTheTrash) {
  Place place;
  place.three();
  const auto record = place.store.find(key_of("a"));
  place.run(to_size(0));
  EXPECT_FALSE(place.has("a"));
  EXPECT_EQ(place.store.read(*record, record->outputs.at("out").files[0]), bytes(10000, 'a'))
      << "a reader that had the record";
  const auto again = place.store.find(key_of("b"));
  ASSERT_TRUE(again) << "one that looks for it";
  EXPECT_EQ(place.store.missing(*again), "");
}

TEST(Collection, AfterTheGraceItIsGone) {
  Place place;
  place.three();
  CollectionWish wish = to_size(0);
  EXPECT_EQ(place.run(wish), 0u);
  wish.grace = std::chrono::seconds(0);
  EXPECT_GT(place.run(wish), 30000u);
  EXPECT_FALSE(place.store.find(key_of("a")));
  EXPECT_FALSE(fs::exists(place.store.root() / "trash" / "collected"));
}

TEST(Collection, AClockThatJumpsBackKeepsWhatWasCollected) {
  Place place;
  place.three();
  place.run(to_size(0));
  for (const auto& batch : place.store.trash().batches())
    fs::rename(batch.folder, batch.folder.parent_path() / (std::to_string(batch.time + 100000) + "-1"));
  EXPECT_EQ(empty_trash(place.store, place.leases, std::chrono::seconds(0)), 0u);
  EXPECT_TRUE(place.store.find(key_of("a")));
}

TEST(Collection, TakesWhatAKilledWriterLeftBesideARecord) {
  Place place;
  place.three();
  const fs::path file = place.store.record_file(key_of("a")), left = file.string() + ".tmp77-0",
                 fresh = file.string() + ".tmp78-0";
  write_file(left, "half a rec");
  write_file(fresh, "half a rec");
  fs::last_write_time(left, fs::file_time_type::clock::now() - std::chrono::hours(2));
  place.run(CollectionWish{});
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(fresh)) << "its writer may be at work";
}

TEST(Collection, ObjectsThatAreNamedAgainAreNotEmptiedOut) {
  Place place;
  const Record record = publish(place.store, "a", 1, {{"f", bytes(10000, 'a')}});
  place.run(to_size(0));
  place.store.commit(record, /*sync=*/false);  // as if it had been published while its object was taken out
  empty_trash(place.store, place.leases, std::chrono::seconds(0));
  EXPECT_EQ(place.store.missing(record), "");
}

TEST(Collection, TakesOrphansAndCheckpointsOfNoKeyInFlight) {
  Place place;
  place.three();
  fs::remove(place.store.record_file(key_of("a")));
  write_file(place.store.checkpoint_folder(key_of("b"), 1) / "step-1.save", "done since");
  const fs::path killed = place.store.checkpoint_folder(key_of("k"), 1),
                 running = place.store.checkpoint_folder(key_of("r"), 1);
  write_file(killed / "step-1.save", "young");
  write_file(running / "step-1.save", "old");
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(24 * 30);
  fs::last_write_time(running / "step-1.save", old);
  auto lease = place.leases.try_take(key_of("r"));
  const Collection plan = place.plan(CollectionWish{});
  EXPECT_TRUE(plan.orphans.empty()) << "somebody computes: it may be about to get its record";
  EXPECT_EQ(plan.checkpoints, std::vector<Key>{key_of("b")});
  lease->release();
  EXPECT_EQ(place.plan(CollectionWish{}).orphans, std::vector<Key>{sha256_hex(bytes(10000, 'a'))});
  place.run(CollectionWish{});
  EXPECT_FALSE(fs::exists(place.store.object_file(sha256_hex(bytes(10000, 'a')))));
  EXPECT_TRUE(fs::exists(killed / "step-1.save")) << "its run may go on";
  EXPECT_FALSE(fs::exists(running / "step-1.save"));
}

}  // namespace
}  // namespace retort

// What stays does not depend on how little was wished for: by size, by age, by both, or by nothing.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/temporary_folder.h"
#include "store/collection.h"
#include "stored.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using test::key_of;
using test::publish;

/// Pinned, cited, in use, leased and free results, all two days old, of 10, 20, … seconds.
struct Old {
  TemporaryFolder folder;
  Store store = Store::open(folder / "s");
  Leases leases{store};
  Citations citations;

  Old() {
    double seconds = 0;
    for (const char* name : {"pinned", "cited", "used", "leased", "free", "young"}) {
      publish(store, name, seconds += 10, {{"f", std::string(10000, name[0]) + name}});
      if (std::string(name) != "young")
        fs::last_write_time(store.record_file(key_of(name)), fs::file_time_type::clock::now() - std::chrono::hours(48));
    }
    Pins(store).add(key_of("pinned"), "");
    citations.kept[key_of("cited")] = {"run1"};
    citations.in_use.insert(key_of("used"));
  }
};

std::vector<std::string> names(const std::vector<Collectable>& all) {
  std::vector<std::string> found;
  for (const auto& one : all) found.push_back(one.node);
  return found;
}

using Names = std::vector<std::string>;

Collection plan(Old& old, std::optional<uint64_t> to, std::optional<int> hours, bool cited_too = false) {
  const auto lease = old.leases.try_take(key_of("leased"));
  CollectionWish wish;
  wish.to_bytes = to;
  if (hours) wish.older_than = std::chrono::hours(*hours);
  wish.cited_too = cited_too;
  return plan_collection(old.store, old.leases, old.citations, wish);
}

TEST(CollectionWish, OfAgeLeavesPinsCitationsUseAndLeasesAlone) {
  Old old;
  const auto all = plan(old, {}, 24);
  EXPECT_EQ(names(all.going), (Names{"free"}));
  EXPECT_EQ(all.results, 6u);
  EXPECT_EQ(all.pinned, 1u);
  EXPECT_EQ(all.cited, 1u);
  EXPECT_EQ(all.in_use, 2u);
  EXPECT_DOUBLE_EQ(all.seconds, 50);
  EXPECT_TRUE(names(plan(old, {}, 72).going).empty()) << "nothing is three days old";
}

TEST(CollectionWish, OfSizeLeavesThemAloneToo) {
  Old old;
  EXPECT_EQ(names(plan(old, 0, {}).going), (Names{"free", "young"}));
}

TEST(CollectionWish, OfBothTakesWhatEitherWouldTake) {
  Old old;
  EXPECT_EQ(names(plan(old, 1 << 30, 24).going), (Names{"free"}));
  EXPECT_EQ(names(plan(old, 0, 24).going), (Names{"free", "young"}));
}

TEST(CollectionWish, OfNothingTakesNothing) {
  Old old;
  const auto all = plan(old, {}, {});
  EXPECT_TRUE(all.going.empty());
  EXPECT_EQ(all.bytes_after, all.bytes_before);
}

TEST(CollectionWish, OfCitedResultsTooTakesThemAndStillNoPin) {
  Old old;
  EXPECT_EQ(names(plan(old, {}, 24, true).going), (Names{"free", "cited"}));
  EXPECT_EQ(names(plan(old, 0, {}, true).going), (Names{"free", "young", "cited"}));
}

TEST(CollectionWish, APinOutlivesACollectionByAge) {
  Old old;
  CollectionWish wish;
  wish.older_than = std::chrono::hours(24);
  wish.grace = std::chrono::seconds(0);
  collect(old.store, old.leases, plan_collection(old.store, old.leases, {}, wish), wish);
  EXPECT_TRUE(fs::exists(old.store.record_file(key_of("pinned"))));
  EXPECT_TRUE(fs::exists(old.store.record_file(key_of("young"))));
  for (const char* gone : {"cited", "used", "leased", "free"})
    EXPECT_FALSE(fs::exists(old.store.record_file(key_of(gone)))) << gone;
}

}  // namespace
}  // namespace retort

#include "store/check.h"

#include <gmock/gmock.h>

#include "core/sealed_text.h"
#include "core/temporary_folder.h"
#include "stored.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using test::key_of;
using test::overwrite;
using test::publish;

const std::string kLarge(10000, 'x');

struct Place {
  TemporaryFolder folder;
  Store store = Store::open(folder / "s");
  Record record = publish(store, "a", 1, {{"large", kLarge}, {"small", "s"}});
  fs::path object = store.object_file(sha256_hex(kLarge));
};

TEST(Check, FindsNothingInAWholeStore) {
  Place place;
  const CheckReport report = check_store(place.store);
  EXPECT_TRUE(report.damage.empty());
  EXPECT_EQ(report.records, 1u);
  EXPECT_EQ(report.objects_read, 1u);
  EXPECT_EQ(report.bytes_read, 10000u);
}

TEST(Check, SetsADamagedObjectAsideWithEveryResultThatNamesIt) {
  Place place;
  publish(place.store, "b", 1, {{"other", kLarge}});
  std::string bytes = kLarge;
  bytes[5] ^= 1;
  overwrite(place.object, bytes);
  const CheckReport report = check_store(place.store);
  ASSERT_EQ(report.damage.size(), 1u);
  EXPECT_EQ(report.damage[0].what, place.object.string() + ": SHA-256 is " + sha256_hex(bytes));
  EXPECT_TRUE(report.can_go_on());
  EXPECT_THAT(report.again, testing::UnorderedElementsAre("a (test), " + key_of("a").substr(0, 12),
                                                          "b (test), " + key_of("b").substr(0, 12)));
  EXPECT_TRUE(place.store.keys().empty());
  EXPECT_TRUE(check_store(place.store).damage.empty());
}

TEST(Check, AResultWhoseObjectIsGoneIsSetAside) {
  Place place;
  fs::remove(place.object);
  const CheckReport report = check_store(place.store);
  ASSERT_EQ(report.damage.size(), 1u);
  EXPECT_EQ(report.damage[0].what, place.object.string() + ": is missing");
  EXPECT_TRUE(place.store.keys().empty());
}

TEST(Check, SetsADamagedRecordAside) {
  Place place;
  const fs::path file = place.store.record_file(place.record.key);
  fs::resize_file(file, 30);
  const CheckReport report = check_store(place.store);
  ASSERT_EQ(report.damage.size(), 1u);
  EXPECT_EQ(report.damage[0].what, file.string() + ": the record is cut off");
  EXPECT_EQ(report.orphans, 1u) << "its object belongs to nobody now";
}

TEST(Check, ARecordThatWasMadeUpIsFoundByItsKeyText) {
  Place place;
  Record record = place.record;
  record.key_text += "param extra = 1\n";
  place.store.commit(record, /*sync=*/false);
  EXPECT_EQ(check_store(place.store).damage.at(0).what,
            place.store.record_file(record.key).string() + ": the key is not the digest of the record's key text");
}

TEST(Check, OfASampleReadsAllRecordsAndSizesButNotAllBytes) {
  Place place;
  std::string bytes = kLarge;
  bytes[5] ^= 1;
  overwrite(place.object, bytes);
  EXPECT_TRUE(check_store(place.store, 1e-9).damage.empty());
  overwrite(place.object, "short");
  EXPECT_EQ(check_store(place.store, 1e-9).damage.size(), 1u);
}

TEST(Check, AnAidThatIsDamagedGoesAlone) {
  Place place;
  write_file(place.store.root() / "names" / "x.json", sealed("{}") + "more");
  const CheckReport report = check_store(place.store);
  ASSERT_EQ(report.damage.size(), 1u);
  EXPECT_THAT(report.damage[0].what, testing::HasSubstr("no result depends on it"));
  EXPECT_TRUE(report.again.empty());
}

}  // namespace
}  // namespace retort

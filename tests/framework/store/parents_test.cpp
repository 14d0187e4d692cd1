// Stores of others, looked into and never written.
#include <gmock/gmock.h>

#include <cstdlib>

#include "core/digest.h"
#include "core/files.h"
#include "core/temporary_folder.h"
#include "store/settings.h"
#include "store/store.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

const std::string kKey(64, 'a');
const std::string kLarge(10000, 'x');

Record add(const Store& store, const std::string& key = kKey) {
  const fs::path scratch = store.make_scratch();
  write_file(scratch / "large.bin", kLarge);
  Record record;
  record.key = key;
  record.type = "test";
  record.about = Json::object();
  record.outputs["out"] =
      store.add_output("text", {{"n", 1}}, scratch, {written_file(scratch / "large.bin", "large.bin")});
  store.commit(record, /*sync=*/false);
  store.drop_scratch(scratch);
  return record;
}

std::string error_of(const fs::path& root) {
  try {
    Store::open(root);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

struct Family {
  TemporaryFolder folder;
  fs::path parent_root = folder / "parent", root = folder / "mine";
  Family() {
    add(Store::open(parent_root));
    Store::open(root);
    write_file(root / "settings.json", R"({"retort_settings":1,"parents":["../parent"]})");
  }
};

TEST(Parents, GiveWhatIsNotHereAndSayWhereItLies) {
  Family family;
  const Store store = Store::open(family.root);
  const auto record = store.find(kKey);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->from, family.parent_root);
  EXPECT_EQ(store.missing(*record), "");
  EXPECT_EQ(store.verified(*record, record->outputs.at("out").files[0], {}),
            Store::open(family.parent_root).object_file(sha256_hex(kLarge)));
  EXPECT_TRUE(store.keys().empty()) << "nothing is copied";
}

TEST(Parents, OfTheEnvironmentComeFirst) {
  Family family;
  add(Store::open(family.folder / "other"));
  setenv("RETORT_PARENT_STORES", (family.folder / "other").c_str(), 1);
  const Store store = Store::open(family.root);
  unsetenv("RETORT_PARENT_STORES");
  ASSERT_EQ(store.parents().size(), 2u);
  EXPECT_EQ(store.find(kKey)->from, family.folder / "other");
}

TEST(Parents, WhatIsHereWins) {
  Family family;
  const Store store = Store::open(family.root);
  add(store);
  EXPECT_EQ(store.find(kKey)->from, "");
}

TEST(Parents, AreVerifiedNeverWrittenAndBelievedNoMoreOnceFoundDamaged) {
  Family family;
  const fs::path object = Store::open(family.parent_root).object_file(sha256_hex(kLarge));
  fs::permissions(object, fs::perms::owner_all);
  write_file(object, std::string(10000, 'y'));
  const Store store = Store::open(family.root);
  const auto record = store.find(kKey);
  EXPECT_THROW(store.verified(*record, record->outputs.at("out").files[0], {}), DamagedResult);
  EXPECT_TRUE(fs::exists(object)) << "it belongs to others";
  store.remove(kKey);
  EXPECT_FALSE(store.find(kKey));
  add(store);
  EXPECT_EQ(store.read(*store.find(kKey), store.find(kKey)->outputs.at("out").files[0]), kLarge);
}

TEST(Parents, WithADamagedRecordAreAsIfTheyHadNone) {
  Family family;
  const fs::path file = Store::open(family.parent_root).record_file(kKey);
  fs::resize_file(file, 50);
  EXPECT_FALSE(Store::open(family.root).find(kKey));
  EXPECT_TRUE(fs::exists(file));
}

TEST(Parents, ThatAreNotThereAreSaidAndLeftOut) {
  Family family;
  fs::remove_all(family.parent_root);
  const Store store = Store::open(family.root);
  EXPECT_EQ(store.remarks(), std::vector<std::string>{"parent store " + family.parent_root.string() +
                                                      " is not there: going on without it"});
}

TEST(Settings, AMistakeIsNamedWithTheNearestName) {
  Family family;
  const std::string file = (family.root / "settings.json").string();
  write_file(file, R"({"parent":["x"]})");
  EXPECT_EQ(error_of(family.root), file + ": unknown setting \"parent\"; did you mean \"parents\"?");
  write_file(file, R"({"leases":"flock"})");
  EXPECT_EQ(error_of(family.root), file + ": leases is flock; it can be \"locks\" or \"files\"");
  write_file(file, R"({"parents":[7]})");
  EXPECT_EQ(error_of(family.root), file + ": parents has 7; each is the folder of a store");
  write_file(file, R"({"retort_settings":2})");
  EXPECT_EQ(error_of(family.root), file + ": has settings format 2, this retort reads 1; use a newer retort");
  write_file(file, "{");
  EXPECT_EQ(error_of(family.root),
            file + ": not an object of JSON: {\"retort_settings\":1,\"parents\":[\"/shared/store\"]}");
}

}  // namespace
}  // namespace retort

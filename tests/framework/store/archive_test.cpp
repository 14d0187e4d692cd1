#include "store/archive.h"

#include <gmock/gmock.h>

#include "core/sealed_text.h"
#include "core/tar_writer.h"
#include "core/temporary_folder.h"
#include "hostile.h"
#include "store/check.h"
#include "stored.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using test::key_of;
using test::publish;
using ::testing::HasSubstr;

const std::string kLarge(3 << 20, 'x');

struct Place {
  TemporaryFolder folder;
  Store from = Store::open(folder / "from"), to = Store::open(folder / "to");
  fs::path file = folder / "results.tar";
  Record record = publish(from, "a", 1, {{"large", kLarge}, {"small", "s"}});
};

std::string error_of(const Store& store, const fs::path& file) {
  try {
    read_archive(store, file);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string head() { return sealed(R"({"retort_archive":1,"results":[]})"); }

TEST(Archive, CarriesResultsWithEveryByte) {
  Place place;
  write_archive(place.from, {place.record, publish(place.from, "b", 1, {{"same", kLarge}})}, place.file);
  const ImportReport report = read_archive(place.to, place.file);
  EXPECT_EQ(report.imported.size(), 2u);
  EXPECT_TRUE(report.refused.empty());
  const auto record = place.to.find(key_of("a"));
  ASSERT_TRUE(record);
  EXPECT_EQ(place.to.read(*record, record->outputs.at("out").files.at(0)), kLarge);
  EXPECT_EQ(record->about["imported"], place.file.string());
  EXPECT_TRUE(check_store(place.to).damage.empty());
  EXPECT_EQ(read_archive(place.to, place.file).already, 2u);
}

TEST(Archive, WhatBreaksTheContractOfItsKindIsLeftOut) {
  Place place;
  Record record = place.record;
  record.key_text = test::key_text("b");
  record.key = key_of("b");
  record.outputs["out"] = place.from.add_output("curves", {{"epochs", 3}}, {}, {});
  place.from.commit(record, /*sync=*/false);
  write_archive(place.from, {record}, place.file);
  const ImportReport report = read_archive(place.to, place.file);
  EXPECT_TRUE(report.imported.empty());
  ASSERT_EQ(report.refused.size(), 1u);
  EXPECT_THAT(report.refused[0], HasSubstr("(test), output \"out\": curves: meta \"epochs\" is not known"));
}

TEST(Archive, ADamagedObjectLeavesItsResultOut) {
  Place place;
  write_archive(place.from, {place.record}, place.file);
  std::string bytes = read_file(place.file);
  bytes[1 << 20] ^= 1;
  write_file(place.file, bytes);
  const ImportReport report = read_archive(place.to, place.file);
  EXPECT_TRUE(report.imported.empty());
  ASSERT_EQ(report.refused.size(), 1u);
  EXPECT_THAT(report.refused[0], HasSubstr("objects/" + sha256_hex(kLarge) + ": SHA-256 is "));
  EXPECT_TRUE(place.to.keys().empty());
}

TEST(Archive, EveryFlippedByteIsNoticedOrHarmless) {
  Place place;
  const Record small = publish(place.from, "s", 1, {{"bytes", std::string("\xff\x01", 2)}, {"text", "t"}});
  write_archive(place.from, {small}, place.file);
  const std::string good = read_file(place.file);
  for (size_t i = 0; i < good.size(); i += 67) {
    std::string bad = good;
    bad[i] ^= 1;
    write_file(place.file, bad);
    const Store store = Store::open(place.folder / "each");
    try {
      const ImportReport report = read_archive(store, place.file);
      for (const auto& one : report.imported) {
        EXPECT_EQ(one.key, small.key);
        EXPECT_TRUE(check_store(store).damage.empty()) << i;
      }
    } catch (const Error&) {
      EXPECT_TRUE(store.keys().empty()) << i;
    }
    fs::remove_all(store.root());
  }
}

TEST(Archive, NamesThatLeadElsewhereAreRefused) {
  Place place;
  for (const char* name : {"objects/../../../escape", "/etc/escape", "results/x", "objects", "escape"}) {
    TarWriter tar(place.file);
    tar.add("retort-archive", head());
    tar.add(name, "bytes");
    tar.finish();
    const std::string shown = std::string(name) == "/etc/escape" ? name : name;
    EXPECT_EQ(error_of(place.to, place.file), place.file.string() + ": holds " + Json(shown).dump() +
                                                  ", which is neither results/KEY nor objects/SHA-256; nothing was "
                                                  "imported");
  }
  EXPECT_FALSE(fs::exists(place.folder.path() / "escape"));
}

TEST(Archive, ARecordWhoseFilesLeadElsewhereIsLeftOut) {
  Place place;
  TarWriter tar(place.file);
  tar.add("retort-archive", head());
  tar.add("results/" + place.record.key,
          test::forged(place.record, [](Json& json) { json["outputs"]["out"]["files"][0]["name"] = "../escape"; }));
  tar.finish();
  const ImportReport report = read_archive(place.to, place.file);
  ASSERT_EQ(report.refused.size(), 1u);
  EXPECT_THAT(report.refused[0], HasSubstr("the file name \"../escape\" leads out of its folder"));
}

TEST(Archive, AMadeUpKeyIsLeftOut) {
  Place place;
  Record record = place.record;
  record.key_text = "something else\n";
  TarWriter tar(place.file);
  tar.add("retort-archive", head());
  tar.add("results/" + record.key, to_text(record));
  tar.finish();
  EXPECT_EQ(read_archive(place.to, place.file).refused.at(0),
            "results/" + record.key + ": the key is not the digest of the record's key text");
}

TEST(Archive, OfANewerFormatAndOtherFilesAreRefusedByName) {
  Place place;
  {
    TarWriter tar(place.file);
    tar.add("retort-archive", sealed(R"({"retort_archive":2})"));
    tar.finish();
  }
  EXPECT_EQ(error_of(place.to, place.file),
            place.file.string() + " has archive format 2, this retort reads 1; use a newer retort");
  {
    TarWriter tar(place.file);
    tar.add("holiday.jpg", "bytes");
    tar.finish();
  }
  EXPECT_EQ(error_of(place.to, place.file),
            place.file.string() + " is no archive of results: it does not begin with retort-archive");
  write_file(place.file, "no tar at all");
  EXPECT_THAT(error_of(place.to, place.file), HasSubstr("is not a readable tar archive"));
}

TEST(Archive, ThatIsCutOffIsRefused) {
  Place place;
  write_archive(place.from, {place.record}, place.file);
  fs::resize_file(place.file, 1 << 20);
  EXPECT_THAT(error_of(place.to, place.file), HasSubstr("the file ends within objects/"));
}

TEST(Archive, IsNotWrittenOfDamagedResults) {
  Place place;
  test::overwrite(place.from.object_file(sha256_hex(kLarge)), "y");
  EXPECT_THROW(write_archive(place.from, {place.record}, place.file), DamagedResult);
  EXPECT_FALSE(fs::exists(place.file));
}

}  // namespace
}  // namespace retort

// Records that come from elsewhere: whatever stands in one, no name of it becomes a path, no type of it is trusted, and
// what does not fit is set aside and said.
#include "hostile.h"

#include <gmock/gmock.h>

#include "core/sealed_text.h"
#include "core/tar_writer.h"
#include "core/temporary_folder.h"
#include "store/archive.h"
#include "store/check.h"
#include "store/pins.h"
#include "stored.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using test::deep;
using test::forged;
using test::publish;
using ::testing::HasSubstr;

struct Edit {
  std::string place;  ///< JSON pointer of what is replaced
  Json value;
};

std::vector<Edit> edits() {
  std::vector<Edit> all;
  for (const char* name : {"../../out", "/etc/cron.d", "..", "", "a/b", ".ssh", "a\nb", "a\x1b[2J", "-rf"})
    all.push_back(
        {"/outputs",
         {{name, {{"kind", "text"}, {"digest", std::string(64, 'a')}, {"meta", 1}, {"files", Json::array()}}}}});
  for (const char* name : {"../x", "/x", "a/../../x", "", "a//b", "./x", "a\tb"})
    all.push_back({"/outputs/out/files/0/name", name});
  const Json wrong = {5u, "x", true, nullptr, Json::array(), Json::object(), -1, 1e300, "../x"};
  for (const auto& value : wrong) {
    for (const char* field : {"created", "node", "host", "device", "run", "processor", "card", "build", "imported"})
      if (!value.is_string()) all.push_back({std::string("/about/") + field, value});
    for (const char* field : {"made_from", "carried"})
      if (!value.is_object()) all.push_back({std::string("/about/") + field, value});
    if (!value.is_number()) all.push_back({"/about/seconds", value});
    if (!value.is_number_unsigned()) all.push_back({"/about/fence", value});
    all.push_back({"/key", value});
    all.push_back({"/outputs/out/files/0/sha256", value});
    all.push_back({"/outputs/out/digest", value});
    all.push_back({"/about/made_from", {{"from[0]", value}}});
    all.push_back({"/about/carried", {{"from", value}}});
    if (!value.is_object()) all.push_back({"/about/carried", {{"code", Json::array({value})}}});
    if (!value.is_string()) all.push_back({"/outputs/out/kind", value});
    if (!value.is_string()) all.push_back({"/key_text", value});
    if (!value.is_string()) all.push_back({"/type", value});
    if (!value.is_array()) all.push_back({"/outputs/out/files", value});
    if (!value.is_number_unsigned()) all.push_back({"/outputs/out/files/0/size", value});
    if (!value.is_object()) all.push_back({"/outputs/out", value});
    if (!value.is_object()) all.push_back({"/outputs", value});
    if (!value.is_object() && !value.is_null()) all.push_back({"/about", value});
  }
  for (const char* name : {"from", "../x[0]", "from[x]", "from[", "[0]"})
    all.push_back({"/about/made_from", {{name, std::string(64, 'a')}}});
  all.push_back({"/about/run", "../../somewhere"});
  return all;
}

class Hostile : public testing::Test {
 protected:
  /// Everything outside the two stores.
  std::set<std::string> outside() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) names.insert(entry.path().filename().string());
    return names;
  }
  std::string text(const Edit& edit) const {
    return forged(record_, [&](Json& json) { json[Json::json_pointer(edit.place)] = edit.value; });
  }
  static std::string shown(const Edit& edit) { return edit.place + " = " + edit.value.dump(); }

  TemporaryFolder folder_;
  Store store_ = Store::open(folder_ / "store"), other_ = Store::open(folder_ / "other");
  Record record_ = publish(store_, "a", 1, {{"large", std::string(10000, 'x')}});
};

TEST_F(Hostile, ARecordThatDoesNotFitIsSetAsideAndSaid) {
  const fs::path file = store_.record_file(record_.key);
  for (const auto& edit : edits()) {
    write_file(file, text(edit));
    std::string damage;
    EXPECT_FALSE(store_.find(record_.key, &damage)) << shown(edit);
    EXPECT_THAT(damage, HasSubstr(file.string() + ": ")) << shown(edit);
    EXPECT_FALSE(fs::exists(file)) << shown(edit);
    EXPECT_EQ(outside().size(), 2u) << shown(edit);
  }
}

TEST_F(Hostile, ARecordAsItIsWrittenFits) {
  const std::string key(64, 'a');
  const std::string text = forged(record_, [&](Json& json) {
    json["about"] = {{"created", "2026-11-30T10:00:00.000Z"},
                     {"seconds", 1},
                     {"host", "h"},
                     {"device", "cpu"},
                     {"run", "20261130-100000-000-00ff"},
                     {"node", "a{seed=1}"},
                     {"fence", 3},
                     {"card", "GPU-1"},
                     {"made_from", {{"from[0]", key}, {"init.data[10]", key}, {"losses[1].teacher[0]", key}}},
                     {"carried",
                      {{"from", key},
                       {"at", "t"},
                       {"by", "u"},
                       {"how", "by proof"},
                       {"proofs", nullptr},
                       {"code", {{{"of", "code"}, {"before", "a"}, {"after", "b"}}}}}},
                     {"something a later version adds", {1, 2}}};
  });
  EXPECT_EQ(record_from_text(text, "f").about["made_from"].size(), 3u);
  EXPECT_EQ(record_from_text(forged(record_, [](Json& json) { json["about"]["run"] = ""; }), "f").key, record_.key);
}

/// What a plan reads of a record, without building the rest, is checked too, as far as it reads it.
TEST_F(Hostile, PartsOfARecordAreCheckedAsTheWhole) {
  for (const auto& edit : edits()) {
    if (edit.place.rfind("/outputs", 0) != 0 && edit.place != "/key") continue;
    for (const RecordParts parts : {RecordParts::of_plan, RecordParts::outputs})
      EXPECT_THROW(record_from_text(text(edit), "f", parts), Error) << shown(edit);
  }
}

TEST_F(Hostile, AnArchiveWithOneIsNotTakenOver) {
  for (const auto& edit : edits()) {
    const fs::path file = folder_ / "results.tar";
    {
      TarWriter tar(file);
      tar.add("retort-archive", sealed(R"({"retort_archive":1,"results":[]})"));
      tar.add_file("objects/" + sha256_hex(std::string(10000, 'x')),
                   store_.object_file(sha256_hex(std::string(10000, 'x'))));
      tar.add("results/" + record_.key, text(edit));
      tar.finish();
    }
    const ImportReport report = read_archive(other_, file);
    EXPECT_TRUE(report.imported.empty()) << shown(edit);
    EXPECT_EQ(report.refused.size(), 1u) << shown(edit);
    EXPECT_TRUE(other_.keys().empty()) << shown(edit);
    EXPECT_EQ(outside().size(), 3u) << shown(edit);
  }
}

TEST_F(Hostile, WhatIsNestedTooDeepIsRefusedWhereverItStands) {
  const fs::path file = store_.record_file(record_.key);
  const std::string good = to_text(record_);
  for (const std::string value : {"\"about\":", "\"meta\":"})
    for (const size_t levels : {size_t{101}, size_t{200000}}) {
      std::string line = good.substr(0, good.find('\n') + 1);
      const size_t at = line.find(value) + value.size();
      line.replace(at, line.find('}', at) + 1 - at,
                   (value == "\"about\":" ? "{\"x\":" : "") + deep(levels) + (value == "\"about\":" ? "}" : ""));
      write_file(file, line + "sha256 " + sha256_hex(line) + "\n");
      std::string damage;
      EXPECT_FALSE(store_.find(record_.key, &damage)) << value << levels;
      EXPECT_FALSE(damage.empty());
    }
}

TEST_F(Hostile, NamesThatAreNoneLeadNowhere) {
  write_file(folder_ / "precious", "mine");
  for (const std::string& name :
       {std::string("../../precious"), (folder_ / "precious").string(), std::string("precious"), std::string(),
        "../../../" + std::string(55, 'a'), std::string(64, 'g'), std::string(63, 'a')}) {
    EXPECT_THROW(store_.find(name), Error) << name;
    EXPECT_THROW(store_.remove(name), Error) << name;
    EXPECT_THROW(store_.locate(name), Error) << name;
    EXPECT_THROW(store_.checkpoint_folder(name, 1), Error) << name;
    EXPECT_THROW(store_.run("../" + name), Error) << name;
    EXPECT_THROW(Pins(store_).add("../" + name, ""), Error) << name;
    EXPECT_FALSE(store_.peek(name)) << name;
  }
  EXPECT_EQ(read_file(folder_ / "precious"), "mine");
  EXPECT_EQ(outside().size(), 3u);
}

TEST_F(Hostile, FoldersOfNoFenceAreNobodys) {
  const fs::path saves = store_.root() / "checkpoints" / record_.key.text();
  for (const char* name : {"99999999999999999999999999", "x", "-1", "0x5", " 7"}) fs::create_directories(saves / name);
  EXPECT_EQ(store_.newest_checkpoint_fence(record_.key), 0u);
  EXPECT_EQ(store_.checkpoint_folder(record_.key, 1), saves / "1");
}

}  // namespace
}  // namespace retort

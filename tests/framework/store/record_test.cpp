#include "store/record.h"

#include <gmock/gmock.h>

#include "core/digest.h"
#include "core/error.h"
#include "hostile.h"

namespace retort {
namespace {

using ::testing::HasSubstr;

Record example() {
  Record record;
  record.key = std::string(64, 'a');
  record.key_text = "retort-key 1\ntype t\n";
  record.type = "t";
  record.about = {{"seconds", 1.5}};
  StoredOutput output;
  output.kind = "text";
  output.meta = {{"length", 3}};
  output.files = {{"b.txt", 3, sha256_hex("abc"), true, "abc"}, {"a.bin", 9000, std::string(64, 'c'), false, ""}};
  output.digest = digest_of(output);
  record.outputs["out"] = output;
  return record;
}

TEST(Record, SurvivesItsText) {
  const Record record = record_from_text(to_text(example()), "f");
  EXPECT_EQ(to_text(record), to_text(example()));
  EXPECT_EQ(record.outputs.at("out").files.at(0).text, "abc");
  EXPECT_FALSE(record.outputs.at("out").files.at(1).inlined);
}

TEST(Record, PartsOfAPlanAreThoseOfTheWhole) {
  Record record = example();
  record.type = "a \"type\" with \\ and \u00e9";
  record.about["created"] = "2026-01-02T03:04:05Z";
  record.about["command"] = {{"words", {"{", "]", "\\\""}}};
  StoredOutput scores = record.outputs.at("out");
  scores.kind = "metrics";
  scores.meta = {{"accuracy", 0.5}, {"names", {"[", "}"}}};
  scores.files[0].name = "a \"b\".json";
  record.outputs["scores.x"] = scores;
  const std::string text = to_text(record);
  const Record parts = record_from_text(text, "f", RecordParts::of_plan);
  EXPECT_EQ(to_text(parts), to_text(slim(record_from_text(text, "f"))));
  EXPECT_EQ(parts.sum, sha256_hex(text.substr(0, text.find('\n') + 1)));
  EXPECT_EQ(parts.outputs.at("scores.x").meta["accuracy"], 0.5);
  EXPECT_EQ(parts.about, (Json{{"seconds", 1.5}, {"created", "2026-01-02T03:04:05Z"}}));
}

TEST(Record, IsTwoLinesAPersonCanCheckWithSha256sum) {
  const std::string text = to_text(example());
  const auto end = text.find('\n');
  EXPECT_EQ(text.substr(end + 1), "sha256 " + sha256_hex(text.substr(0, end + 1)) + "\n");
}

TEST(Record, EveryFlippedBitAndEveryTruncationIsFound) {
  const std::string good = to_text(example());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] ^= 1;
    EXPECT_THROW(record_from_text(bad, "f"), Error) << "byte " << i;
    EXPECT_THROW(record_from_text(good.substr(0, i), "f"), Error) << "cut at " << i;
  }
}

TEST(Record, ANewerFormatIsRefusedByName) {
  const std::string line = "{\"retort_record\":2}\n";
  try {
    record_from_text(line + "sha256 " + sha256_hex(line) + "\n", "results/ab/abc");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "results/ab/abc: the record has format 2, this retort reads 1; use a newer retort");
  }
}

TEST(Record, AFileNameThatLeadsOutOfItsFolderIsRefused) {
  for (const char* name : {"../x", "/x", "a/../../x"}) {
    try {
      record_from_text(test::forged(example(), [&](Json& json) { json["outputs"]["out"]["files"][0]["name"] = name; }),
                       "f");
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), "f: not a record: the file name \"" + std::string(name) + "\" leads out of its folder");
    }
  }
}

TEST(Record, ADigestThatIsNoneIsRefused) {
  const auto forge = [](Json& json) { json["outputs"]["out"]["files"][0]["sha256"] = "../../../etc/passwd"; };
  EXPECT_THROW(record_from_text(test::forged(example(), forge), "f"), Error);
}

TEST(Record, DigestOfAnOutputIsOfItsMetaAndFilesWhateverTheirOrder) {
  StoredOutput output = example().outputs.at("out");
  const std::string digest = digest_of(output);
  EXPECT_EQ(digest, sha256_hex("text\n{\"length\":3}\n\"a.bin\" 9000 " + std::string(64, 'c') + "\n\"b.txt\" 3 " +
                               sha256_hex("abc") + "\n"));
  std::swap(output.files[0], output.files[1]);
  EXPECT_EQ(digest_of(output), digest);
  output.meta["length"] = 4;
  EXPECT_NE(digest_of(output), digest);
}

}  // namespace
}  // namespace retort

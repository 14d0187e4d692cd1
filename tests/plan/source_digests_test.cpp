#include "plan/source_digests.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/digest.h"
#include "core/error.h"
#include "core/files.h"
#include "core/plugin_spec.h"
#include "store/temporary_folder.h"

namespace retort {
namespace {

/// Changes what was remembered, so that a test sees whether it is believed.
void forge(const std::filesystem::path& memory, bool at_rest) {
  Json json = Json::parse(read_file(memory));
  for (auto& [path, one] : json["files"].items()) {
    one[5] = "forged";
    one[4] = at_rest ? one[3].get<int64_t>() + 10'000'000'000 : one[3].get<int64_t>() + 1'000'000'000;
  }
  write_file(memory, json.dump());
}

TEST(SourceDigests, BelievesAnUnchangedFileThatWasAtRest) {
  TemporaryFolder folder;
  write_file(folder / "f", "one");
  SourceDigests first(folder / "memory");
  EXPECT_EQ(first.digest(folder / "f"), sha256_hex("one"));
  first.save();
  forge(folder / "memory", true);
  EXPECT_EQ(SourceDigests(folder / "memory").digest(folder / "f"), "forged");
}

TEST(SourceDigests, ReadsAgainWhatWasReadTooSoonAfterItsLastChange) {
  TemporaryFolder folder;
  write_file(folder / "f", "one");
  SourceDigests first(folder / "memory");
  first.digest(folder / "f");
  first.save();
  forge(folder / "memory", false);
  EXPECT_EQ(SourceDigests(folder / "memory").digest(folder / "f"), sha256_hex("one"));
}

TEST(SourceDigests, ReadsAgainWhatChangedEvenWithEqualSizeAndModificationTime) {
  TemporaryFolder folder;
  write_file(folder / "f", "one");
  struct stat about = {};
  ASSERT_EQ(stat((folder / "f").c_str(), &about), 0);
  SourceDigests first(folder / "memory");
  first.digest(folder / "f");
  first.save();
  forge(folder / "memory", true);
  write_file(folder / "f", "two");
  const timespec times[2] = {about.st_atim, about.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, (folder / "f").c_str(), times, 0), 0);  // the change time cannot be set back
  EXPECT_EQ(SourceDigests(folder / "memory").digest(folder / "f"), sha256_hex("two"));
}

TEST(SourceDigests, ADamagedMemoryIsForgotten) {
  TemporaryFolder folder;
  write_file(folder / "f", "one");
  write_file(folder / "memory", "{\"retort_sources\":1,");
  EXPECT_EQ(SourceDigests(folder / "memory").digest(folder / "f"), sha256_hex("one"));
}

}  // namespace
}  // namespace retort

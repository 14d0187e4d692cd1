#include "plan/source_digests.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/digest.h"
#include "core/error.h"
#include "core/files.h"
#include "core/plugin_spec.h"
#include "core/sealed_text.h"
#include "core/temporary_folder.h"

namespace retort {
namespace {

/// Changes what was remembered, so that a test sees whether it is believed.
void forge(const std::filesystem::path& memory, bool at_rest) {
  const std::string text = read_file(memory);
  Json json = Json::parse(unsealed(text).value());
  for (auto& [path, one] : json["files"].items()) {
    one[5] = "forged";
    one[4] = at_rest ? one[3].get<int64_t>() + 10'000'000'000 : one[3].get<int64_t>() + 1'000'000'000;
  }
  write_file(memory, sealed(json.dump()));
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
  SourceDigests first(folder / "memory");
  first.digest(folder / "f");
  first.save();
  forge(folder / "memory", true);
  const std::string whole = read_file(folder / "memory");
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    write_file(folder / "memory", damaged);
    EXPECT_EQ(SourceDigests(folder / "memory").digest(folder / "f"), sha256_hex("one")) << at;
  }
  write_file(folder / "memory", whole.substr(0, whole.size() / 2));
  EXPECT_EQ(SourceDigests(folder / "memory").digest(folder / "f"), sha256_hex("one"));
}

TEST(SourceDigests, KnowsWhatWasAskedForAndWhetherItStayedAsItWas) {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / "tree/below");
  write_file(folder / "tree/below/f", "one");
  SourceDigests sources(folder / "memory");
  sources.tree_digest(folder / "tree");
  ASSERT_EQ(sources.files_asked().size(), 1u);
  EXPECT_EQ(sources.files_asked()[0].first, (folder / "tree/below/f").string());
  EXPECT_EQ(sources.files_asked()[0].second.digest, sha256_hex("one"));
  ASSERT_EQ(sources.folders_asked().size(), 2u);
  EXPECT_EQ(sources.folders_asked()[1].first, (folder / "tree/below").string());
  EXPECT_TRUE(sources.steady());
  write_file(folder / "tree/below/f", "two");
  sources.tree_digest(folder / "tree");
  EXPECT_FALSE(sources.steady());
}

/// What a folder holds beside files decides what a data set is: an empty folder is a class without images.
TEST(SourceDigests, AFolderIsMoreThanItsFiles) {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / "data" / "cat");
  write_file(folder / "data" / "cat" / "1.jpg", "one");
  const auto digest = [&] { return SourceDigests(folder / "memory").tree_digest(folder / "data"); };
  const std::string first = digest();
  EXPECT_EQ(first, sha256_hex("\"cat/1.jpg\" " + sha256_hex("one") + "\n"));
  std::filesystem::create_directories(folder / "data" / "dog" / "young");
  const std::string with_folders = digest();
  EXPECT_NE(with_folders, first);
  std::filesystem::remove(folder / "data" / "dog" / "young");
  EXPECT_NE(digest(), with_folders);
  std::filesystem::rename(folder / "data" / "dog", folder / "data" / "eel");
  const std::string renamed = digest();
  std::filesystem::rename(folder / "data" / "eel", folder / "data" / "dog");
  EXPECT_NE(digest(), renamed);
  std::filesystem::remove(folder / "data" / "dog");
  EXPECT_EQ(digest(), first);
  std::filesystem::create_symlink("nowhere", folder / "data" / "cat" / "2.jpg");
  EXPECT_NE(digest(), first);
}

}  // namespace
}  // namespace retort

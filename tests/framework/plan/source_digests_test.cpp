#include "plan/source_digests.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "core/digest.h"
#include "core/error.h"
#include "core/files.h"
#include "core/plugin_spec.h"
#include "core/sealed_text.h"
#include "core/temporary_folder.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// Changes what was remembered, so that a test sees whether it is believed.
void forge(const std::filesystem::path& memory, bool at_rest) {
  const std::string text = read_file(memory);
  Json json = Json::parse(unsealed(text).value());
  for (auto& [path, one] : json["files"].items()) {
    one[7] = "forged";
    one[6] = at_rest ? one[5].get<int64_t>() + 10'000'000'000 : one[5].get<int64_t>() + 1'000'000'000;
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

/// Times of a file system have ticks: what happens between two looks happens in another one.
void wait_a_tick() { std::this_thread::sleep_for(std::chrono::milliseconds(50)); }

class FileTrace : public testing::Test {
 protected:
  FileTrace() {
    fs::create_directories(folder_ / "a/data");
    fs::create_directories(folder_ / "b/data");
    write_file(folder_ / "a/data/f", "A");
    write_file(folder_ / "b/data/f", "B");
    fs::create_directory_symlink("a", folder_ / "way");
    wait_a_tick();
  }
  Trace trace() {
    sources_.take_trace();
    EXPECT_EQ(sources_.digest(folder_ / "way/data/f"), sha256_hex("A"));
    return sources_.take_trace();
  }
  void move(const char* from, const char* to) { fs::rename(folder_ / from, folder_ / to); }
  /// Whether the file was another one for a moment is seen, though its digest is what it was.
  void expect_seen(const std::function<void()>& there, const std::function<void()>& back) {
    const Trace before = trace();
    there();
    EXPECT_EQ(sha256_file(folder_ / "way/data/f"), sha256_hex("B"));
    wait_a_tick();
    back();
    EXPECT_FALSE(before.still_holds(trace()));
  }

  TemporaryFolder folder_;
  SourceDigests sources_{folder_ / "memory"};
};

TEST_F(FileTrace, HoldsWhileNothingHappens) {
  const Trace before = trace();
  EXPECT_TRUE(before.still_holds(trace()));
  wait_a_tick();
  for (const char* name : {"x", "a/x", "a/data/x"}) write_file(folder_ / name, "another file");
  EXPECT_TRUE(before.still_holds(trace())) << "a folder that got another entry";
  fs::remove(folder_ / "a/data/x");
  EXPECT_TRUE(before.still_holds(trace()));
}

TEST_F(FileTrace, SeesAFileThatWasMovedAwayAndBack) {
  expect_seen([&] { move("a/data/f", "kept"), fs::copy_file(folder_ / "b/data/f", folder_ / "a/data/f"); },
              [&] { move("kept", "a/data/f"); });
}

TEST_F(FileTrace, SeesBytesThatWereWrittenOverAndBack) {
  const auto time = fs::last_write_time(folder_ / "a/data/f");
  expect_seen([&] { write_file(folder_ / "a/data/f", "B"); },
              [&] { write_file(folder_ / "a/data/f", "A"), fs::last_write_time(folder_ / "a/data/f", time); });
}

TEST_F(FileTrace, SeesALinkThatLedElsewhere) {
  const auto lead = [&](const char* to) {
    fs::remove(folder_ / "way");
    fs::create_directory_symlink(to, folder_ / "way");
  };
  expect_seen([&] { lead("b"); }, [&] { lead("a"); });
}

TEST_F(FileTrace, SeesFoldersThatChangedPlaces) {
  expect_seen([&] { move("a/data", "kept"), move("b/data", "a/data"); },
              [&] { move("a/data", "b/data"), move("kept", "a/data"); });
  expect_seen([&] { move("a", "kept"), move("b", "a"); }, [&] { move("a", "b"), move("kept", "a"); });
}

}  // namespace
}  // namespace retort

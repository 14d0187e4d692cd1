#include "sdk/checkpoint.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/files.h"
#include "core/temporary_folder.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// Files of the folder, oldest step first.
std::vector<fs::path> saves(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

TEST(Checkpoint, GivesBackTheNewestSaveByteForByte) {
  TemporaryFolder folder;
  const Checkpoint checkpoint(folder.path());
  EXPECT_FALSE(checkpoint.load());
  const std::string bytes("\0\n\xff{}", 5);
  checkpoint.save(9, {{"old", "x"}});
  checkpoint.save(10, {{"model", bytes}, {"empty", ""}});
  const auto state = checkpoint.load();
  ASSERT_TRUE(state);
  EXPECT_EQ(state->step, 10);
  EXPECT_EQ(state->blobs, (std::map<std::string, std::string>{{"model", bytes}, {"empty", ""}}));
}

TEST(Checkpoint, KeepsTwo) {
  TemporaryFolder folder;
  const Checkpoint checkpoint(folder.path());
  for (int step : {1, 5, 100}) checkpoint.save(step, {{"a", "b"}});
  EXPECT_EQ(saves(folder.path()).size(), 2u);
}

TEST(Checkpoint, ASaveThatWasCutOffOrAlteredGivesWayToTheOneBefore) {
  TemporaryFolder folder;
  const Checkpoint checkpoint(folder.path());
  checkpoint.save(1, {{"a", "first"}});
  checkpoint.save(2, {{"a", "second"}});
  const fs::path newest = saves(folder.path()).back();
  const std::string good = read_file(newest);
  for (size_t i = 0; i < good.size(); ++i) {
    write_file(newest, good.substr(0, i));
    EXPECT_EQ(checkpoint.load()->step, 1) << "cut at " << i;
    std::string flipped = good;
    flipped[i] ^= 1;
    write_file(newest, flipped);
    EXPECT_EQ(checkpoint.load()->step, 1) << "bit of byte " << i;
  }
  write_file(newest, good);
  EXPECT_EQ(checkpoint.load()->step, 2);
}

}  // namespace
}  // namespace retort

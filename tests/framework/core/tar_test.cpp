// Archives are written by the system's tar, so that reader and writer do not share a mistake.
#include "core/tar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "core/error.h"
#include "core/file_tree.h"
#include "core/files.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class TarTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(root_);
    fs::create_directories(tree_ / "b" / long_);
    fs::create_directories(tree_ / "empty");
    write_file(tree_ / "b" / "2.txt", "two");
    write_file(tree_ / "b" / "1.txt", std::string(1000, 'x'));
    write_file(tree_ / "a.txt", "");
    write_file(tree_ / "b" / long_ / (long_ + ".txt"), "long name");
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path archive(const std::string& options) {
    const fs::path file = root_ / "x.tar";
    const std::string command = "tar " + options + " -cf " + file.string() + " -C " + tree_.string() + " .";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return file;
  }
  std::string error_of(const fs::path& file) {
    try {
      Tar tar(file);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return error.what();
    }
    return "nothing thrown";
  }

  const std::string long_ = std::string(120, 'l');
  const fs::path root_ = fs::path(testing::TempDir()) / "retort_tar_test";
  const fs::path tree_ = root_ / "tree";
};

TEST_F(TarTest, ReadsWhatEachFormatHolds) {
  const FileTree folder(tree_);
  ASSERT_THAT(folder.files(), ElementsAre("a.txt", "b/1.txt", "b/2.txt", "b/" + long_ + "/" + long_ + ".txt"));
  ASSERT_THAT(folder.folders(), ElementsAre("b", "b/" + long_, "empty"));
  for (const char* format : {"--format=gnu", "--format=posix", "--format=ustar"}) {
    SCOPED_TRACE(format);
    // ustar has no room for the long name.
    if (std::string(format) == "--format=ustar") fs::remove_all(tree_ / "b" / long_);
    const FileTree expected(tree_), read(archive(format));
    EXPECT_EQ(read.files(), expected.files());
    EXPECT_EQ(read.folders(), expected.folders());
    for (const std::string& file : expected.files()) EXPECT_EQ(read.read(file), expected.read(file)) << file;
  }
}

TEST_F(TarTest, UstarPrefixJoinsTheName) {
  fs::remove_all(tree_ / "b" / long_);
  const std::string part(80, 'p');
  fs::create_directories(tree_ / part);
  write_file(tree_ / part / part, "prefix");
  EXPECT_EQ(FileTree(archive("--format=ustar")).read(part + "/" + part), "prefix");
}

TEST_F(TarTest, FoldersOfATreeAreListedByLevel) {
  for (const fs::path& root : {tree_, archive("--format=gnu")}) {
    const FileTree tree(root);
    EXPECT_THAT(tree.folders_in(""), ElementsAre("b", "empty"));
    EXPECT_THAT(tree.folders_in("b"), ElementsAre(long_));
    EXPECT_THAT(tree.folders_in("a"), ElementsAre());
    EXPECT_THAT(tree.files_below("b").size(), 3u);
    EXPECT_TRUE(tree.has("b/1.txt"));
    EXPECT_FALSE(tree.has("b"));
  }
}

TEST_F(TarTest, ALaterEntryReplacesAnEarlierOne) {
  const fs::path file = archive("--format=gnu");
  write_file(tree_ / "b" / "2.txt", "newer");
  ASSERT_EQ(std::system(("tar -rf " + file.string() + " -C " + tree_.string() + " ./b/2.txt").c_str()), 0);
  const FileTree tree(file);
  EXPECT_EQ(tree.read("b/2.txt"), "newer");
  EXPECT_EQ(tree.files().size(), 4u);
}

TEST_F(TarTest, DamageIsNamed) {
  const fs::path file = archive("--format=gnu");
  const std::string whole = read_file(file);
  const std::string start = file.string() + " is not a readable tar archive: ";
  write_file(file, "");
  EXPECT_EQ(error_of(file), start + "the file ends at byte 0");
  write_file(file, std::string(1024, 'x'));
  EXPECT_EQ(error_of(file), start + "no header at byte 0");
  std::string damaged = whole;
  damaged[3] ^= 1;
  write_file(file, damaged);
  EXPECT_EQ(error_of(file), start + "no header at byte 0");
  const Tar tar(archive("--format=gnu"));
  for (const TarEntry& entry : tar.entries()) {
    if (entry.name != "b/1.txt") continue;
    write_file(file, whole.substr(0, entry.offset + 10));
    EXPECT_THAT(error_of(file), HasSubstr("the file ends within ./b/1.txt at byte " + std::to_string(entry.offset)));
    return;
  }
  FAIL() << "b/1.txt is not in the archive";
}

TEST_F(TarTest, LinksAreRefused) {
  fs::create_symlink("1.txt", tree_ / "b" / "link");
  const fs::path file = archive("--format=gnu");
  EXPECT_EQ(error_of(file), file.string() + ": b/link is a link or a special file; archive the files themselves");
}

TEST_F(TarTest, AbsentRootsAreNamed) {
  const std::string absent = (root_ / "absent").string();
  EXPECT_EQ(error_of(absent), "cannot read " + absent + ": No such file or directory");
  try {
    FileTree tree(absent);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), "there is no folder or archive " + absent);
  }
}

}  // namespace
}  // namespace retort

#include "core/file_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "core/file_trouble.h"
#include "core/files.h"
#include "core/temporary_folder.h"

namespace retort {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::string kind(const std::string& begin) {
  const auto found = kind_of_bytes(begin);
  return found ? found->name : "";
}

TEST(FileKind, KnowsWhatComesInsteadOfAFile) {
  EXPECT_EQ(kind("\n <!DOCTYPE HTML><p>"), "an HTML page");
  EXPECT_EQ(kind("<html lang=en>"), "an HTML page");
  EXPECT_EQ(kind("\xEF\xBB\xBF<html>"), "an HTML page");
  EXPECT_THAT(kind("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 5\n"), HasSubstr("Git LFS"));
  EXPECT_THAT(kind("/annex/objects/SHA256E-s5--ab"), HasSubstr("git-annex"));
  EXPECT_EQ(kind("<?xml version=\"1.0\"?><Error>"), "an XML text");
  EXPECT_EQ(kind("{\"error\": \"Not Found\"}"), "a JSON text");
  EXPECT_EQ(kind("404: Not Found\n"), "a text that begins with \"404: Not Found\"");
  EXPECT_EQ(kind(""), "empty");
  EXPECT_THAT(kind(std::string(512, '\0')), StartsWith("nothing but zeros"));
}

TEST(FileKind, KnowsArchivesAndContainers) {
  EXPECT_EQ(kind("\x1F\x8B\x08"), "compressed with gzip");
  EXPECT_EQ(kind("BZh9"), "compressed with bzip2");
  EXPECT_EQ(kind(std::string("\xFD"
                             "7zXZ\0",
                             6)),
            "compressed with xz");
  EXPECT_EQ(kind("\x28\xB5\x2F\xFD"), "compressed with zstd");
  EXPECT_EQ(kind("PK\x03\x04..."), "a zip archive");
  std::string tar(512, '\0');
  tar[0] = 'a';
  tar.replace(257, 5, "ustar");
  EXPECT_EQ(kind(tar), "a tar archive");
  EXPECT_EQ(kind("\x80\x02}q"), "a pickle");
  EXPECT_EQ(kind(std::string("\x10\0\0\0\0\0\0\0{\"a\":", 13)), "a safetensors file");
  EXPECT_EQ(kind("\x89HDF\r\n\x1A\n"), "an HDF5 file (Keras, MATLAB)");
}

TEST(FileKind, SaysNothingOfWhatItDoesNotKnow) { EXPECT_EQ(kind("\x01\x02\x03\xFF"), ""); }

TEST(FileKind, OfFilesAndFolders) {
  const TemporaryFolder folder;
  EXPECT_EQ(what_it_is(folder.path()), ": it is a folder; name a file in it");
  EXPECT_EQ(what_it_is(folder / "absent"), "");
  write_file(folder / "page.pth", "<html>");
  EXPECT_THAT(what_it_is(folder / "page.pth"), AllOf(StartsWith(": it is an HTML page; "), HasSubstr("download")));
}

TEST(FileTrouble, NamesThePathTheReasonAndWhatCanBeDone) {
  EXPECT_EQ(file_trouble("read", "/a/b", ENOENT), "cannot read /a/b: No such file or directory");
  EXPECT_THAT(file_trouble("write", "/a", ENOSPC),
              EndsWith("No space left on device; make room there, or name another place"));
  EXPECT_THAT(file_trouble("read", "/a", EMFILE), HasSubstr("ulimit -n"));
  EXPECT_THAT(file_trouble("read", "/a", ESTALE), HasSubstr("nothing is known to be damaged"));
}

TEST(FileTrouble, OfTheStandardLibraryWithBothPaths) {
  try {
    std::filesystem::copy_file("/nowhere/a", "/nowhere/b");
    FAIL();
  } catch (const std::filesystem::filesystem_error& error) {
    EXPECT_EQ(file_trouble(error), "cannot copy file /nowhere/a to /nowhere/b: No such file or directory");
  }
}

}  // namespace
}  // namespace retort

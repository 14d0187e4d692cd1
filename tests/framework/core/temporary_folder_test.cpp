#include "core/temporary_folder.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "core/error.h"
#include "core/files.h"

namespace retort {
namespace {

TEST(TemporaryFolder, IsItsOwnersAloneAndGoesWithAllThatIsInIt) {
  std::filesystem::path path;
  {
    const TemporaryFolder folder("retort-test");
    path = folder.path();
    EXPECT_EQ(path.filename().string().rfind("retort-test-", 0), 0u);
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_all);
    std::filesystem::create_directory(folder / "deep");
    write_file(folder / "deep" / "file", "x");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(TemporaryFolder, SaysWhereNoneCanBeMade) {
  const char* given = ::getenv("TMPDIR");
  const std::string before = given ? given : "";
  ::setenv("TMPDIR", "/there/is/none", 1);
  std::string said;
  try {
    const TemporaryFolder folder;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::store);
    said = error.what();
  }
  given ? ::setenv("TMPDIR", before.c_str(), 1) : ::unsetenv("TMPDIR");
  EXPECT_EQ(said, "cannot make a folder in /there/is/none: No such file or directory; TMPDIR names another place");
}

}  // namespace
}  // namespace retort

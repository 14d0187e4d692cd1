// Outputs as a plugin writes them: what cannot be written is an error at its byte, and stays one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "core/digest.h"
#include "core/error.h"
#include "core/files.h"
#include "core/temporary_folder.h"
#include "sdk/artifact.h"

namespace retort {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Files get no longer than this while it lives: the error of a full disk, without one.
class ShortOfRoom {
 public:
  explicit ShortOfRoom(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit less = {bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &less);
  }
  ~ShortOfRoom() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  ShortOfRoom(const ShortOfRoom&) = delete;
  ShortOfRoom& operator=(const ShortOfRoom&) = delete;

 private:
  rlimit before_ = {};
  void (*signal_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

template <class F>
std::string error_of(F act, ErrorKind kind) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return "no error";
}

class OutputTest : public testing::Test {
 protected:
  OutputTest() { output_.open(folder_ / "out"); }
  std::filesystem::path place(const std::string& name) const { return folder_.path() / "out" / name; }
  TemporaryFolder folder_;
  Output output_;
};

TEST_F(OutputTest, WhatIsWrittenIsCountedAndDigestedAsItLies) {
  const std::string large(300000, 'x');
  output_.file("small.txt") << "one " << 2 << '\n' << std::flush << 3.5;
  output_.file("a/b/large.bin") << large.substr(0, 7) << large.substr(7) << 'x';
  output_.file("empty");
  const auto written = output_.finish();
  ASSERT_EQ(written.size(), 3u);
  EXPECT_EQ(written[0].bytes, "one 2\n3.5");
  EXPECT_EQ(written[0].digest, sha256_file(place("small.txt")));
  EXPECT_EQ(written[1].name, "a/b/large.bin");
  EXPECT_EQ(written[1].size, 300001u);
  EXPECT_EQ(written[1].bytes, "");
  EXPECT_EQ(written[1].digest, sha256_hex(large + "x"));
  EXPECT_EQ(read_file(place("a/b/large.bin")), large + "x");
  EXPECT_EQ(written[2].digest, sha256_hex(""));
  EXPECT_EQ(output_.finish().size(), 3u);  // again: no second time
}

TEST_F(OutputTest, ADiskThatIsFullForAMomentIsAnErrorAtItsByteAndForGood) {
  OutputFile& out = output_.file("large.bin");
  const std::string piece(100000, 'x'), expected = "large.bin at byte 250000: File too large";
  {
    const ShortOfRoom full(250000);
    out << piece << piece;
    EXPECT_THAT(error_of([&] { out << piece; }, ErrorKind::store), HasSubstr(expected));
  }
  EXPECT_THROW(out << piece, std::exception);  // there is room again: what is missing stays missing
  EXPECT_THAT(error_of([&] { output_.finish(); }, ErrorKind::store), HasSubstr(expected));
}

TEST_F(OutputTest, WhatIsStillBufferedIsAnErrorWhenItCloses) {
  output_.file("small.txt") << "twenty bytes of text";
  const ShortOfRoom full(8);
  EXPECT_THAT(error_of([&] { output_.finish(); }, ErrorKind::store), HasSubstr("small.txt at byte 8: File too large"));
}

TEST_F(OutputTest, BytesThatSomebodyElseWroteOrTookAreAnError) {
  OutputFile& out = output_.file("large.bin");
  out << std::string(100000, 'x');
  std::filesystem::resize_file(place("large.bin"), 99999);
  EXPECT_THAT(error_of([&] { out.close(); }, ErrorKind::store), HasSubstr("cannot write"));
}

TEST_F(OutputTest, AFileIsWrittenFromFrontToBack) {
  OutputFile& out = output_.file("f");
  out << "1234";
  EXPECT_EQ(out.tellp(), 4);
  EXPECT_THAT(error_of([&] { out.seekp(1); }, ErrorKind::internal), HasSubstr("no way back"));
}

TEST_F(OutputTest, NamesStayInTheFolderAndComeOnce) {
  for (const char* name : {"", "/etc/passwd", "../f", "a/../f", "a/..", ".", "./f", "a//f", "a/", "a\nb", "a\x1b[2Jb"})
    EXPECT_NE(error_of([&] { output_.file(name); }, ErrorKind::data), "no error") << name;
  output_.file("f");
  EXPECT_THAT(error_of([&] { output_.file("f"); }, ErrorKind::internal), HasSubstr("written twice"));
  EXPECT_THAT(output_.names(), ElementsAre("f"));
}

TEST_F(OutputTest, CopiesAndLinksHaveTheDigestOfTheirBytes) {
  write_file(folder_ / "from", std::string(5000, 'y'));
  output_.copy("copied", folder_ / "from");
  output_.link("linked", folder_ / "from");
  for (const auto& file : output_.finish()) EXPECT_EQ(file.digest, sha256_hex(std::string(5000, 'y'))) << file.name;
  EXPECT_EQ(std::filesystem::hard_link_count(place("linked")), 2u);
  EXPECT_EQ(std::filesystem::hard_link_count(place("copied")), 1u);
  EXPECT_THAT(error_of([&] { output_.copy("none", folder_ / "nothing"); }, ErrorKind::data), HasSubstr("cannot read"));
}

}  // namespace
}  // namespace retort

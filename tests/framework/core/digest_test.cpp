#include "core/digest.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.h"
#include "core/files.h"
#include "core/hex.h"

namespace retort {

// Vectors of FIPS 180-2, appendix B.
TEST(Digest, EqualsThePublishedVectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Digest, PiecesEqualTheWholeAndHexStartsAfresh) {
  Sha256 digest;
  digest.update("a");
  digest.update("bc");
  EXPECT_EQ(digest.hex(), sha256_hex("abc"));
  digest.update("abc");
  EXPECT_EQ(digest.hex(), sha256_hex("abc"));
}

TEST(Hex, ShowsEveryByteAndKnowsItsDigits) {
  const unsigned char bytes[] = {0x00, 0x0f, 0xa0, 0xff};
  EXPECT_EQ(hex_of(bytes, sizeof bytes), "000fa0ff");
  EXPECT_TRUE(is_hex("09af"));
  EXPECT_FALSE(is_hex("09AF")) << "names of files are in lower case";
  EXPECT_TRUE(is_sha256(sha256_hex("")));
  EXPECT_FALSE(is_sha256(sha256_hex("").substr(1)));
}

TEST(Digest, OfAFileLargerThanTheBuffer) {
  const auto path = std::filesystem::path(testing::TempDir()) / "digest_test.bin";
  const std::string bytes(700001, 'x');
  write_file(path, bytes);
  EXPECT_EQ(sha256_file(path), sha256_hex(bytes));
  std::filesystem::remove(path);
  EXPECT_THROW(sha256_file(path), Error);
}

}  // namespace retort

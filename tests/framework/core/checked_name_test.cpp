// Names from files: what does not fit never becomes a part of a path.
#include "core/checked_name.h"

#include <gtest/gtest.h>

namespace retort {
namespace {

template <class Name>
bool fits(const std::string& text) {
  const bool read = Name::read(text).has_value();
  try {
    EXPECT_EQ(Name(text), text);
    EXPECT_TRUE(read) << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_FALSE(read) << text;
    EXPECT_LT(std::string(error.what()).size(), 600u);
    for (const char* p = error.what(); *p; ++p) EXPECT_GE(static_cast<unsigned char>(*p), 0x20) << text;
  }
  return read;
}

TEST(CheckedName, AKeyIsASha256) {
  const std::string hex(64, 'a');
  EXPECT_TRUE(fits<Key>(hex));
  for (const std::string& text :
       {std::string(), hex.substr(1), hex + "a", std::string(64, 'A'), std::string(64, '.'),
        std::string("../") + hex.substr(3), hex.substr(0, 63) + '\0', std::string(100000, 'a')})
    EXPECT_FALSE(fits<Key>(text)) << text.substr(0, 80);
}

TEST(CheckedName, APortIsAWord) {
  for (const char* text : {"out", "images", "data.train", "_x", "a-b", "P2", "state"})
    EXPECT_TRUE(fits<PortName>(text)) << text;
  for (const std::string& text :
       {std::string(), std::string(".."), std::string("."), std::string("../out"), std::string("/out"),
        std::string("a/b"), std::string("a..b"), std::string(".ssh"), std::string("a b"), std::string("a\n"),
        std::string("a\0b", 3), std::string("-rf"), std::string("7"), std::string("\x1b[31m"), std::string("\xff"),
        std::string("ä"), std::string(101, 'a')})
    EXPECT_FALSE(fits<PortName>(text)) << text;
}

TEST(CheckedName, AFileStaysBelowItsFolder) {
  for (const std::string& text :
       {std::string("a"), std::string("a/b.txt"), std::string("..."), std::string("..a"), std::string("a b"),
        std::string(".hidden"), std::string("ä/é.png"), std::string(255, 'a')})
    EXPECT_TRUE(fits<FileName>(text)) << text;
  for (const std::string& text :
       {std::string(), std::string("/a"), std::string("../a"), std::string("a/../b"), std::string("a/.."),
        std::string(".."), std::string("./a"), std::string("a/./b"), std::string("a//b"), std::string("a/"),
        std::string("a\tb"), std::string("a\x7f"), std::string("a\xff"), std::string("a\0b", 3), std::string(256, 'a'),
        std::string("a/") + std::string(256, 'b'), [] {
          std::string deep = "a";
          while (deep.size() <= 1000) deep += "/a";
          return deep;
        }()})
    EXPECT_FALSE(fits<FileName>(text)) << text;
}

TEST(CheckedName, ARunIsAWord) {
  for (const char* text : {"20261130-095000-123-af01", "r1", "a_b.c"}) EXPECT_TRUE(fits<RunId>(text)) << text;
  for (const char* text : {"", ".", "..", ".a", "a/b", "../a", "a b", "\n"}) EXPECT_FALSE(fits<RunId>(text)) << text;
}

}  // namespace
}  // namespace retort

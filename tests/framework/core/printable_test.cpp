#include "core/printable.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <vector>

#include "core/system_text.h"

namespace retort {
namespace {

TEST(Printable, LeavesTextAsItIs) {
  for (const std::string text : {"", "plain", "tab\tand\nnewline", "Größe Δ 数据 🙂", "a\\x1b"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, WritesControlsAsEscapes) {
  EXPECT_EQ(printable("\x1b]0;owned\x07"), "\\u001b]0;owned\\u0007");
  EXPECT_EQ(printable("a\rb\x7f"), "a\\u000db\\u007f");
  EXPECT_EQ(printable(std::string("\0", 1)), "\\u0000");
  EXPECT_EQ(printable("\xC2\x9B"
                      "2J"),
            "\\u009b2J");  // CSI in one character
  EXPECT_EQ(printable("\xE2\x80\xAE"
                      "gpj.exe"),
            "\\u202egpj.exe");  // right to left from here on
}

TEST(Printable, WritesWhatIsNoUtf8ByteByByte) {
  EXPECT_EQ(printable("caf\xE9"), "caf\\xe9");
  EXPECT_EQ(printable("\xC0\xAF"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(printable("\xF5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
  EXPECT_EQ(printable("\xE2\x82"), "\\xe2\\x82");  // cut off
  EXPECT_EQ(printable(text_of("caf\xE9")), "caf\\xe9");
}

TEST(Printable, AStreamHoldsACharacterThatComesInPieces) {
  std::ostringstream out;
  make_printable(out);
  auto* raw = dynamic_cast<std::stringbuf*>(raw_buffer(out));
  ASSERT_TRUE(raw);
  for (const char c : std::string("\xE2\x82\xAC\x1b")) out << c;
  EXPECT_EQ(raw->str(), "€\\u001b");
  out << "\xE2\x82" << std::flush;  // nothing follows
  EXPECT_EQ(raw->str(), "€\\u001b\\xe2\\x82");
}

TEST(Printable, JsonStaysJson) {
  std::ostringstream out;
  make_printable(out);
  expect_json(out);
  out << dump_text(Json{{"name", "caf\xE9\x1b"}});
  const std::string text = dynamic_cast<std::stringbuf*>(raw_buffer(out))->str();
  EXPECT_EQ(text, "{\"name\":\"caf\\uefe9\\u001b\"}");
  EXPECT_EQ(bytes_of(Json::parse(text)["name"].get<std::string>()), "caf\xE9\x1b");
}

TEST(Printable, AStreamThatTakesNoMoreSaysSo) {
  std::ostream out(nullptr);
  std::stringbuf buffer(std::ios::in);  // cannot be written
  out.rdbuf(&buffer);
  make_printable(out);
  out << "text" << std::flush;
  EXPECT_FALSE(out.good());
}

TEST(SystemText, IsTheTextWhereItIsUtf8) {
  for (const std::string text : {"", "plain", "Größe 数据 🙂"}) EXPECT_EQ(text_of(text), text);
}

TEST(SystemText, GivesEveryNameATextOfItsOwn) {
  std::set<std::string> texts;
  std::vector<std::string> names = {"\xE9",
                                    "\xC3\xA9",
                                    "\xEE\xBF\xA9",
                                    "\xEE\xBE\xAE",
                                    "a\xFF"
                                    "b",
                                    "\xFF\xFE",
                                    "\xE2\x82",
                                    "\x80"};
  for (int byte = 0x80; byte < 0x100; ++byte) names.push_back("x" + std::string(1, static_cast<char>(byte)));
  for (const auto& name : names) {
    const std::string text = text_of(name);
    EXPECT_NO_THROW(Json(text).dump()) << printable(name);
    EXPECT_EQ(bytes_of(text), name);
    EXPECT_TRUE(texts.insert(text).second) << printable(name);
  }
}

TEST(SystemText, DumpsWhatHoldsSuchNames) {
  const Json json = {{"\xFF", {"a", "\xFE"}}, {"ok", "é"}};
  EXPECT_THROW(json.dump(), Json::type_error);
  const Json back = Json::parse(dump_text(json));
  EXPECT_EQ(back["ok"], "é");
  EXPECT_EQ(bytes_of(back[text_of("\xFF")][1].get<std::string>()), "\xFE");
}

}  // namespace
}  // namespace retort

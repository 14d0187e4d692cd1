// What the page is made of: nothing of a graph becomes markup, pictures are read and written right, a feed tells each
// event once.
#include "report/page.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <png.h>

#include <fstream>
#include <sstream>

#include "core/error.h"
#include "core/files.h"
#include "core/temporary_folder.h"
#include "events/event_log.h"
#include "report/assets.h"
#include "report/feed.h"
#include "report/page_address.h"
#include "report/picture.h"
#include "report/run_messages.h"
#include "report/tensor_view.h"

namespace retort {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Page, NoTextOfAGraphIsMarkup) {
  const std::string hostile = "</script><script>alert(1)</script><!--\xff";
  const std::string text = script_json({{hostile, hostile}});
  EXPECT_EQ(text.find('<'), std::string::npos);
  EXPECT_EQ(Json::parse(text).begin().key(), "</script><script>alert(1)</script><!--\xEE\xBF\xBF");  // system_text.h
  const std::string html = page_html({{"data", {{"title", hostile}}}}, /*live=*/false);
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
}

TEST(Page, ThePolicyAllowsThisScriptAndStyleAndNothingElse) {
  const auto base64_digest = [](std::string_view text) {
    unsigned char digest[SHA256_DIGEST_LENGTH], out[64];
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    return std::string(reinterpret_cast<char*>(out), static_cast<size_t>(EVP_EncodeBlock(out, digest, sizeof digest)));
  };
  EXPECT_EQ(page_policy(false), "default-src 'none'; script-src 'sha256-" + base64_digest(assets::script()) +
                                    "'; style-src 'sha256-" + base64_digest(assets::style()) +
                                    "'; img-src data:; base-uri 'none'; form-action 'none'");
  EXPECT_THAT(page_policy(true), HasSubstr("; connect-src 'self'; "));
  const std::string html = page_html({}, false);
  EXPECT_THAT(html, HasSubstr("content=\"" + page_policy(false) + "\""));
  EXPECT_THAT(html, HasSubstr("<style>" + std::string(assets::style()) + "</style>"));
  EXPECT_THAT(html, HasSubstr("<script>" + std::string(assets::script()) + "</script>"));
  EXPECT_THAT(assets::script(), HasSubstr("class GraphView"));
  EXPECT_THAT(assets::script(), Not(HasSubstr("</script")));
  EXPECT_THAT(assets::style(), Not(HasSubstr("</style")));
}

std::string tensor_file(const Json& header, const std::string& bytes) {
  const std::string text = header.dump();
  const uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text + bytes;
}

std::string complaint(const std::string& file) {
  std::istringstream in(file);
  try {
    const TensorView view(in, "a");
    return view.all();
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(TensorView, ReadsRowsOfATensor) {
  std::istringstream in(
      tensor_file({{"a", {{"dtype", "U8"}, {"shape", {2, 3}}, {"data_offsets", {1, 7}}}}}, "xabcdefy"));
  const TensorView view(in, "a");
  EXPECT_EQ(view.type(), "U8");
  EXPECT_EQ(view.row(1), "def");
  EXPECT_EQ(view.all(), "abcdef");
  EXPECT_EQ(view.row(0), "abc");
}

TEST(TensorView, SaysWhatIsWrongWithAFile) {
  const auto entry = [](const Json& shape, int begin, int end) {
    return Json{{"a", {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, end}}}}};
  };
  EXPECT_EQ(complaint("abc"), "the tensor file is cut off");
  EXPECT_EQ(complaint("\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f{}"), "the tensor file has no whole header");
  EXPECT_EQ(complaint(tensor_file({{"b", 1}}, "")), "the tensor file holds no tensor \"a\"");
  EXPECT_EQ(complaint(tensor_file({{"a", {{"dtype", "U8"}}}}, "")),
            "the tensor file describes tensor \"a\" in a way that is not read here");
  EXPECT_EQ(complaint(tensor_file(entry({2}, 0, 8), "abcd")), "the tensor file ends before tensor \"a\" does");
  EXPECT_EQ(complaint(tensor_file(entry({2}, 8, 0), "abcdabcd")), "the tensor file ends before tensor \"a\" does");
  EXPECT_EQ(complaint(tensor_file(entry({3}, 0, 8), "abcdabcd")),
            "the tensor file has tensor \"a\" of a shape that does not fit its bytes");
  EXPECT_EQ(complaint(tensor_file(entry({1ull << 62, 1ull << 62}, 0, 8), "abcdabcd")),
            "the tensor file has tensor \"a\" of a shape that does not fit its bytes");
  EXPECT_EQ(complaint(tensor_file(entry({2}, 0, 8), "abcdabcd")), "abcdabcd");
}

Picture decoded(const std::string& url) {
  const std::string head = "data:image/png;base64,";
  EXPECT_EQ(url.substr(0, head.size()), head);
  std::string bytes(url.size(), '\0');
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                  reinterpret_cast<const unsigned char*>(url.data() + head.size()),
                  static_cast<int>(url.size() - head.size()));
  png_image info{};
  info.version = PNG_IMAGE_VERSION;
  EXPECT_TRUE(png_image_begin_read_from_memory(&info, bytes.data(), bytes.size()));
  info.format = PNG_FORMAT_RGB;
  Picture picture{info.width, info.height, 3, {}};
  picture.pixels.resize(PNG_IMAGE_SIZE(info));
  EXPECT_TRUE(png_image_finish_read(&info, nullptr, picture.pixels.data(), 0, nullptr));
  return picture;
}

TEST(Picture, APngHoldsThePixels) {
  const Picture picture{2, 1, 3, {255, 0, 0, 1, 2, 3}};
  const Picture back = decoded(png_url(picture));
  EXPECT_EQ(back.width, 2u);
  EXPECT_EQ(back.height, 1u);
  EXPECT_EQ(back.pixels, picture.pixels);
}

TEST(Picture, ARowHasGapsAndAThumbnailIsAMean) {
  const Picture one{1, 2, 1, {10, 20}}, two{1, 2, 1, {30, 40}};
  const Picture row = in_a_row({one, two}, 1, 99);
  EXPECT_EQ(row.width, 3u);
  EXPECT_EQ(row.pixels, (std::vector<uint8_t>{10, 99, 30, 20, 99, 40}));
  const Picture small = shrunk({4, 2, 1, {0, 4, 10, 10, 8, 12, 10, 10}}, 2);
  EXPECT_EQ(small.width, 2u);
  EXPECT_EQ(small.pixels, (std::vector<uint8_t>{6, 10}));
}

TEST(RunFeed, TellsWhatThePageHasNotSeenAndNothingTwice) {
  const TemporaryFolder folder;
  const auto file = folder / "events.jsonl";
  EventLog log(file);
  log.write({{"ev", "run"}, {"run", "r"}, {"nodes", {{{"name", "a"}, {"type", "t"}}, {{"name", "b"}, {"type", "t"}}}}});
  log.write({{"ev", "node"}, {"node", "a"}, {"status", "running"}, {"slot", "cpu"}});
  RunFeed feed(file, /*seen=*/1);
  const auto first = feed.next();
  ASSERT_TRUE(first);
  EXPECT_EQ((*first)["seen"], 2);
  EXPECT_EQ((*first)["rows"].size(), 1u);
  EXPECT_EQ((*first)["rows"]["0"][0], 2);
  EXPECT_EQ((*first)["rows"]["0"][1], "cpu");
  EXPECT_FALSE(feed.next());
  log.write({{"ev", "metric"}, {"node", "b"}, {"name", "loss"}, {"step", 3}, {"value", 0.5}});
  log.write({{"ev", "warn"}, {"node", "b"}, {"text", "careful"}});
  const auto second = feed.next();
  ASSERT_TRUE(second);
  EXPECT_EQ((*second)["metrics"], Json::parse(R"([[1,"loss",3,0.5]])"));
  EXPECT_EQ((*second)["warnings"], Json::parse(R"(["b: careful"])"));
  EXPECT_FALSE(second->contains("ended"));
  log.write({{"ev", "end"}, {"status", "failed"}});
  const auto third = feed.next();
  ASSERT_TRUE(third);
  EXPECT_EQ((*third)["status"], "failed");
  EXPECT_EQ((*third)["ended"], true);
  EXPECT_FALSE(feed.next());
  EXPECT_FALSE(RunFeed(folder / "absent", 0).next());
}

TEST(RunMessages, PagesThatKnowEquallyMuchShareAReadingOfTheLog) {
  const TemporaryFolder folder;
  const auto file = folder / "events.jsonl";
  EventLog log(file);
  log.write({{"ev", "run"}, {"run", "r"}, {"graph", "g.json"}, {"nodes", {{{"name", "a"}, {"status", "waiting"}}}}});
  RunMessages messages(file);
  EXPECT_FALSE(messages.look());
  EXPECT_EQ(messages.since(1).text, "");
  log.write({{"ev", "metric"}, {"node", "a"}, {"name", "loss"}, {"step", 1}, {"value", 0.5}});
  log.write({{"ev", "metric"}, {"node", "a"}, {"name", "loss"}, {"step", 2}, {"value", 0.25}});
  EXPECT_TRUE(messages.look());
  const auto all = messages.since(1), half = messages.since(2);
  EXPECT_EQ(Json::parse(all.text)["metrics"], Json::parse(R"([[0,"loss",1,0.5],[0,"loss",2,0.25]])"));
  EXPECT_EQ(Json::parse(half.text)["metrics"], Json::parse(R"([[0,"loss",2,0.25]])"));
  EXPECT_EQ(all.seen, 3);
  EXPECT_EQ(messages.since(all.seen).text, "");
  EXPECT_FALSE(messages.look());
}

TEST(PageAddress, OnlyBelowTheToken) {
  const std::string token = "0123456789abcdef";
  EXPECT_FALSE(address_below("/" + token, token));
  EXPECT_FALSE(address_below("/0123456789abcdeX/", token));
  EXPECT_FALSE(address_below("", token));
  EXPECT_FALSE(address_below("/../" + token + "/", token));
  const auto root = address_below("/" + token + "/", token);
  ASSERT_TRUE(root);
  EXPECT_EQ(root->run + "|" + root->rest, "|");
  const auto events = address_below("/" + token + "/run/2026-01-01T00/events?run=a%2Fb+c&seen=12&odd", token);
  ASSERT_TRUE(events);
  EXPECT_EQ(events->run + "|" + events->rest, "2026-01-01T00|events");
  EXPECT_EQ(events->asked("run"), "a/b c");
  EXPECT_EQ(events->asked("seen"), "12");
  EXPECT_EQ(events->asked("none"), "");
}

}  // namespace
}  // namespace retort

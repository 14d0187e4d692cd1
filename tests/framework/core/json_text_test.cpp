#include "core/json_text.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

namespace retort {
namespace {

struct Parsed {
  Texts texts;
  Diagnostics diagnostics;
  MarkedJson json;
  bool ok = false;

  explicit Parsed(const std::string& text) {
    const uint32_t source = texts.add_text("a.json", text);
    ok = parse_json(texts, source, diagnostics, json);
  }
  std::string said() const { return to_string(diagnostics); }
  std::string at(Mark mark) const { return to_string(texts.place(mark)); }
};

TEST(JsonText, KeepsThePlaceOfEveryValueAndKey) {
  const Parsed parsed(
      "{\n  // a comment\n  \"b\": [1, -2.5e3,\n   \"x\\\\\"],\n  \"é\": true, /* c */ \"a\": {\"c\": null}\n}\n");
  ASSERT_TRUE(parsed.ok) << parsed.said();
  const Marks& root = parsed.json.marks;
  EXPECT_EQ(parsed.at(root.value), "a.json:1:1");
  EXPECT_EQ(parsed.at(root.at("b").key), "a.json:3:3");
  EXPECT_EQ(parsed.at(root.at("b").value), "a.json:3:8");
  EXPECT_EQ(parsed.at(root.at("b").at(0).value), "a.json:3:9");
  EXPECT_EQ(parsed.at(root.at("b").at(1).value), "a.json:3:12");
  EXPECT_EQ(parsed.at(root.at("b").at(2).value), "a.json:4:4");
  EXPECT_EQ(parsed.at(root.at("é").key), "a.json:5:3");
  EXPECT_EQ(parsed.at(root.at("é").value), "a.json:5:8");  // é is one character
  EXPECT_EQ(parsed.at(root.at("a").key), "a.json:5:22");
  EXPECT_EQ(parsed.at(root.at("a").at("c").key), "a.json:5:28");
  EXPECT_EQ(parsed.at(root.at("a").at("c").value), "a.json:5:33");
}

/// Reads again, from each mark on, one value with the library alone: it must be the value the mark stands for.
void expect_marks_hold(const std::string& text, const Json& value, const Marks& marks) {
  std::istringstream rest(text.substr(marks.value.offset));
  Json again;
  rest >> again;
  EXPECT_EQ(again, value) << text << " at " << marks.value.offset;
  if (value.is_array()) {
    ASSERT_EQ(marks.inside.size(), value.size());
    for (size_t i = 0; i < value.size(); ++i) expect_marks_hold(text, value[i], marks.inside[i]);
  }
  if (!value.is_object()) return;
  ASSERT_EQ(marks.inside.size(), value.size());
  for (const auto& [name, member] : value.items()) {
    const Marks* found = marks.find(name);
    ASSERT_NE(found, nullptr) << name;
    std::istringstream key(text.substr(found->key.offset));
    key >> again;
    EXPECT_EQ(again, Json(name));
    expect_marks_hold(text, member, *found);
  }
}

Json random_json(std::mt19937& random, int depth) {
  const auto draw = [&](unsigned n) { return random() % n; };
  const std::vector<std::string> texts = {"", "a", "\"", "\\", "\\\"", "é\n", "{[,:]}", "//", "1"};
  switch (draw(depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return draw(2) == 0;
    case 2:
      return -static_cast<int>(draw(1000));
    case 3:
      return draw(100000);
    case 4:
      return static_cast<double>(draw(1000)) / 7e-9;
    case 5:
      return texts[draw(9)];
    case 6: {
      Json list = Json::array();
      for (unsigned n = draw(4); n > 0; --n) list.push_back(random_json(random, depth - 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (unsigned n = draw(4); n > 0; --n)
        object[texts[draw(9)] + std::to_string(draw(3))] = random_json(random, depth - 1);
      return object;
    }
  }
}

TEST(JsonText, MarksPointAtTheirValuesInAnyText) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    const Json value = random_json(random, 4);
    const std::string text = value.dump(static_cast<int>(random() % 4) - 1);
    const Parsed parsed(text);
    ASSERT_TRUE(parsed.ok) << text;
    EXPECT_EQ(parsed.json.value, value);
    expect_marks_hold(text, value, parsed.json.marks);
  }
}

TEST(JsonText, AKeyWrittenTwiceIsAnError) {
  const Parsed parsed("{\"a\": 1,\n \"b\": {\"c\": 1, \"c\": 2},\n \"a\": [3]}");
  EXPECT_TRUE(parsed.ok);
  EXPECT_EQ(parsed.said(),
            "a.json:2:16: error: key \"c\" is written twice\n    first at a.json:2:8\n"
            "a.json:3:2: error: key \"a\" is written twice\n    first at a.json:1:2\n");
  EXPECT_EQ(parsed.at(parsed.json.marks.at("a").at(0).value), "a.json:3:8");
}

TEST(JsonText, SyntaxErrorsNameTheirPlace) {
  EXPECT_EQ(Parsed("{\n  \"a\": 1,\n}").said(),
            "a.json:3:1: error: not valid JSON: while parsing object key - unexpected '}'; expected string literal\n"
            "    remove the comma before it\n");
  EXPECT_EQ(
      Parsed("{\"a\" 1}").said(),
      "a.json:1:6: error: not valid JSON: while parsing object separator - unexpected number literal; expected ':'\n");
  EXPECT_EQ(Parsed("").said(), "a.json:1:1: error: not valid JSON: the text is empty\n");
  EXPECT_EQ(Parsed("[1e999]").said(), "a.json:1:6: error: not valid JSON: number overflow parsing '1e999'\n");
  EXPECT_EQ(
      Parsed("[1] 2").said(),
      "a.json:1:5: error: not valid JSON: while parsing value - unexpected number literal; expected end of input\n");
}

TEST(JsonText, RefusesDeepNesting) {
  EXPECT_TRUE(Parsed(std::string(kDeepestJson, '[') + std::string(kDeepestJson, ']')).ok);
  const size_t deep = 200000;
  const Parsed parsed(std::string(deep, '[') + std::string(deep, ']'));
  EXPECT_FALSE(parsed.ok);
  EXPECT_EQ(parsed.said(), "a.json:1:101: error: nested deeper than 100 levels\n");
}

TEST(JsonText, MergePatchFollowsTheStandard) {
  // Examples of RFC 7396, appendix A.
  const std::vector<std::array<const char*, 3>> cases = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"}};
  for (const auto& [target, patch, result] : cases) {
    MarkedJson json = Parsed(target).json;
    merge_patch(json, Parsed(patch).json);
    EXPECT_EQ(json.value, Json::parse(result)) << target << " " << patch;
  }
}

TEST(JsonText, MergedValuesKeepTheirOwnPlaces) {
  Texts texts;
  Diagnostics diagnostics;
  MarkedJson base, patch;
  const uint32_t one = texts.add_text("base.json", "{\"a\": {\"b\": 1,\n \"c\": 2}}");
  const uint32_t two = texts.add_text("own.json", "\n\n{\"a\": {\"c\": [5], \"d\": 3}}");
  ASSERT_TRUE(parse_json(texts, one, diagnostics, base) && parse_json(texts, two, diagnostics, patch));
  merge_patch(base, patch);
  const Marks& a = base.marks.at("a");
  EXPECT_EQ(to_string(texts.place(a.at("b").value)), "base.json:1:13");
  EXPECT_EQ(to_string(texts.place(a.at("c").value)), "own.json:3:13");
  EXPECT_EQ(to_string(texts.place(a.at("c").key)), "own.json:3:8");
  EXPECT_EQ(to_string(texts.place(a.at("c").at(0).value)), "own.json:3:14");
  EXPECT_EQ(to_string(texts.place(a.at("d").value)), "own.json:3:23");
}

TEST(JsonText, PlacesOnVeryLongLines) {
  std::string text = "[\"" + std::string(5000, 'x') + "éé\",\n ";
  const size_t second = text.size() - 1;
  for (int i = 0; i < 2000; ++i) text += "1,";
  text += "2]";
  const Parsed parsed(text);
  ASSERT_TRUE(parsed.ok);
  EXPECT_EQ(parsed.at(parsed.json.marks.at(1).value), "a.json:2:2");
  EXPECT_EQ(parsed.at(parsed.json.marks.at(2000).value), "a.json:2:4000");
  EXPECT_EQ(parsed.at(parsed.json.marks.at(2001).value), "a.json:2:4002");
  EXPECT_EQ(parsed.at({1, static_cast<uint32_t>(second)}), "a.json:2:1");
  EXPECT_EQ(parsed.at({1, static_cast<uint32_t>(second) - 1}), "a.json:1:5007");
}

TEST(JsonText, AnOriginStandsForALine) {
  Texts texts;
  const uint32_t origin = texts.add_origin("--set images.lr=0.1");
  EXPECT_EQ(to_string(texts.place({origin, 0})), "--set images.lr=0.1");
}

}  // namespace
}  // namespace retort

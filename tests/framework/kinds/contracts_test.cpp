// Each contract itself: types that the check knows, names once, and sentences as everywhere.
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "kinds/kind.h"

namespace retort {
namespace {

void expect_prose(const std::string& text, const std::string& place) {
  EXPECT_FALSE(text.empty()) << place;
  EXPECT_EQ(text.find('\n'), std::string::npos) << place;
  EXPECT_NE(text.empty() ? '.' : text.back(), '.') << place;
}

void expect_sound(const MetaFact& fact, const std::string& place) {
  static const std::regex kTypes("(list of )*(string|bool|integer|number|object)");
  EXPECT_TRUE(std::regex_match(fact.type, kTypes)) << place << ": " << fact.type;
  expect_prose(fact.doc, place);
  EXPECT_TRUE(fact.choices.empty() || fact.type == "string") << place;
  EXPECT_TRUE(fact.fields.empty() || fact.type == "object" || fact.type == "list of object") << place;
  for (const auto& field : fact.fields) expect_sound(field, place + "." + field.name);
}

/// What a condition asks for is an entry of the same kind, and one of its choices.
void expect_known(const Kind& kind, const std::optional<Condition>& condition) {
  if (!condition) return;
  const auto found = std::find_if(kind.metas.begin(), kind.metas.end(),
                                  [&](const MetaFact& fact) { return fact.name == condition->entry; });
  ASSERT_NE(found, kind.metas.end()) << kind.name << ": " << condition->text();
  for (const auto& value : condition->values)
    EXPECT_NE(std::find(found->choices.begin(), found->choices.end(), value), found->choices.end())
        << kind.name << ": " << condition->text();
}

TEST(Contracts, AreSound) {
  static const std::set<std::string> kTypes = {"uint8",   "int16",    "int32",   "int64",  "bool",
                                               "float16", "bfloat16", "float32", "float64"};
  std::set<std::string> kinds_seen;
  for (const auto& kind : kinds()) {
    EXPECT_TRUE(kinds_seen.insert(kind.name).second) << kind.name;
    expect_prose(kind.summary, kind.name);
    std::set<std::string> names;
    for (const auto& meta : kind.metas) {
      EXPECT_TRUE(names.insert(meta.name).second) << kind.name << ": " << meta.name << " twice";
      expect_sound(meta, kind.name + ": " + meta.name);
      expect_known(kind, meta.condition);
    }
    if (kind.others) expect_sound(*kind.others, kind.name);
    EXPECT_FALSE(kind.files.empty()) << kind.name;
    for (const auto& file : kind.files) {
      expect_prose(file.doc, kind.name + ": " + file.name);
      expect_known(kind, file.condition);
      for (const auto& tensor : file.tensors) {
        expect_prose(tensor.doc, kind.name + ": " + tensor.name);
        for (const auto& type : tensor.types) EXPECT_TRUE(kTypes.count(type)) << kind.name << ": " << type;
      }
    }
  }
  EXPECT_EQ(find_kind("images")->name, "images");
  EXPECT_EQ(find_kind("image"), nullptr);
}

TEST(Contracts, KnowTypesOfJson) {
  EXPECT_TRUE(has_type(1, "integer") && has_type(1, "number") && has_type(1.5, "number"));
  EXPECT_FALSE(has_type(1.5, "integer") || has_type(true, "integer") || has_type("1", "number"));
  EXPECT_TRUE(has_type(Json::array(), "list of object") && has_type({{1, 2}, {3}}, "list of list of integer"));
  EXPECT_FALSE(has_type({1, "a"}, "list of integer") || has_type(1, "list of integer") || has_type(1, "text"));
  EXPECT_TRUE(has_type("a", "string") && has_type(false, "bool") && has_type(Json::object(), "object"));
}

}  // namespace
}  // namespace retort

#include "graph/value_name.h"

#include <gmock/gmock.h>

#include <set>

namespace retort {
namespace {

using testing::ElementsAre;

TEST(ValueName, IsTheContent) {
  EXPECT_EQ(value_name("a b"), "a b");
  EXPECT_EQ(value_name(0.1), "0.1");
  EXPECT_EQ(value_name(1.0), "1.0");
  EXPECT_EQ(value_name(true), "true");
  EXPECT_EQ(value_name(nullptr), "null");
  EXPECT_EQ(value_name({{"type", "mmd"}, {"kernel", "rbf"}}), "mmd");
  EXPECT_EQ(value_name({1, 2}), "[1,2]");
  EXPECT_EQ(value_name(Json::array()), "[]");
  EXPECT_EQ(value_name({{"b", {"x"}}, {"a", 1}}), "{a=1,b=[x]}");
  EXPECT_EQ(value_name(Json::array({{{"type", "mmd"}, {"kernel", "rbf"}}, "x"})), "[mmd kernel=rbf,x]");
}

TEST(ValueName, DiffersWithTheContent) {
  const Json values = {Json::array({1}),
                       Json::array({"1"}),
                       Json::array({true}),
                       Json::array({"true"}),
                       Json::array({1, 2}),
                       Json::array({"1,2"}),
                       Json::array({Json::array({1}), 2}),
                       Json::array({Json::array({1, 2})}),
                       Json::array(),
                       Json::object(),
                       Json::array({Json::array()}),
                       Json::array({nullptr}),
                       Json::array({""}),
                       Json{{"a", "b,c=d"}},
                       Json{{"a", "b"}, {"c", "d"}},
                       Json::array({std::string(100, 'x')}),
                       Json::array({std::string(99, 'x') + "y"})};
  std::set<std::string> names;
  for (const auto& value : values) {
    names.insert(value_name(value));
    EXPECT_LE(value_name(value).size(), 60u);
  }
  EXPECT_EQ(names.size(), values.size());
}

TEST(ValueName, TellsComponentsOfOneTypeApart) {
  const Json one = {{"type", "mmd"}, {"kernel", "rbf"}}, other = {{"type", "mmd"}, {"widths", {1, 2}}};
  EXPECT_THAT(value_names(Json::array({one, {{"type", "dm"}}, other})),
              ElementsAre("mmd kernel=rbf", "dm", "mmd widths=[1,2]"));
}

TEST(ValueName, IsFoundHoweverItsNumbersAreWritten) {
  const std::vector<std::string> names = {"0.5",      "1.0",           "2e-05", "short, once",
                                          "[1,0.10]", "x{lr=1.0,n=3}", "007",   "9007199254740993"};
  const auto meant = [&](const std::string& typed) {
    const auto found = name_meant(typed, names);
    return found ? names[*found] : "none";
  };
  for (const char* typed : {"0.50", ".5", "5e-1", "0.5"}) EXPECT_EQ(meant(typed), "0.5") << typed;
  for (const char* typed : {"1", "1.", "1.00", "1e0"}) EXPECT_EQ(meant(typed), "1.0") << typed;
  EXPECT_EQ(meant("0.00002"), "2e-05");
  EXPECT_EQ(meant("[1.0,0.1]"), "[1,0.10]");
  EXPECT_EQ(meant("x{lr=1,n=3}"), "x{lr=1.0,n=3}");
  EXPECT_EQ(meant("007"), "007");
  for (const char* typed : {"0.51", "2", "7", "short", "nan", "inf", "", "-", "9007199254740992"})
    EXPECT_EQ(meant(typed), "none") << typed;
}

TEST(ValueName, TheSameTextComesBeforeTheSameNumber) {
  EXPECT_EQ(name_meant("1.0", {"1", "1.0"}), 1u);
  EXPECT_EQ(name_meant("1", {"1.0", "1"}), 1u);
}

}  // namespace
}  // namespace retort

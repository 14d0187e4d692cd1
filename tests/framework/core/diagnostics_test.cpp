#include "core/diagnostics.h"

#include <gtest/gtest.h>

#include "core/nearest.h"

namespace retort {
namespace {

TEST(Diagnostics, ComeSortedEachOnceWithIndentedHints) {
  Diagnostics all;
  all.error({"", 0, 0, "--set a.b=1"}, "last");
  all.error({"b.json", 1, 1, ""}, "other file");
  all.error({"a.json", 12, 3, ""}, "second", "one\ntwo");
  all.error({"a.json", 2, 30, ""}, "first");
  all.error({"a.json", 12, 3, ""}, "third, same place");
  all.error({"a.json", 12, 3, ""}, "second", "one\ntwo");
  all.warning({"a.json", 0, 0, ""}, "about the file");
  EXPECT_EQ(all.errors(), 6u);
  EXPECT_EQ(to_string(all),
            "a.json: warning: about the file\n"
            "a.json:2:30: error: first\n"
            "a.json:12:3: error: second\n    one\n    two\n"
            "a.json:12:3: error: third, same place\n"
            "b.json:1:1: error: other file\n"
            "--set a.b=1: error: last\n");
  EXPECT_EQ(to_json(all)[1].dump(), R"({"column":30,"file":"a.json","line":2,"message":"first","severity":"error"})");
}

TEST(Nearest, CountsEdits) {
  EXPECT_EQ(edit_distance("first_scale", "frist_scale", 3), 1);
  EXPECT_EQ(edit_distance("kitten", "sitting", 9), 3);
  EXPECT_EQ(edit_distance("", "abc", 9), 3);
  EXPECT_EQ(edit_distance("Images", "images", 3), 0);
  EXPECT_EQ(edit_distance("abcdef", "uvwxyz", 2), 3);
}

TEST(Nearest, FindsWhatWasMeantAndNothingFarAway) {
  const std::vector<std::string> names = {"weight", "first_scale", "norm", "lr", "moco_v2", "dataset.cifar100"};
  EXPECT_EQ(nearest("frist_scale", names), "first_scale");
  EXPECT_EQ(nearest("Norm", names), "norm");
  EXPECT_EQ(nearest("lt", names), "lr");
  EXPECT_EQ(nearest("moco", names), "moco_v2");
  EXPECT_EQ(nearest("cifar100", names), "dataset.cifar100");
  EXPECT_EQ(nearest("temperature", names), "");
  EXPECT_EQ(nearest("xy", names), "");
  EXPECT_EQ(nearest("", names), "");
}

}  // namespace
}  // namespace retort

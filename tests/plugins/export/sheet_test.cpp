// export.sheet: where images, titles and names stand in the picture, and what it refuses. The letters.
#include <ATen/ATen.h>

#include "node/export/lettering.h"
#include "sdk/torch/tensor_file.h"
#include "support/fake_run.h"
#include "vision/codec.h"

namespace retort {
namespace {

using test::NodeRun;

Artifact icons(int64_t classes, int64_t per_class, int64_t size, const std::string& name) {
  NodeRun node("dataset.icons", {{"classes", classes}, {"per_class", per_class}, {"size", size}}, name);
  return node.go().output("train");
}

at::Tensor sheet_of(NodeRun& node) {
  return vision::decode_image(read_file(node.go().output("sheet").file("sheet.png")), "sheet.png");
}

bool is_dark(const at::Tensor& part) { return part.min().item<int>() < 100; }

TEST(Lettering, ALetterIsItsDots) {
  const auto rows = lettering::dots("iT");
  ASSERT_EQ(rows.size(), static_cast<size_t>(lettering::kHeight));
  EXPECT_EQ(rows[0], "#.#####.");
  EXPECT_EQ(rows[1], "....#...");
  EXPECT_EQ(rows[2], "#...#...");
  EXPECT_EQ(rows[8], "........");
}

TEST(Lettering, EveryLetterHasDotsAndUnknownOnesAreBlocks) {
  for (char c = '!'; c <= '~'; ++c) {
    std::string all;
    for (const auto& row : lettering::dots(std::string(1, c))) all += row;
    EXPECT_NE(all.find('#'), std::string::npos) << c;
    EXPECT_EQ(all.find_first_not_of("#."), std::string::npos) << c;
  }
  EXPECT_EQ(lettering::dots("é")[3], "#####.") << "one block for a character of two bytes";
}

TEST(ExportSheet, BlocksStandBesideEachOtherUnderTheirTitles) {
  const auto few = icons(3, 2, 20, "few"), many = icons(3, 4, 20, "many");
  NodeRun node("export.sheet", {{"titles", {"a", "b"}}, {"per_class", 2}, {"zoom", 2}});
  const auto sheet = sheet_of(node.input("images", {few, many}));
  const int64_t gap = 6, title = 11, block = 2 * 40 + 2, names = sheet.size(2) - 4 * gap - 2 * block;
  EXPECT_EQ(sheet.size(1), 2 * gap + title + 3 * 40 + 2 * 2);
  EXPECT_EQ(names, static_cast<int64_t>(lettering::dots("house")[0].size()));
  const auto images = read_images(few).images;
  for (int64_t b = 0; b < 2; ++b) {
    const int64_t left = names + 2 * gap + b * (block + gap), top = gap + title;
    EXPECT_TRUE(is_dark(sheet.narrow(1, gap, title).narrow(2, left, 10))) << "a title";
    const auto shown = sheet.narrow(1, top + 42, 40).narrow(2, left + 42, 40);  // the second house
    EXPECT_TRUE(at::equal(shown, images[4].repeat_interleave(2, 1).repeat_interleave(2, 2))) << b;
  }
  EXPECT_TRUE(is_dark(sheet.narrow(1, gap + title + 42, 40).narrow(2, gap, names))) << "a name";
}

TEST(ExportSheet, RefusesWhatDoesNotStandInOneTable) {
  NodeRun titles("export.sheet", {{"titles", {"a"}}}, "titles");
  titles.input("images", {icons(3, 1, 20, "x"), icons(3, 1, 20, "y")});
  EXPECT_NE(error_of(titles).find("\"titles\" has 1 texts for 2 links"), std::string::npos) << error_of(titles);

  NodeRun classes("export.sheet", {{"titles", {"a", "b"}}}, "classes");
  classes.input("images", {icons(3, 1, 20, "three"), icons(4, 1, 20, "four")});
  EXPECT_NE(error_of(classes).find("(\"b\") has other classes"), std::string::npos) << error_of(classes);

  NodeRun sizes("export.sheet", {{"titles", {"a", "b"}}}, "sizes");
  sizes.input("images", {icons(3, 1, 20, "small"), icons(3, 1, 24, "large")});
  EXPECT_NE(error_of(sizes).find("images of one size"), std::string::npos) << error_of(sizes);
}

}  // namespace
}  // namespace retort

#include "picture_sheet.h"

#include <algorithm>

#include "lettering.h"
#include "vision/codec.h"

namespace retort::sheet {
namespace {

/// Dark letters on white: uint8 [channels, kHeight × zoom, width].
at::Tensor line(const std::string& text, int64_t channels, int64_t zoom) {
  const auto rows = lettering::dots(text);
  const auto width = std::max<int64_t>(1, static_cast<int64_t>(rows[0].size()));
  auto plane = at::full({lettering::kHeight, width}, 255, at::kByte);
  for (int64_t y = 0; y < lettering::kHeight; ++y)
    for (int64_t x = 0; x < static_cast<int64_t>(rows[static_cast<size_t>(y)].size()); ++x)
      if (rows[static_cast<size_t>(y)][static_cast<size_t>(x)] == '#') plane[y][x] = 40;
  return plane.repeat_interleave(zoom, 0).repeat_interleave(zoom, 1).expand({channels, -1, -1});
}

/// Lays `picture` [C,h,w] on `sheet` [C,H,W].
void lay(at::Tensor& sheet, const at::Tensor& picture, int64_t top, int64_t left) {
  sheet.narrow(1, top, picture.size(1)).narrow(2, left, picture.size(2)).copy_(picture);
}

}  // namespace

at::Tensor block(const at::Tensor& pixels, const at::Tensor& labels, int64_t classes, int64_t per_class, int64_t zoom) {
  std::vector<at::Tensor> rows;
  for (int64_t label = 0; label < classes; ++label) {
    const auto own = (labels == label).nonzero().flatten();
    const auto few = pixels.index_select(0, own.narrow(0, 0, std::min(per_class, own.size(0))));
    const auto missing = per_class - few.size(0);
    rows.push_back(few);
    if (missing > 0) rows.push_back(few.new_full({missing, few.size(1), few.size(2), few.size(3)}, 255));
  }
  return vision::contact_sheet(at::cat(rows), per_class, zoom);
}

at::Tensor side_by_side(const std::vector<Block>& blocks, const std::vector<std::string>& names, int64_t letter_zoom) {
  const int64_t gap = 6 * letter_zoom, title_height = (lettering::kHeight + 2) * letter_zoom;
  const int64_t channels = blocks.front().picture.size(0), height = blocks.front().picture.size(1);
  const int64_t row_height = (height + 2) / static_cast<int64_t>(names.size());  // with the gap of a contact sheet
  std::vector<at::Tensor> words, titles;
  int64_t names_width = 0, width = gap;
  for (const auto& name : names) {
    words.push_back(line(name, channels, letter_zoom));
    names_width = std::max(names_width, words.back().size(2));
  }
  for (const auto& each : blocks) {
    titles.push_back(line(each.title, channels, letter_zoom));
    width += std::max(each.picture.size(2), titles.back().size(2)) + gap;
  }
  auto sheet = at::full({channels, title_height + height + 2 * gap, names_width + gap + width}, 255, at::kByte);
  const int64_t top = gap + title_height;
  for (size_t i = 0; i < words.size(); ++i)
    lay(sheet, words[i], top + static_cast<int64_t>(i) * row_height + (row_height - words[i].size(1)) / 2, gap);
  int64_t left = names_width + 2 * gap;
  for (size_t i = 0; i < blocks.size(); ++i) {
    lay(sheet, titles[i], gap, left);
    lay(sheet, blocks[i].picture, top, left);
    left += std::max(blocks[i].picture.size(2), titles[i].size(2)) + gap;
  }
  return sheet;
}

}  // namespace retort::sheet

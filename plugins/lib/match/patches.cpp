#include "match/patches.h"

#include <ATen/ATen.h>

#include "core/error.h"

namespace retort::match {

at::Tensor centred(const at::Tensor& patches, int64_t size) {
  const int64_t side = patches.size(3), before = (size - side) / 2, after = size - side - before;
  return at::constant_pad_nd(patches, {before, after, before, after});
}

at::Tensor tiled(const at::Tensor& patches, int64_t count, int64_t factor, int64_t size) {
  RETORT_CHECK(patches.size(0) == count * factor * factor);
  auto length = [&](int64_t cell) { return size / factor + (cell < size % factor ? 1 : 0); };
  std::vector<at::Tensor> rows;
  for (int64_t y = 0; y < factor; ++y) {
    std::vector<at::Tensor> cells;
    for (int64_t x = 0; x < factor; ++x)
      cells.push_back(
          at::upsample_nearest2d(patches.narrow(0, (y * factor + x) * count, count), {length(y), length(x)}));
    rows.push_back(at::cat(cells, 3));
  }
  return at::cat(rows, 2);
}

}  // namespace retort::match

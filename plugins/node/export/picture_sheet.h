#pragma once
// Pictures of images to look at: a row a class with its name, a block of columns a source with its title.
#include <ATen/ATen.h>

#include <string>
#include <vector>

namespace retort::sheet {

/// The first `per_class` of each of the first `classes` classes, a row a class, enlarged `zoom` times: uint8 [C,H,W].
at::Tensor block(const at::Tensor& pixels, const at::Tensor& labels, int64_t classes, int64_t per_class, int64_t zoom);

struct Block {
  std::string title;
  at::Tensor picture;  ///< of `block`, all of one height
};

/// Blocks side by side under their titles, the names of the classes to the left of the rows.
at::Tensor side_by_side(const std::vector<Block>& blocks, const std::vector<std::string>& names, int64_t letter_zoom);

}  // namespace retort::sheet

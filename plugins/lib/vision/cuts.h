#pragma once
// Which images of a labelled set are used: the first classes, a part of each class for validation, so many of the rest.
#include <optional>

#include "core/declare.h"
#include "sdk/torch/tensor_file.h"

namespace retort::vision {

struct Cuts {
  std::optional<int64_t> per_class;  ///< training images a class, the first ones; absent: all
  int64_t val_per_class = 0;         ///< images a class cut from the end of the training images

  /// Parameters per_class and val_per_class.
  void declare(Declare& d);
};

struct Parts {
  LabelledImages train, val;  ///< in the order of the file
};

/// Keeps images of the first `classes` classes, then cuts. Throws Error(data) naming a class without images, and
/// Error(user) naming one that has fewer than asked, with both numbers; `place` says where the images come from.
Parts cut(const LabelledImages& all, int64_t classes, const Cuts& cuts, const std::string& place);

}  // namespace retort::vision

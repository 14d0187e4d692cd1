#pragma once
// From normalised floating images to what an `images` artifact holds: pixels as the codec leaves them.
#include <ATen/ATen.h>

#include <string>

#include "core/declare.h"
#include "sdk/torch/tensor_file.h"

namespace retort::recover {

/// uint8 [N,C,H,W] on the CPU. `truncate` cuts off as the published scripts do, half a level darker on average; the
/// thousandth of a level keeps a pixel that only went into normalised space and back what it was.
at::Tensor to_pixels(const at::Tensor& images, const Normalization& normalization, const std::string& quantize);

/// How images are kept; the parameters of every node that makes some.
struct Storage {
  std::string codec = "none";
  int64_t quality = 75;

  void declare(Declare& d);
  /// Writes the artifact, class by class, images of a class in the order given.
  void write(Output& output, LabelledImages images, int64_t per_class, const std::string& source) const;
};

}  // namespace retort::recover

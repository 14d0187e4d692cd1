#pragma once
// A tenth of each class kept apart: what training images are asked about when nothing else is held out. A tenth of the
// file would be the last classes alone where files lie class by class, as folders of images do.
#include <ATen/core/Tensor.h>

namespace retort::train {

struct Tenth {
  at::Tensor kept, apart;  ///< int64 indices in rising order, on the CPU
};

/// The last tenth of the images of each class, at least one image of a class that has two; the
/// last image of all if no class has. labels: int64 [N].
Tenth tenth_of_each_class(const at::Tensor& labels);

}  // namespace retort::train

#pragma once
// Many image files to one tensor of a fixed size: decoded, resized and cropped by a few threads.
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "sdk/node.h"
#include "sdk/torch/encoded_images.h"
#include "vision/class_folders.h"
#include "vision/cuts.h"
#include "vision/resize.h"

namespace retort::vision {

/// How a picture of any size becomes size × size.
struct Fit {
  int shorter = 0;  ///< the shorter side is resized to this first
  int size = 0;     ///< then the middle is cut out; black where the picture is smaller
  Filter filter = Filter::bilinear;

  Picture apply(const Picture& picture) const;
  size_t bytes() const { return size_t(3) * size_t(size) * size_t(size); }  ///< of the result
};

/// Interleaved RGB to planes: [H,W,3] → [3,H,W].
void write_planes(const Picture& picture, uint8_t* out);

struct DecodedFiles {
  at::Tensor images;  ///< uint8 [N,3,size,size]
  at::Tensor labels;  ///< int64 [N]
};

/// In the order given; the result does not depend on `threads`. Files that cannot be decoded: with `skip_damaged` each
/// is warned of and left out, else Error(data) says how many there are and names the first five with their reasons.
DecodedFiles decode_files(const FileTree& tree, const std::vector<LabelledFile>& files, const Fit& fit, int threads,
                          bool skip_damaged, Run& run);

/// The files without those that cannot be decoded, as far as `cuts` counts: the first and the last of each class. Each
/// that is left out is warned of.
std::vector<LabelledFile> without_damaged(const FileTree& tree, const std::vector<LabelledFile>& files,
                                          const Cuts& cuts, int threads, Run& run);

/// Adds the files as they are, after decoding each once to see that it can be; damaged ones as above. Returns the labels
/// of those that were added, int64 [n].
at::Tensor pack_files(const FileTree& tree, const std::vector<LabelledFile>& files, EncodedWriter& writer, int threads,
                      bool skip_damaged, Run& run);

}  // namespace retort::vision

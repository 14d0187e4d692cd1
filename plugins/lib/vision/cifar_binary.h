#pragma once
// The binary version of CIFAR-10 and CIFAR-100: records of label bytes and 3 planes of 32 × 32 pixels, without header.
// (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009;
// https://www.cs.toronto.edu/~kriz/cifar.html)
#include <filesystem>
#include <string>
#include <vector>

#include "sdk/torch/tensor_file.h"

namespace retort::vision {

struct CifarLayout {
  std::vector<std::string> train_files, test_files;
  std::string names_file;   ///< line i names label i; a last line without newline or an empty one is fine
  int64_t label_bytes = 1;  ///< before the pixels of a record
  int64_t label_at = 0;     ///< which of them is used
  int64_t classes = 10;
  int64_t train_per_class = 5000, test_per_class = 1000;  ///< official counts
};

/// All records of the train or test files of `folder`, in order. Throws Error(data) for a file that is missing, ends
/// within a record, holds a label out of range (both with the record's number, from 0) or has another number of images
/// of a class than the official one.
LabelledImages read_cifar(const std::filesystem::path& folder, const CifarLayout& layout, bool train);

}  // namespace retort::vision

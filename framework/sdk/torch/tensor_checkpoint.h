#pragma once
// Tensors as a checkpoint's blobs and back, bit for bit.
#include <map>
#include <string>

#include "sdk/torch/tensor_file.h"

namespace retort {

/// Adds one blob a tensor, and one that lists them, under names that begin with `prefix`.
void add_tensors(std::map<std::string, std::string>& blobs, const std::string& prefix, const TensorList& tensors);

/// What `add_tensors` put there, in its order, on the CPU; empty if it put nothing there.
TensorList tensors_in(const std::map<std::string, std::string>& blobs, const std::string& prefix);

}  // namespace retort

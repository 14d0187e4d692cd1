#pragma once
// Tensors in safetensors files: read and written here, nowhere else. Also the typed view of the `dataset` and `images`
// artifacts, whose layout framework/kinds/all fixes.
#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sdk/artifact.h"
#include "sdk/torch/normalization.h"

namespace retort {

using TensorList = std::vector<std::pair<std::string, at::Tensor>>;

/// In the order given, which is kept. CPU copies are written; `metadata` goes into the header. Throws Error(store).
void write_tensors(const std::filesystem::path& file, const TensorList& tensors,
                   const std::map<std::string, std::string>& metadata = {});
void write_tensors(OutputFile& file, const TensorList& tensors,
                   const std::map<std::string, std::string>& metadata = {});
/// All tensors of a file, in file order. Throws Error(data) with the file's name for a truncated or malformed one,
/// naming the tensor whose bytes are missing.
TensorList read_tensors(const std::filesystem::path& file);

/// A labelled set of images: what `dataset` and `images` artifacts hold.
struct LabelledImages {
  at::Tensor images;  ///< uint8 [N,C,H,W], or float32 in the space that `normalization` names
  at::Tensor labels;  ///< int64 [N]
  std::vector<std::string> classes;
  Normalization normalization;
  bool pixels = true;  ///< false: images are float32, already normalised

  int64_t size() const { return labels.size(0); }
  /// Normalised float32 for a network with these constants, converted from pixels.
  at::Tensor normalised(const Normalization& constants) const;
};

LabelledImages read_images(const Artifact& artifact);
/// Writes `data.safetensors` (kind dataset) or `images.safetensors` (kind images) and the meta; `more` is merged into
/// it.
void write_images(Output& output, const std::string& kind, const LabelledImages& images,
                  const Json& more = Json::object());

}  // namespace retort

#pragma once
// A data set kept as the JPEG and PNG files it came as, packed into one file: for sets that do not fit into memory
// decoded. Layout of the artifact (kind dataset):
//   images.bin          the files' bytes, back to back, in the order of the data set
//   index.safetensors   offsets, lengths (bytes into images.bin), labels, heights, widths: int64 [N] each
//   meta                as of a decoded data set (image_size: the side after fitting), and "stored": "encoded",
//                       "resize": the length of the shorter side before the middle is cut out, "interpolation"
// Decoding is plugins/lib/vision/decoding_loader.h's; most readers want plugins/lib/vision/data_set.h.
#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>
#include <vector>

#include "sdk/artifact.h"
#include "sdk/torch/tensor_file.h"

namespace retort {

/// Writes such an artifact, file by file.
class EncodedWriter {
 public:
  explicit EncodedWriter(Output& output);
  /// The bytes of a picture of this size.
  void add(std::string_view bytes, int64_t label, int64_t height, int64_t width);
  /// Writes the index and the meta; `more` is merged into it. Throws Error(store) if not all bytes could be written.
  void finish(const std::vector<std::string>& classes, int64_t image_size, const Normalization& normalization,
              const Json& more);

 private:
  Output& output_;
  OutputFile& packed_;
  std::vector<int64_t> offsets_, lengths_, labels_, heights_, widths_;
};

/// Reads one.
class EncodedImages {
 public:
  static bool is(const Artifact& artifact);
  /// Throws Error(data) if the index does not fit the file.
  explicit EncodedImages(const Artifact& artifact);
  ~EncodedImages();
  EncodedImages(const EncodedImages&) = delete;
  EncodedImages& operator=(const EncodedImages&) = delete;

  int64_t size() const { return labels_.size(0); }
  const at::Tensor& labels() const { return labels_; }    ///< int64 [N]
  const at::Tensor& heights() const { return heights_; }  ///< of the pictures as they are, int64 [N]
  const at::Tensor& widths() const { return widths_; }
  /// Whether every picture has the size of the data set: fitting leaves all as they are.
  bool uniform() const;
  const Json& meta() const { return meta_; }
  /// The bytes of file `i`. Throws Error(data). Thread-safe.
  std::string bytes(int64_t i) const;
  /// What an error calls it: "image 17 of images.bin".
  std::string name(int64_t i) const;

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
  Json meta_;
  at::Tensor offsets_, lengths_, labels_, heights_, widths_;
};

}  // namespace retort

#pragma once
// The images of a data set, however it is stored: whoever reads a `dataset` port reads it through this. Decoded images
// lie in memory; encoded ones are decoded by threads when they are asked for, and what comes out does not depend on how
// many threads there are.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/declare.h"
#include "sdk/torch/encoded_images.h"
#include "sdk/torch/tensor_file.h"

namespace retort::vision {

/// Parameter decoders of nodes that read images again and again.
void declare_decoders(Declare& d, std::optional<int64_t>& decoders);

class DataSet {
 public:
  /// A `dataset` or `images` artifact; `decoders`: threads that decode. Throws Error(data) if it has no images.
  explicit DataSet(const Artifact& artifact, std::optional<int64_t> decoders = {});
  DataSet(LabelledImages set) : set_(std::move(set)) {}  // NOLINT: images in memory are a data set

  int64_t size() const { return set_.size(); }
  int64_t image_size() const;  ///< side of the images as networks see them
  int64_t channels() const;
  const at::Tensor& labels() const { return set_.labels; }  ///< int64 [N]
  const std::vector<std::string>& classes() const { return set_.classes; }
  const Normalization& normalization() const { return set_.normalization; }

  /// Images `first` … `first + count - 1`; shares storage.
  DataSet part(int64_t first, int64_t count) const;
  /// Labels, and images that are decoded, on this device.
  DataSet to(const at::Device& device) const;

  /// The images at these CPU indices (int64 [n]), fitted to `image_size`.
  LabelledImages at(const at::Tensor& indices) const;
  /// All of them. Throws Error(user) if encoded ones would not fit into memory.
  LabelledImages all() const;
  /// Calls `use` with all images in order, `batch` at a time; encoded ones are decoded ahead.
  void each(int64_t batch, const std::function<void(const LabelledImages&)>& use) const;

  /// The files behind it; null where images are decoded. Images of a part begin at `first_encoded`.
  const EncodedImages* encoded() const { return encoded_.get(); }
  int64_t first_encoded() const { return first_; }
  int decoders() const { return decoders_; }

 private:
  LabelledImages with(at::Tensor images, at::Tensor labels) const;
  std::vector<int64_t> files(const at::Tensor& indices) const;

  LabelledImages set_;  // without images if they are encoded
  std::shared_ptr<const EncodedImages> encoded_;
  int64_t first_ = 0;
  int decoders_ = 1;
};

/// All images of an artifact in memory, for nodes that look at all of them at once.
inline LabelledImages decoded(const Artifact& artifact) { return DataSet(artifact).all(); }

}  // namespace retort::vision

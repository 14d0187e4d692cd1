#pragma once
// What the `select.*` nodes that look at every image are: some real images of each class, picked by a rule over what is
// known of all images of the class, written as pixels with their place in the data (METHODS.md 4).
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "recover/storage.h"
#include "sdk/node.h"
#include "vision/data_set.h"

namespace retort::match {

class RETORT_API Selection : public Node {
 public:
  void run(Run& run) final;

 protected:
  void declare_selection(Declare& d);  ///< ports data and images, per_class, codec

  /// Once, with all images: embeds them, or trains on them.
  virtual void prepare(Run& run, const vision::DataSet& data) = 0;
  /// `count` of the images of one class: positions in `indices` (int64, of all images of the class, in data order).
  virtual std::vector<int64_t> choose(const at::Tensor& indices, int64_t count) = 0;

 private:
  Input data_;
  Output out_;
  int64_t per_class_ = 10;
  recover::Storage storage_;
};

/// Embeddings of all images of a data set, [N,F] on the CPU, from an `encoder` or `classifier` artifact; of length one
/// if `unit`.
at::Tensor embeddings(Run& run, const Artifact& encoder, const vision::DataSet& data, bool unit);

}  // namespace retort::match

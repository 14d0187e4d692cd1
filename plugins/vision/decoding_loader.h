#pragma once
// Batches of a data set that is stored encoded, decoded by threads while the batch before is being worked on.
#include <ATen/core/Tensor.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "sdk/torch/encoded_images.h"
#include "vision/decode_files.h"

namespace retort::vision {

class DecodingLoader {
 public:
  /// Fits pictures as the data set's meta says. At most `ahead` batches are decoded and not yet taken. `set` must live
  /// longer.
  DecodingLoader(const EncodedImages& set, int threads, size_t ahead = 4);
  ~DecodingLoader();
  DecodingLoader(const DecodingLoader&) = delete;
  DecodingLoader& operator=(const DecodingLoader&) = delete;

  /// Appends a batch to what is to be decoded: image numbers, in this order. Never waits.
  void ask(std::vector<int64_t> indices);
  /// The next batch asked for: uint8 [B,3,size,size] on the CPU. Throws what decoding threw, Error(data) naming the
  /// image.
  at::Tensor next();

 private:
  struct Batch {
    std::vector<int64_t> indices;
    at::Tensor images;
    size_t taken = 0, done = 0;  ///< images handed to threads; images finished
    std::exception_ptr failure;
  };
  void work();
  Batch* open_batch();  ///< the first within reach that has images no thread has taken

  const EncodedImages& set_;
  Fit fit_;
  size_t ahead_;
  std::mutex lock_;
  std::condition_variable asked_, finished_;
  std::deque<Batch> batches_;  ///< references to elements stay valid while others come and go at the ends
  bool stop_ = false;
  std::vector<std::jthread> threads_;
};

/// All images at once, for sets that fit into memory: uint8 [N,3,size,size].
at::Tensor decode_all(const EncodedImages& set, int threads);

}  // namespace retort::vision

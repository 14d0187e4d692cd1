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

/// What is made of each picture of a batch.
struct PictureCut {
  at::Tensor boxes;       ///< int64 [B,4] (crop.h), cut out and resized; undefined: fitted as the data set's meta says
  int64_t size = 0;       ///< side of a resized box
  bool antialias = true;  ///< of a resized box
};

class DecodingLoader {
 public:
  /// At most `ahead` batches are decoded and not yet taken. `set` must live longer.
  DecodingLoader(const EncodedImages& set, int threads, size_t ahead = 4);
  ~DecodingLoader();
  DecodingLoader(const DecodingLoader&) = delete;
  DecodingLoader& operator=(const DecodingLoader&) = delete;

  /// Appends a batch to what is to be decoded: image numbers, in this order, each decoded once. Never waits.
  void ask(std::vector<int64_t> indices, std::vector<PictureCut> cuts = {PictureCut{}});
  /// The next batch asked for, a tensor a cut: uint8 [B,3,size,size] on the CPU. Throws what decoding threw,
  /// Error(data) naming the image.
  std::vector<at::Tensor> next();

 private:
  struct Batch {
    std::vector<int64_t> indices;
    std::vector<PictureCut> cuts;
    std::vector<at::Tensor> images;
    size_t taken = 0, done = 0;  ///< images handed to threads; images finished
    std::exception_ptr failure;
  };
  void work();
  Batch* open_batch();  ///< the first within reach that has images no thread has taken
  void make_room(Batch& batch) const;
  void decode(Batch& batch, size_t place) const;

  const EncodedImages& set_;
  Fit fit_;
  size_t ahead_;
  std::mutex lock_;
  std::condition_variable asked_, finished_;
  std::deque<Batch> batches_;  ///< references to elements stay valid while others come and go at the ends
  bool stop_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace retort::vision

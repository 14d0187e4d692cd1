#include "vision/decoding_loader.h"

#include <ATen/ATen.h>

#include <numeric>

#include "core/error.h"
#include "vision/decode.h"

namespace retort::vision {
namespace {

Fit fit_of(const EncodedImages& set) {
  const int size = set.meta().at("image_size");
  return {set.meta().value("resize", size), size,
          set.meta().value("interpolation", "bilinear") == "bicubic" ? Filter::bicubic : Filter::bilinear};
}

}  // namespace

DecodingLoader::DecodingLoader(const EncodedImages& set, int threads, size_t ahead)
    : set_(set), fit_(fit_of(set)), ahead_(std::max<size_t>(ahead, 1)) {
  for (int i = 0; i < std::max(threads, 1); ++i) threads_.emplace_back([this] { work(); });
}

DecodingLoader::~DecodingLoader() {
  {
    const std::lock_guard hold(lock_);
    stop_ = true;
  }
  asked_.notify_all();
}

void DecodingLoader::ask(std::vector<int64_t> indices) {
  {
    const std::lock_guard hold(lock_);
    Batch& batch = batches_.emplace_back();
    batch.indices = std::move(indices);
  }
  asked_.notify_all();
}

at::Tensor DecodingLoader::next() {
  std::unique_lock hold(lock_);
  RETORT_CHECK(!batches_.empty());
  Batch& batch = batches_.front();
  finished_.wait(hold, [&] { return batch.done == batch.indices.size(); });
  const at::Tensor images = batch.images.defined() ? batch.images : at::empty({0, 3, fit_.size, fit_.size}, at::kByte);
  const std::exception_ptr failure = batch.failure;
  batches_.pop_front();
  asked_.notify_all();  // one more batch is within reach
  if (failure) std::rethrow_exception(failure);
  return images;
}

DecodingLoader::Batch* DecodingLoader::open_batch() {
  for (size_t i = 0; i < std::min(ahead_, batches_.size()); ++i) {
    if (batches_[i].taken < batches_[i].indices.size()) return &batches_[i];
  }
  return nullptr;
}

void DecodingLoader::work() {
  std::unique_lock hold(lock_);
  for (;;) {
    Batch* batch = nullptr;
    asked_.wait(hold, [&] { return stop_ || (batch = open_batch()); });
    if (stop_) return;
    const size_t place = batch->taken++;
    const int64_t index = batch->indices[place];
    if (!batch->images.defined()) {
      batch->images = at::empty({static_cast<int64_t>(batch->indices.size()), 3, fit_.size, fit_.size}, at::kByte);
    }
    uint8_t* out = batch->images.data_ptr<uint8_t>() + place * fit_.bytes();
    hold.unlock();
    std::exception_ptr failure;
    try {
      write_planes(fit_.apply(decode_picture(set_.bytes(index), set_.name(index))), out);
    } catch (...) {
      failure = std::current_exception();
    }
    hold.lock();
    if (failure && !batch->failure) batch->failure = failure;
    if (++batch->done == batch->indices.size()) finished_.notify_all();
  }
}

at::Tensor decode_all(const EncodedImages& set, int threads) {
  DecodingLoader loader(set, threads, 1);
  std::vector<int64_t> all(static_cast<size_t>(set.size()));
  std::iota(all.begin(), all.end(), 0);
  loader.ask(std::move(all));
  return loader.next();
}

}  // namespace retort::vision

#include "vision/decoding_loader.h"

#include <ATen/ATen.h>

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

void DecodingLoader::ask(std::vector<int64_t> indices, std::vector<PictureCut> cuts) {
  {
    const std::lock_guard hold(lock_);
    Batch& batch = batches_.emplace_back();
    batch.indices = std::move(indices);
    batch.cuts = std::move(cuts);
  }
  asked_.notify_all();
}

std::vector<at::Tensor> DecodingLoader::next() {
  std::unique_lock hold(lock_);
  RETORT_CHECK(!batches_.empty());
  Batch& batch = batches_.front();
  finished_.wait(hold, [&] { return batch.done == batch.indices.size(); });
  make_room(batch);  // an empty one
  const std::vector<at::Tensor> images = std::move(batch.images);
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

void DecodingLoader::make_room(Batch& batch) const {
  if (!batch.images.empty()) return;
  const auto count = static_cast<int64_t>(batch.indices.size());
  for (const PictureCut& cut : batch.cuts) {
    const int64_t size = cut.boxes.defined() ? cut.size : fit_.size;
    batch.images.push_back(at::empty({count, 3, size, size}, at::kByte));
  }
}

void DecodingLoader::decode(Batch& batch, size_t place) const {
  const int64_t index = batch.indices[place];
  const Picture picture = decode_picture(set_.bytes(index), set_.name(index));
  for (size_t i = 0; i < batch.cuts.size(); ++i) {
    const PictureCut& cut = batch.cuts[i];
    uint8_t* out = batch.images[i].data_ptr<uint8_t>() + place * static_cast<size_t>(batch.images[i].stride(0));
    if (!cut.boxes.defined()) {
      write_planes(fit_.apply(picture), out);
      continue;
    }
    const int64_t* box = cut.boxes.const_data_ptr<int64_t>() + 4 * place;
    const auto side = [&](int k) { return static_cast<int>(box[k]); };
    const auto size = static_cast<int>(cut.size);
    write_planes(
        resize(cut_out(picture, side(0), side(1), side(2), side(3)), size, size, Filter::bilinear, cut.antialias), out);
  }
}

void DecodingLoader::work() {
  std::unique_lock hold(lock_);
  for (;;) {
    Batch* batch = nullptr;
    asked_.wait(hold, [&] { return stop_ || (batch = open_batch()); });
    if (stop_) return;
    const size_t place = batch->taken++;
    make_room(*batch);
    hold.unlock();
    std::exception_ptr failure;
    try {
      decode(*batch, place);
    } catch (...) {
      failure = std::current_exception();
    }
    hold.lock();
    if (failure && !batch->failure) batch->failure = failure;
    if (++batch->done == batch->indices.size()) finished_.notify_all();
  }
}

}  // namespace retort::vision

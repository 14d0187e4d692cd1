#include "batches.h"

#include <algorithm>
#include <utility>

namespace retort::recover {

std::vector<Batch> lay_out(const std::string& layout, int64_t classes, int64_t per_class, int64_t size,
                           at::Generator generator) {
  std::vector<std::pair<int64_t, int64_t>> images;  // label, ordinal
  std::vector<size_t> begins;
  if (layout == "one_image_a_class") {
    for (int64_t ordinal = 0; ordinal < per_class; ++ordinal) {
      for (int64_t label = 0; label < classes; ++label) {
        if (label % size == 0) begins.push_back(images.size());
        images.emplace_back(label, ordinal);
      }
    }
  } else {
    for (int64_t label = 0; label < classes; ++label)
      for (int64_t ordinal = 0; ordinal < per_class; ++ordinal) images.emplace_back(label, ordinal);
    for (size_t i = 0; i < images.size(); i += static_cast<size_t>(size)) begins.push_back(i);
  }
  if (layout == "mixed") {
    const auto order =
        at::randperm(static_cast<int64_t>(images.size()), generator, at::TensorOptions().dtype(at::kLong));
    const auto sorted = images;
    for (size_t i = 0; i < images.size(); ++i) images[i] = sorted[static_cast<size_t>(order.data_ptr<int64_t>()[i])];
  }
  begins.push_back(images.size());
  std::vector<Batch> batches;
  for (size_t b = 0; b + 1 < begins.size(); ++b) {
    Batch batch;
    for (size_t i = begins[b]; i < begins[b + 1]; ++i) {
      batch.labels.push_back(images[i].first);
      batch.ordinals.push_back(images[i].second);
    }
    batches.push_back(std::move(batch));
  }
  std::stable_sort(batches.begin(), batches.end(),
                   [](const Batch& a, const Batch& b) { return a.labels.size() > b.labels.size(); });
  return batches;
}

std::vector<Chunk> chunks_of(const std::vector<Batch>& batches, int64_t groups_at_once) {
  std::vector<Chunk> chunks;
  for (size_t i = 0; i < batches.size(); ++i) {
    const bool joins = !chunks.empty() && chunks.back().groups < groups_at_once &&
                       batches[i].labels.size() == batches[i - 1].labels.size();
    if (joins)
      ++chunks.back().groups;
    else
      chunks.push_back({static_cast<int64_t>(i), 1});
  }
  return chunks;
}

}  // namespace retort::recover

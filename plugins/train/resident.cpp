#include "train/resident.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/error.h"
#include "train/batches.h"
#include "vision/draw.h"

namespace retort::train {

at::Device device_of(const Run& run) { return at::Device(run.device() == "cuda" ? at::kCUDA : at::kCPU); }

Resident::Resident(const Artifact& dataset, const Run& run) : data_(read_images(dataset)) {
  if (data_.size() == 0) throw Error(ErrorKind::data, "the data set has no images");
  data_.images = data_.images.to(device_of(run));
  data_.labels = data_.labels.to(device_of(run));
}

at::Tensor Resident::views(const at::Tensor& indices, const vision::Augmentation& augmentation, uint64_t seed) const {
  return views(indices, augmentation, seed, data_.normalization);
}

at::Tensor Resident::views(const at::Tensor& indices, const vision::Augmentation& augmentation, uint64_t seed,
                           const Normalization& constants) const {
  const at::NoGradGuard no_grad;
  auto random = vision::make_generator(seed);
  return constants.apply(augmentation.apply(rows(data_.images, indices), random));
}

at::Tensor Resident::labels(const at::Tensor& indices) const { return rows(data_.labels, indices); }

}  // namespace retort::train

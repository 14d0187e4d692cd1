#pragma once
// Plain training of a student on a few images: the inner loops of DC and CAFE, and the experts of MTT. SGD at a
// constant rate on batches that are shuffled each epoch, augmented per image.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "match/dsa.h"
#include "match/student.h"
#include "train/optimizer.h"

namespace retort::match {

/// The images to learn from, gathered batch by batch.
struct TrainingSet {
  int64_t count = 0;
  std::function<at::Tensor(const at::Tensor& indices)>
      images;  ///< int64 [b] on the CPU → float [b,C,H,W] on the device
  std::function<at::Tensor(const at::Tensor& indices)> labels;  ///< int64 [b] on the device
};

/// All of these images, which are on the device; no gradient goes to them.
TrainingSet training_set(const at::Tensor& images, const at::Tensor& labels);

class Training {
 public:
  /// Momentum lives as long as this object. `stream(epoch)` seeds the order and the augmentation of an epoch.
  Training(Student& student, TrainingSet set, int64_t batch, double momentum, double weight_decay, const Dsa& augment,
           std::function<uint64_t(const char* purpose, int64_t epoch)> stream);
  /// Mean loss of the epoch.
  double epoch(int64_t epoch, double lr);

 private:
  Student& student_;
  TrainingSet set_;
  int64_t batch_;
  const Dsa& augment_;
  std::function<uint64_t(const char*, int64_t)> stream_;
  std::unique_ptr<train::Optimizer> optimizer_;
};

/// Share of these images the student gets right, 0..1.
double share_correct(const Student& student, const at::Tensor& images, const at::Tensor& labels);

}  // namespace retort::match

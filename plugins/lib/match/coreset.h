#pragma once
// Which real images stand for a class (METHODS.md 4). Plain functions of embeddings or counts of one class; ties go to
// the earlier image.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace retort::match {

/// Herding: image k is the one that brings the mean of the chosen embeddings closest to the mean of all. [N,F] → k
/// indices.
std::vector<int64_t> herding(const at::Tensor& features, int64_t count);
/// Farthest-first traversal: first the image nearest to the mean, or `first` if it is not negative; then the one
/// farthest from all chosen.
std::vector<int64_t> k_center(const at::Tensor& features, int64_t count, int64_t first = -1);
/// The most often forgotten. `never_learned` images count as more than any number, as in the original definition,
/// unless it is undefined.
std::vector<int64_t> most_forgotten(const at::Tensor& events, const at::Tensor& never_learned, int64_t count);

/// Counts how often an image that was right is wrong when it is looked at again.
class ForgettingCounts {
 public:
  explicit ForgettingCounts(int64_t images);
  /// indices: int64 [b]; correct: bool [b]; on any device.
  void see(const at::Tensor& indices, const at::Tensor& correct);
  const at::Tensor& events() const { return events_; }  ///< int64 [images], on the CPU
  at::Tensor never_learned() const;                     ///< bool [images]: never seen right
  /// The live state, for a checkpoint.
  std::vector<at::Tensor> state() const { return {events_, right_, learned_}; }

 private:
  at::Tensor events_, right_, learned_;
};

}  // namespace retort::match

#pragma once
// Two terms of the objective at a given ratio of their gradients' norms, whatever the scale of either: image sources
// become comparable across teachers whose losses have other scales (METHODS.md 2.8).
#include <ATen/ATen.h>

#include <string>
#include <vector>

namespace retort::recover {

/// The objective of a step, [groups] each: the two balanced terms, undefined if no teacher of theirs was asked, and the
/// weighted sum of all others.
struct BalancedParts {
  at::Tensor first;   ///< times its weight
  at::Tensor second;  ///< without a weight
  at::Tensor rest;
};

class Balance {
 public:
  static constexpr size_t kNone = 2;

  /// Indices of two losses; in each group ‖∇ second‖ = `ratio` ‖∇ first‖.
  Balance(std::vector<int64_t> terms, double ratio) : terms_(std::move(terms)), ratio_(ratio) {}

  /// 0, 1, or kNone.
  size_t role_of(size_t loss) const;

  /// Throws Error(user) if it does not name two different losses of these names, both with a weight.
  void check(const std::vector<std::string>& names, const std::vector<double>& weights) const;

  struct Step {
    at::Tensor value;   ///< [groups], no gradient
    at::Tensor weight;  ///< of the second term, [groups]
  };

  /// Puts the gradient of the whole objective into canvas.grad. Throws Error(user) if in the first iteration a term has
  /// no gradient, which no weight could bring to a ratio.
  Step descend(const at::Tensor& canvas, const BalancedParts& parts, int64_t iteration, int64_t first_batch,
               const std::vector<std::string>& names) const;

 private:
  /// Takes it out of canvas.grad.
  static at::Tensor gradient_of(const at::Tensor& values, const at::Tensor& canvas, bool keep);

  void check_size(const at::Tensor& sizes, size_t role, int64_t first_batch,
                  const std::vector<std::string>& names) const;

  static std::string place_of(int64_t term, const std::vector<std::string>& names);

  std::vector<int64_t> terms_;
  double ratio_;
};

}  // namespace retort::recover

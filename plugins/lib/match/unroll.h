#pragma once
// Differentiating through training (METHODS.md 3.5, 3.6). Both ways take the same description of an inner step and the
// same distance between the trained student and an expert; they differ in what they keep.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace retort::match {

using Parameters = std::vector<at::Tensor>;
/// Loss of inner step n at these parameters, differentiable in them and in the images. Asked again for the same n it
/// draws the same batch and augmentation.
using InnerLoss = std::function<at::Tensor(const Parameters& parameters, int64_t step)>;
/// How far the trained parameters are from the goal: a scalar.
using Distance = std::function<at::Tensor(const Parameters& parameters)>;

/// MTT: θ_n = θ_{n-1} - lr ∂loss_n/∂θ for `steps` steps from `start`, with the graph of all steps. `lr` is a scalar
/// tensor; both it and the images get their full gradient when a function of the result is differentiated. Memory grows
/// with steps.
Parameters unroll(const InnerLoss& loss, const Parameters& start, const at::Tensor& lr, int64_t steps);

/// TESLA: gradients of the distance after the same steps, without that graph. Adds to `.grad` of `images` what goes
/// directly through each step's gradient, every θ_{n-1} taken as a constant, and of `lr` the exact derivative under
/// that view:
///   images: Σ_n ∂/∂X ⟨-lr·v, ∂loss_n/∂θ(X, θ_{n-1})⟩,   lr: -⟨v, Σ_n ∂loss_n/∂θ⟩,   v = ∂distance/∂θ_N.
/// For the normalised squared distance this is the paper's formula. The steps run twice, so that neither graphs nor θ_n
/// of more than one step are kept. Returns the distance.
double direct_gradients(const InnerLoss& loss, const Distance& distance, const Parameters& start, const at::Tensor& lr,
                        int64_t steps, const at::Tensor& images);

}  // namespace retort::match

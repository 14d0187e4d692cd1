#pragma once
// Random numbers of augmentations. All are drawn on the CPU, so that a run on any device sees the same views, and each
// image takes a fixed number of draws, so that what one image got never shifts what the next one gets.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace retort::vision {

/// A CPU generator for one stream: `make_generator(run.stream("augment", epoch, step))`.
at::Generator make_generator(uint64_t seed);

/// [count] float32 of U(low, high), on the CPU.
at::Tensor draw_uniform(int64_t count, double low, double high, at::Generator& random);
/// [count] bool, true with this probability, on the CPU.
at::Tensor draw_coins(int64_t count, double probability, at::Generator& random);
/// One number of U(0, 1).
double draw_one(at::Generator& random);
/// One number of Beta(a, a), as a ratio of two Gamma draws; a = 1 is uniform. a > 0.
double draw_beta(double a, at::Generator& random);
/// int64 [count], a random permutation, on the CPU.
at::Tensor draw_permutation(int64_t count, at::Generator& random);
/// int64 [count], a random order of a class's images. It depends on nothing but the seed and the class: whatever starts
/// from real images starts from those that `select.random` picks, so that doing nothing to them is the baseline itself.
at::Tensor draw_class_order(uint64_t seed, int64_t label, int64_t count);

}  // namespace retort::vision

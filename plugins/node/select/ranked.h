#pragma once
// Which of a class's candidates are taken, by how sure the teacher is of them: RDED takes the easiest; DELT, CV-DD and
// FADRM begin in the middle (METHODS.md 2.8).
#include <ATen/ATen.h>

#include <string>

namespace retort::select {

/// Positions of `count` of the candidates whose losses are [n], count ≤ n: easy (lowest loss first), hard, random, or
/// medium: by rising probability of the true class, ⌈n/2⌉ first, then one above, one below, two above, …
at::Tensor ranked(const at::Tensor& losses, int64_t count, const std::string& rank, at::Generator& random);

}  // namespace retort::select

#pragma once
// Whether a trained student's answers say anything: those that nearly always name one class, and those that are right
// no more often than a guess, make a row of a table that looks like a result and is none.
#include <ATen/ATen.h>

#include <string>

namespace retort::evaluate {

/// exp of the entropy of the shares of `classes` classes among `labels` (int64 [N]): 1 for one class, their number for
/// equal shares.
double effective_classes(const at::Tensor& labels, int64_t classes);

/// What is wrong with the answers to the test images, in words; empty if nothing is. logits [N,K] and labels int64 [N]
/// on the CPU. Fewer than 20 test images decide nothing.
std::string doubt_about(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace retort::evaluate

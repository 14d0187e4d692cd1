#pragma once
// The number that SC-DD's released test loop prints as its best (VILA-Lab/SRe2L, SCDD, train_kd_cifar.py; specs of the
// paper do not say which number its tables hold): it compares with the best so far inside the loop over test batches,
// with the share of right answers among the images seen until then.
#include <ATen/ATen.h>

namespace retort::evaluate {

/// Largest share of right answers among the first `batch`, 2·`batch`, … and all test images in their order, in percent.
/// logits [N,K], labels int64 [N], both on the CPU.
double prefix_best(const at::Tensor& logits, const at::Tensor& labels, int64_t batch = 64);

}  // namespace retort::evaluate

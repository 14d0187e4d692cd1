#include "train/precision.h"

#include <ATen/autocast_mode.h>

namespace retort::train {
namespace {

at::DeviceType device(bool cuda) { return cuda ? at::kCUDA : at::kCPU; }

}  // namespace

Precision::Precision(const Run& run) : cuda_(run.device() == "cuda"), on_(run.precision() == "bfloat16") {
  if (!on_) return;
  at::autocast::set_autocast_dtype(device(cuda_), at::kBFloat16);
  at::autocast::set_autocast_enabled(device(cuda_), true);
}

Precision::~Precision() {
  if (!on_) return;
  at::autocast::set_autocast_enabled(device(cuda_), false);
  at::autocast::clear_cache();
}

}  // namespace retort::train

#pragma once
// What a run computes forward passes in.
#include "sdk/node.h"

namespace retort::train {

/// While it lives, forward passes run in bfloat16 where ATen's rules allow it (autocast), if the run asks for it.
class Precision {
 public:
  explicit Precision(const Run& run);
  ~Precision();
  Precision(const Precision&) = delete;
  Precision& operator=(const Precision&) = delete;

 private:
  bool cuda_, on_;
};

}  // namespace retort::train

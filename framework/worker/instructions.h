#pragma once
#include <string>

namespace retort {

/// The vector instructions that this process computes with, for a record's `instructions`: what libtorch says that it
/// chose, if a plugin brought it, else the widest of the processor; then each variable of the environment by which
/// somebody told its libraries otherwise. "avx512", "avx2", "avx2; ONEDNN_MAX_CPU_ISA=AVX2".
std::string instructions();

}  // namespace retort

#pragma once
// What a binary was built with. Two binaries work together only if it is equal: the worker compares it before any other
// code of a plugin runs, the catalog before it offers the plugin.

namespace retort {

/// Raised when a plugin compiled against older headers could behave differently. Enters every key.
inline constexpr int kSdkVersion = 1;

#define RETORT_STRINGIFY_(x) #x
#define RETORT_STRINGIFY(x) RETORT_STRINGIFY_(x)
#ifndef RETORT_TORCH_VERSION
#define RETORT_TORCH_VERSION "none"
#endif

/// SDK, compiler, string ABI and libtorch of this binary.
inline constexpr const char* build_string() {
  return "sdk 1; gcc " RETORT_STRINGIFY(__GNUC__) "; cxx11abi " RETORT_STRINGIFY(
      _GLIBCXX_USE_CXX11_ABI) "; torch " RETORT_TORCH_VERSION;
}

}  // namespace retort

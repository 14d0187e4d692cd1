#pragma once
// What a binary was built with. Two binaries work together only if it is equal: the worker compares it before any other
// code of a plugin runs, the catalog before it offers the plugin.

namespace retort {

/// Raised when a plugin compiled against older headers does not fit any more: what it and the engine hand each other
/// has another layout or order of virtual functions. Such a plugin is refused until it is built again. In no key.
#define RETORT_SDK_ABI 3

/// Raised when what stands below framework/ may change what plugins compute. Enters every key.
inline constexpr int kSdkResults = 2;

#define RETORT_STRINGIFY_(x) #x
#define RETORT_STRINGIFY(x) RETORT_STRINGIFY_(x)
#ifndef RETORT_TORCH_VERSION
#define RETORT_TORCH_VERSION "none"
#endif

/// SDK, compiler, string ABI and libtorch of this binary.
inline constexpr const char* build_string() {
  return "sdk " RETORT_STRINGIFY(RETORT_SDK_ABI) "; gcc " RETORT_STRINGIFY(__GNUC__) "; cxx11abi " RETORT_STRINGIFY(
      _GLIBCXX_USE_CXX11_ABI) "; torch " RETORT_TORCH_VERSION;
}

}  // namespace retort

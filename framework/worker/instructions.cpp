#include "worker/instructions.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "worker/library.h"

namespace retort {
namespace {

std::string widest_of_processor() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) return "avx512";
  if (__builtin_cpu_supports("avx2")) return "avx2";
  if (__builtin_cpu_supports("avx")) return "avx";
  return "sse2";
#else
  return "unknown";
#endif
}

/// oneDNN and MKL, which lie inside libtorch, choose on their own and cannot be asked. ATen's own variable is not
/// among them: what came of it is what libtorch says.
constexpr const char* kChoices[] = {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR"};

}  // namespace

std::string instructions() {
  std::string text = torch_cpu_capability();
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  if (text.empty()) return widest_of_processor();
  for (const char* name : kChoices)
    if (const char* value = std::getenv(name); value && *value) text += std::string("; ") + name + "=" + value;
  return text;
}

}  // namespace retort

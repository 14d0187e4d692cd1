#include "worker/failure.h"

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <new>
#include <typeinfo>

#include "core/file_trouble.h"

namespace retort {
namespace {

bool has_one_of(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string::npos; });
}

/// Words of libtorch 2.x, CUDA 11 to 13, cuBLAS and cuDNN. The order matters: "CUDA error: out of memory" is no fault.
ErrorKind kind_in_words(const std::string& text) {
  if (has_one_of(text, {"DefaultCPUAllocator", "std::bad_alloc", "Cannot allocate memory"})) return ErrorKind::memory;
  if (has_one_of(text, {"CUDA out of memory", "HIP out of memory", "CUDA error: out of memory",
                        "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED"}))
    return ErrorKind::device_memory;
  if (has_one_of(text, {"CUDA error", "HIP error", "CUDA driver error", "CUBLAS_STATUS_EXECUTION_FAILED",
                        "CUDNN_STATUS_EXECUTION_FAILED", "device-side assert"}))
    return ErrorKind::device;
  return ErrorKind::internal;
}

}  // namespace

ErrorKind kind_of(const std::exception& error) {
  if (const auto* ours = dynamic_cast<const Error*>(&error)) return ours->kind();
  if (dynamic_cast<const std::bad_alloc*>(&error)) return ErrorKind::memory;
  if (dynamic_cast<const std::filesystem::filesystem_error*>(&error)) return ErrorKind::store;
  // libtorch's type, by its name.
  if (std::string(typeid(error).name()).find("OutOfMemoryError") != std::string::npos) return ErrorKind::device_memory;
  return kind_in_words(error.what());
}

std::string text_of(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error)) return "host memory ran out";
  if (const auto* files = dynamic_cast<const std::filesystem::filesystem_error*>(&error)) return file_trouble(*files);
  std::string text = error.what();
  if (const auto at = text.find("\nException raised from"); at != std::string::npos) text.resize(at);
  return text;
}

}  // namespace retort

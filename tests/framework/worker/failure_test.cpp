#include "worker/failure.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <new>
#include <stdexcept>

namespace c10 {
/// Named as libtorch names its own.
struct OutOfMemoryError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
}  // namespace c10

namespace retort {
namespace {

ErrorKind kind_of_words(const std::string& text) { return kind_of(std::runtime_error(text)); }

TEST(Failure, OfAnErrorIsItsOwnKind) {
  EXPECT_EQ(kind_of(Error(ErrorKind::not_a_number, "the loss is nan")), ErrorKind::not_a_number);
  EXPECT_EQ(kind_of(Error(ErrorKind::data, "CUDA error: in the name of a file")), ErrorKind::data);
}

TEST(Failure, OfMemoryIsKnownByTypeAndByWords) {
  EXPECT_EQ(kind_of(std::bad_alloc()), ErrorKind::memory);
  EXPECT_EQ(text_of(std::bad_alloc()), "host memory ran out");
  EXPECT_EQ(
      kind_of_words("[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you "
                    "tried to allocate 4000000000000 bytes. Error code 12 (Cannot allocate memory)"),
      ErrorKind::memory);
  EXPECT_EQ(kind_of(c10::OutOfMemoryError("Allocation on device 0 would exceed allowed memory")),
            ErrorKind::device_memory);
  EXPECT_EQ(kind_of_words("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.11 GiB"),
            ErrorKind::device_memory);
  EXPECT_EQ(kind_of_words("CUDA error: out of memory"), ErrorKind::device_memory);
  EXPECT_EQ(kind_of_words("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
            ErrorKind::device_memory);
}

TEST(Failure, OfTheDeviceIsKnownByWords) {
  EXPECT_EQ(kind_of_words("CUDA error: an illegal memory access was encountered"), ErrorKind::device);
  EXPECT_EQ(kind_of_words("CUDA error: device-side assert triggered"), ErrorKind::device);
  EXPECT_EQ(kind_of_words("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), ErrorKind::device);
}

TEST(Failure, OfFilesIsTheStoresAndTheRestInternal) {
  EXPECT_EQ(kind_of(std::filesystem::filesystem_error("cannot", std::error_code())), ErrorKind::store);
  EXPECT_EQ(kind_of_words("The size of tensor a (3) must match the size of tensor b (4)"), ErrorKind::internal);
}

TEST(Failure, LeavesOutTheFramesOfLibtorch) {
  EXPECT_EQ(text_of(std::runtime_error("wrong shape\nException raised from f at x.cpp:1\nframe #0")), "wrong shape");
}

}  // namespace
}  // namespace retort

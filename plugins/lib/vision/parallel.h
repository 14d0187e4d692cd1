#pragma once
// Work on many items by a few threads where each item is independent: decoding, encoding. For tensors use libtorch's
// own threads.
#include <cstddef>
#include <functional>

namespace retort::vision {

/// Calls work(0) … work(count - 1), each once, on `threads` threads. The first exception stops the rest and is thrown
/// here.
void in_parallel(size_t count, int threads, const std::function<void(size_t)>& work);

}  // namespace retort::vision

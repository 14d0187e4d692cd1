#pragma once
// Memory that only a kernel may touch: every block is a mapping of its own without access rights, but while it is open.
#include <cstddef>

namespace retort::device {

/// A block of at least `bytes` that no one may read or write; null for 0. Throws std::bad_alloc.
void* take_block(size_t bytes);
void give_back_block(void* block);

/// The block that holds `address`; null if none does.
void* block_of(const void* address);

/// While one lives, its block can be read and written. Any number may be open at once, in any threads.
class Opened {
 public:
  explicit Opened(const void* address);
  ~Opened();
  Opened(Opened&& other) noexcept : block_(other.block_) { other.block_ = nullptr; }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

 private:
  void* block_;
};

}  // namespace retort::device

#include "whole/device/guarded_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>
#include <new>

namespace retort::device {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kMostKept = size_t{256} << 20;  // bytes: networks of many sizes would leave gigabytes behind

struct Block {
  size_t bytes;
  int open = 0;
};

struct Blocks {
  std::mutex mutex;
  std::map<uintptr_t, Block> all;             // by address
  std::multimap<size_t, uintptr_t> returned;  // closed, to be used again
  size_t kept = 0;                            // bytes of these
};

Blocks& blocks() {
  static auto* const leaked = new Blocks;  // tensors of other libraries outlive static objects of this one
  return *leaked;
}

void protect(uintptr_t block, size_t bytes, int rights) {
  if (::mprotect(reinterpret_cast<void*>(block), bytes, rights) != 0) throw std::bad_alloc();
}

}  // namespace

void* take_block(size_t bytes) {
  if (bytes == 0) return nullptr;
  const size_t size = (bytes + kPage - 1) / kPage * kPage + kPage;  // kernels may load whole vectors past the end
  auto& [mutex, all, returned, kept] = blocks();
  const std::lock_guard lock(mutex);
  if (const auto old = returned.find(size); old != returned.end()) {
    const uintptr_t block = old->second;
    returned.erase(old);
    kept -= size;
    all[block] = {size};
    return reinterpret_cast<void*>(block);
  }
  void* made = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (made == MAP_FAILED) throw std::bad_alloc();
  all[reinterpret_cast<uintptr_t>(made)] = {size};
  return made;
}

void give_back_block(void* block) {
  if (!block) return;
  auto& [mutex, all, returned, kept] = blocks();
  const std::lock_guard lock(mutex);
  const auto found = all.find(reinterpret_cast<uintptr_t>(block));
  const auto [address, about] = *found;
  all.erase(found);
  if (kept + about.bytes > kMostKept) {
    ::munmap(reinterpret_cast<void*>(address), about.bytes);
    return;
  }
  if (about.open > 0) protect(address, about.bytes, PROT_NONE);
  returned.emplace(about.bytes, address);
  kept += about.bytes;
}

void* block_of(const void* address) {
  auto& [mutex, all, returned, kept] = blocks();
  const std::lock_guard lock(mutex);
  auto next = all.upper_bound(reinterpret_cast<uintptr_t>(address));
  if (next == all.begin()) return nullptr;
  const auto& [start, block] = *std::prev(next);
  return reinterpret_cast<uintptr_t>(address) < start + block.bytes ? reinterpret_cast<void*>(start) : nullptr;
}

Opened::Opened(const void* address) : block_(block_of(address)) {
  if (!block_) return;
  auto& [mutex, all, returned, kept] = blocks();
  const std::lock_guard lock(mutex);
  Block& block = all.at(reinterpret_cast<uintptr_t>(block_));
  if (block.open++ == 0) protect(reinterpret_cast<uintptr_t>(block_), block.bytes, PROT_READ | PROT_WRITE);
}

Opened::~Opened() {
  if (!block_) return;
  auto& [mutex, all, returned, kept] = blocks();
  const std::lock_guard lock(mutex);
  const auto found = all.find(reinterpret_cast<uintptr_t>(block_));
  if (found != all.end() && --found->second.open == 0) protect(found->first, found->second.bytes, PROT_NONE);
}

}  // namespace retort::device

#pragma once

// Replaces the allocation functions of the program that includes it, to count the allocated memory
// and to simulate running out of memory.

#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> held{0};
std::atomic<long> until_failure{-1};  ///< negative: allocations do not fail
std::atomic<bool> exhausted{false};   ///< every allocation fails
std::atomic<long> failures{0};        ///< allocations that failed

void* take(std::size_t size, std::size_t alignment) {
  if (exhausted) {
    ++failures;
    throw std::bad_alloc();
  }
  if (until_failure >= 0 && until_failure-- == 0) throw std::bad_alloc();
  void* const memory =
      std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (!memory) throw std::bad_alloc();
  held += malloc_usable_size(memory);
  return memory;
}

void give(void* memory) noexcept {
  if (memory) held -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return take(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return take(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { give(memory); }
void operator delete(void* memory, std::size_t) noexcept { give(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give(memory); }

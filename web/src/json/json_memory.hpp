#pragma once

#include <boost/json/memory_resource.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <new>
#include <vector>

namespace aldis::web::detail {

/// Thrown when a document needs more memory than its limit.
struct json_too_large : std::bad_alloc {};

/// Memory for the values of one large document. Values are adjacent in large blocks, which saves
/// the thirty bytes or more that separate allocations would cost each, and they are freed together.
/// After seal(), memory comes from the heap, so that a document can be modified without limit.
///
/// Threads: one until seal(), then any, like the default resource of Boost.JSON.
/// Exceptions: json_too_large beyond the limit.
class document_memory final : public boost::json::memory_resource {
 public:
  /// Sets `self` to this object, because a storage_ptr gives access to a wrapper only.
  document_memory(document_memory*& self, std::size_t limit) noexcept
      : total_left_(limit), block_size_(std::clamp(limit / 16, smallest_size, largest_size)) {
    self = this;
  }
  document_memory(const document_memory&) = delete;
  document_memory& operator=(const document_memory&) = delete;

  void seal() {
    sealed_ = true;
    std::sort(blocks_.begin(), blocks_.end(), [](const block& a, const block& b) {
      return std::less<>()(a.begin.get(), b.begin.get());
    });
  }

 private:
  static constexpr std::size_t smallest_size = 4096;
  static constexpr std::size_t largest_size = std::size_t{1024} * 1024;

  struct block {
    std::unique_ptr<std::byte[]> begin;
    std::size_t size;
  };

  void* do_allocate(std::size_t size, std::size_t alignment) override {
    if (sealed_) return ::operator new(size);
    if (void* const there = std::align(alignment, size, next_, left_)) return taken(there, size);
    // A large value gets a separate block; the current block stays in use.
    if (size > block_size_ / 4) return add_block(size);
    next_ = add_block(block_size_);
    left_ = block_size_;
    return taken(std::align(alignment, size, next_, left_), size);
  }

  void* add_block(std::size_t size) {
    if (size > total_left_) throw json_too_large();
    blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
    total_left_ -= size;
    return blocks_.back().begin.get();
  }

  void* taken(void* there, std::size_t size) noexcept {
    next_ = static_cast<std::byte*>(there) + size;
    left_ -= size;
    return there;
  }

  void do_deallocate(void* memory, std::size_t, std::size_t) override {
    if (sealed_ && !owns(memory)) ::operator delete(memory);
  }

  bool do_is_equal(const boost::json::memory_resource& other) const noexcept override {
    return this == &other;
  }

  bool owns(const void* memory) const noexcept {
    const auto behind = std::upper_bound(
        blocks_.begin(), blocks_.end(), memory,
        [](const void* a, const block& b) { return std::less<>()(a, b.begin.get()); });
    if (behind == blocks_.begin()) return false;
    const block& found = *std::prev(behind);
    return std::less<>()(memory, static_cast<const void*>(found.begin.get() + found.size));
  }

  std::vector<block> blocks_;
  void* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t total_left_;
  std::size_t block_size_;
  bool sealed_ = false;
};

}  // namespace aldis::web::detail

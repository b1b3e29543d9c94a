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

/// A document needs more memory than it may have.
struct json_too_large : std::bad_alloc {};

/// Memory for the values of one large document: side by side in large blocks, without the thirty
/// bytes and more that each would take by itself, and given back at once. What is allocated after
/// seal() comes from the heap, so that a document may be changed for as long as one likes.
///
/// Exceptions: json_too_large beyond `most`.
///
/// Threads: one until seal(), then any, as boost::json's default resource.
class document_memory final : public boost::json::memory_resource {
 public:
  /// `self` is set to it: a storage_ptr shows only what it wraps around it.
  document_memory(document_memory*& self, std::size_t most) noexcept
      : left_of_all_(most), usual_size_(std::clamp(most / 16, smallest_size, largest_size)) {
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
    // Behind a large one the block before goes on.
    if (size > usual_size_ / 4) return add_block(size);
    next_ = add_block(usual_size_);
    left_ = usual_size_;
    return taken(std::align(alignment, size, next_, left_), size);
  }

  void* add_block(std::size_t size) {
    if (size > left_of_all_) throw json_too_large();
    blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
    left_of_all_ -= size;
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
  std::size_t left_of_all_;
  std::size_t usual_size_;
  bool sealed_ = false;
};

}  // namespace aldis::web::detail

#pragma once

// Counting memory, before it is allocated.

#include <aldis/templates/dict.hpp>
#include <aldis/templates/render_context.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace aldis::templates::detail {

/// This thread's current render, or null.
render_context* current_render() noexcept;

/// Counts memory of this thread's current render, if there is one.
inline void count_bytes_made(std::uint64_t bytes) {
  if (render_context* const now = current_render()) now->count_memory(bytes);
}

/// Counts the memory of an error, which is copied until it is caught and may quote long text.
inline void count_message(std::string_view message) {
  constexpr std::size_t is_long = 1000;
  if (message.size() > is_long) count_bytes_made(6 * message.size());
}
inline void release_bytes_made(std::uint64_t bytes) noexcept {
  if (render_context* const now = current_render()) now->release_memory(bytes);
}

/// An allocator's overhead for a block.
constexpr std::size_t block_overhead = 8;

/// Counts memory during its lifetime.
class scratch_memory {
 public:
  scratch_memory(render_context& context, std::uint64_t bytes) : context_(context), bytes_(bytes) {
    context.count_memory(bytes);
  }
  scratch_memory(const scratch_memory&) = delete;
  scratch_memory& operator=(const scratch_memory&) = delete;
  ~scratch_memory() { context_.release_memory(bytes_); }

 private:
  render_context& context_;
  std::uint64_t bytes_;
};

/// Reserves and counts room for `more` elements at the end of a string or vector.
template <class Buffer>
void make_room(Buffer& buffer, std::size_t more, render_context& context) {
  constexpr std::size_t each = sizeof(typename Buffer::value_type);
  const std::size_t before = buffer.capacity();
  if (more <= before - buffer.size()) return;
  const std::size_t wanted = std::max(buffer.size() + more, 2 * before);
  // While the content is moved, both blocks exist.
  context.count_memory(wanted * each + block_overhead);
  buffer.reserve(wanted);
  context.release_memory(before * each);
}

/// As above, for this thread's current render, if there is one.
template <class Buffer>
void make_room(Buffer& buffer, std::size_t more) {
  if (render_context* const now = current_render()) make_room(buffer, more, *now);
}

template <class Items, class Item>
void append(Items& items, Item item, render_context& context) {
  make_room(items, 1, context);
  items.push_back(std::move(item));
}

/// The memory that a new key adds to a dict: to its entries and its index, which grow by doubling.
constexpr std::size_t new_key_bytes = 136;
/// The memory of a copy of the dict.
constexpr std::size_t copied_key_bytes = sizeof(dict::entry) + 6 * sizeof(std::uint32_t);

inline void set_entry(dict& entries, const value& key, const value& mapped,
                      render_context& context) {
  const std::size_t before = entries.size();
  entries[key] = mapped;
  if (entries.size() > before) context.count_memory(new_key_bytes);
}

}  // namespace aldis::templates::detail

#pragma once

// Memory is counted before it is taken, by whoever takes it.

#include <aldis/templates/dict.hpp>
#include <aldis/templates/render_context.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace aldis::templates::detail {

/// The render that this thread is in, or null.
render_context* current_render() noexcept;

/// Counts for the render that this thread is in, if it is in one.
inline void count_bytes_made(std::uint64_t bytes) {
  if (render_context* const now = current_render()) now->count_memory(bytes);
}

/// Of an error, which is copied until it is caught, and may quote what a template made.
inline void count_message(std::string_view message) {
  constexpr std::size_t is_long = 1000;
  if (message.size() > is_long) count_bytes_made(6 * message.size());
}
inline void release_bytes_made(std::uint64_t bytes) noexcept {
  if (render_context* const now = current_render()) now->release_memory(bytes);
}

/// What an allocator adds to a block.
constexpr std::size_t block_overhead = 8;

/// Memory that counts while this lives.
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

/// Room for `more` at the end of a string or vector.
template <class Buffer>
void make_room(Buffer& buffer, std::size_t more, render_context& context) {
  constexpr std::size_t each = sizeof(typename Buffer::value_type);
  const std::size_t before = buffer.capacity();
  if (more <= before - buffer.size()) return;
  const std::size_t wanted = std::max(buffer.size() + more, 2 * before);
  // While the content moves, the old place exists too.
  context.count_memory(wanted * each + block_overhead);
  buffer.reserve(wanted);
  context.release_memory(before * each);
}

/// As above, for the render that this thread is in, if it is in one.
template <class Buffer>
void make_room(Buffer& buffer, std::size_t more) {
  if (render_context* const now = current_render()) make_room(buffer, more, *now);
}

template <class Items, class Item>
void append(Items& items, Item item, render_context& context) {
  make_room(items, 1, context);
  items.push_back(std::move(item));
}

/// What a key that is new adds to a dict: to its entries and its index, which grow by doubling.
constexpr std::size_t new_key_bytes = 136;
/// What it takes of a copy of the dict.
constexpr std::size_t copied_key_bytes = sizeof(dict::entry) + 6 * sizeof(std::uint32_t);

inline void set_entry(dict& entries, const value& key, const value& mapped,
                      render_context& context) {
  const std::size_t before = entries.size();
  entries[key] = mapped;
  if (entries.size() > before) context.count_memory(new_key_bytes);
}

}  // namespace aldis::templates::detail

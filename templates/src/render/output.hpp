#pragma once

#include <aldis/templates/value.hpp>

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace aldis::templates::detail {

/// Readable bytes after texts and values, so that a short one is copied as one block.
constexpr std::size_t padding = 16;

/// The output buffer. Unlike a std::string, it always has room for one block beyond its content.
class output {
 public:
  output() = default;
  output(const output&) = delete;
  output& operator=(const output&) = delete;
  ~output();

  void append(std::string_view text) {
    std::memcpy(room(text.size()), text.data(), text.size());
    used_ += text.size();
  }
  /// Appends text that is followed by `padding` bytes.
  void append_padded(const char* text, std::size_t size) {
    char* const to = room(size);
    if (size <= padding) {
      std::memcpy(to, text, padding);
    } else {
      std::memcpy(to, text, size);
    }
    used_ += size;
  }
  /// Appends a value that is text or markup.
  void append(const value& text) {
    const std::string_view what = text.as_text();
    append_padded(what.data(), what.size());
  }
  void append_escaped(const value& text);
  void append(std::int64_t number);

  std::size_t size() const noexcept { return used_; }
  std::string_view view() const noexcept { return {buffer_.data(), used_}; }
  void clear() noexcept { used_ = 0; }
  std::string take() {
    buffer_.resize(std::exchange(used_, 0));
    return std::move(buffer_);
  }

 private:
  /// Returns where to write `size` bytes, and up to `padding` more that are discarded.
  char* room(std::size_t size) {
    if (buffer_.size() - used_ < size + padding) [[unlikely]]
      grow(size);
    return buffer_.data() + used_;
  }
  void grow(std::size_t size);

  std::string buffer_;
  render_context* context_ = nullptr;  // counts the memory of the buffer
  std::size_t used_ = 0;
};

}  // namespace aldis::templates::detail

#pragma once

// Text by its shape, so that <string> and <string_view> stay out of <aldis/signal.hpp>.

#include <aldis/export.hpp>

#include <concepts>
#include <cstddef>

namespace aldis::detail {

/// std::string, std::string_view, and types of their shape.
template <class T>
concept text_range = requires(const T& value) {
  { value.data() } -> std::convertible_to<const char*>;
  { value.size() } -> std::convertible_to<std::size_t>;
};

template <class T>
concept text_like = text_range<T> || std::convertible_to<const T&, const char*>;

constexpr std::size_t length(const char* text) noexcept {
  std::size_t size = 0;
  while (text[size] != '\0') ++size;
  return size;
}

/// A std::string_view.
struct text_view {
  const char* data = "";
  std::size_t size = 0;

  constexpr text_view() = default;
  constexpr text_view(const char* first, std::size_t count) : data(first), size(count) {}

  template <text_like T>
  constexpr text_view(const T& value) {
    if constexpr (text_range<T>) {
      data = value.data();
      size = value.size();
    } else if (const char* characters = value) {
      data = characters;
      size = length(characters);
    }
  }

  friend constexpr bool operator==(text_view a, text_view b) noexcept {
    if (a.size != b.size) return false;
    for (std::size_t i = 0; i < a.size; ++i) {
      if (a.data[i] != b.data[i]) return false;
    }
    return true;
  }
};

/// A std::string that is not changed.
class ALDIS_API text {
 public:
  text() = default;
  explicit text(text_view from);
  text(text&& other) noexcept : data_(other.data_), size_(other.size_) {
    other.data_ = nullptr;
    other.size_ = 0;
  }
  text& operator=(text&& other) noexcept;
  ~text() { delete[] data_; }

  text_view view() const noexcept { return {data_ ? data_ : "", size_}; }
  bool empty() const noexcept { return size_ == 0; }

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace aldis::detail

#pragma once

#include <cstddef>
#include <string_view>

namespace aldis::templates::detail {

/// Searches for one text in others.
///
/// Cost: linear in the sizes of both, also in the worst case, because templates choose the texts.
/// No memory.
class text_search {
 public:
  explicit text_search(std::string_view what) noexcept;

  /// The first match at or after `begin`, or npos.
  std::size_t find(std::string_view text, std::size_t begin = 0) const noexcept;
  /// The last match, or npos.
  std::size_t rfind(std::string_view text) const noexcept;

 private:
  /// The factorization of the two-way algorithm, forward or backward.
  struct factorization {
    std::ptrdiff_t cut = 0;  // the last character of the left part
    std::ptrdiff_t period = 1;
    bool repeats = false;  // the whole text is periodic
  };

  template <class Direction>
  factorization factorized(Direction direction) const noexcept;
  template <class Direction>
  std::ptrdiff_t search(std::string_view text, const factorization& of,
                        Direction direction) const noexcept;

  std::string_view what_;
  factorization forwards_;
  factorization backwards_;
};

/// text.find(what), in linear time.
inline std::size_t find_text(std::string_view text, std::string_view what) noexcept {
  return text_search(what).find(text);
}

}  // namespace aldis::templates::detail

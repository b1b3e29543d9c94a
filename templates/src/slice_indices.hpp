#pragma once

#include <aldis/templates/value.hpp>

#include <cstddef>
#include <cstdint>

namespace aldis::templates::detail {

/// Wider than 64 bits, because the length of a range needs 65.
__extension__ using wide_integer = __int128;

/// The indices of a slice: `count` of them, from `first`, `step` apart.
struct slice_indices {
  wide_integer first;
  wide_integer end;  // the given end; the last index may be smaller
  std::int64_t step;
  std::size_t count;

  std::size_t index(std::size_t number) const noexcept {
    return static_cast<std::size_t>(first) + number * static_cast<std::size_t>(step);
  }
};

/// For a sequence of `size` items. None for an omitted part.
slice_indices indices_of(std::size_t size, const value& begin, const value& end, const value& step);

}  // namespace aldis::templates::detail

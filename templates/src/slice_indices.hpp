#pragma once

#include <aldis/templates/value.hpp>

#include <cstddef>
#include <cstdint>

namespace aldis::templates::detail {

/// Holds what 64 bits do not: a range may have twice as many numbers.
__extension__ using wide_integer = __int128;

/// The places that a slice takes: `count` of them, from `first`, `step` apart.
struct slice_indices {
  wide_integer first;
  wide_integer end;  // as it was given: the last one may be before it
  std::int64_t step;
  std::size_t count;

  std::size_t index(std::size_t number) const noexcept {
    return static_cast<std::size_t>(first) + number * static_cast<std::size_t>(step);
  }
};

/// Of something with `size` items. None stands for what is not given.
slice_indices indices_of(std::size_t size, const value& begin, const value& end, const value& step);

}  // namespace aldis::templates::detail

#pragma once

#include <aldis/templates/value.hpp>

#include <cstddef>
#include <cstdint>

namespace aldis::templates::detail {

/// The places that a slice takes: `count` of them, from `first`, `step` apart.
struct slice_places {
  std::int64_t first;
  std::int64_t step;
  std::size_t count;
};

/// Of something with `size` items. None stands for what is not given.
slice_places places_of(std::size_t size, const value& begin, const value& end, const value& step);

}  // namespace aldis::templates::detail

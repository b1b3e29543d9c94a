#pragma once

#include <cstddef>

namespace aldis::templates::detail {

/// A number in [0, end); `end` is not 0. Not for secrets.
std::size_t random_below(std::size_t end);

}  // namespace aldis::templates::detail

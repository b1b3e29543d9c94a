#pragma once

#include <cstddef>

namespace aldis::templates::detail {

/// A number from 0 to below `end`, which is not 0. For pages, not for secrets.
std::size_t random_below(std::size_t end);

}  // namespace aldis::templates::detail

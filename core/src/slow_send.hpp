#pragma once

#include <cstdint>

namespace aldis::detail {

/// Nanoseconds of the steady clock.
std::uint64_t now() noexcept;

}  // namespace aldis::detail

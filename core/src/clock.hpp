#pragma once

#include <chrono>
#include <cstdint>

namespace aldis::detail {

inline std::uint64_t steady_nanoseconds() noexcept {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                    std::chrono::nanoseconds(1));
}

}  // namespace aldis::detail

#pragma once

// Durations that never overflow: the longest means forever.

#include <aldis/connection.hpp>

#include <chrono>

namespace aldis::detail {

/// Saturates at the maximum. A negative duration, or NaN, becomes zero.
template <class Rep, class Period>
std::chrono::nanoseconds saturated(const std::chrono::duration<Rep, Period>& duration) noexcept {
  return std::chrono::nanoseconds(detail::nanoseconds(duration));
}

/// `time` must not be negative.
inline std::chrono::nanoseconds saturated_sum(std::chrono::nanoseconds from,
                                              std::chrono::nanoseconds time) noexcept {
  constexpr auto most = std::chrono::nanoseconds::max();
  return from.count() > 0 && time > most - from ? most : from + time;
}

}  // namespace aldis::detail

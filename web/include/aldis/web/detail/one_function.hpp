#pragma once

#include <concepts>

namespace aldis::web::detail {

/// Stands for a name that several functions have, of which no type can be deduced.
struct several_functions;

template <class F>
constexpr bool is_one_function() {
  static_assert(!std::same_as<F, several_functions>,
                "aldis: several functions have this name: give a lambda that calls the one you "
                "mean, or choose it with static_cast");
  return true;
}

/// Every type: that nothing could be deduced is told when it is checked.
template <class F>
concept one_function = is_one_function<F>();

}  // namespace aldis::web::detail

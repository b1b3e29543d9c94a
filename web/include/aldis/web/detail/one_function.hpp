#pragma once

#include <concepts>

namespace aldis::web::detail {

/// The default of template parameters that cannot be deduced, because the argument names several
/// functions.
struct several_functions;

template <class F>
constexpr bool is_one_function() {
  static_assert(!std::same_as<F, several_functions>,
                "aldis: several functions have this name: pass a lambda that calls the one you "
                "mean, or choose it with static_cast");
  return true;
}

/// Satisfied by every type; checking it reports that none could be deduced.
template <class F>
concept one_function = is_one_function<F>();

}  // namespace aldis::web::detail

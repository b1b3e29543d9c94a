#pragma once

#include <aldis/web/fwd.hpp>

#include <functional>
#include <type_traits>

namespace aldis::web::detail {

/// Checks a function that changes a response. Returning another one, as in Flask, would have no
/// effect.
template <class F>
std::function<void(response&)> response_hook(F f) {
  constexpr bool takes_response = std::is_invocable_v<F&, response&>;
  static_assert(takes_response, "aldis: a function after a request takes web::response&");
  if constexpr (takes_response) {
    static_assert(std::is_void_v<std::invoke_result_t<F&, response&>>,
                  "aldis: a function after a request changes the response that it is given, and "
                  "returns nothing");
  }
  return f;
}

}  // namespace aldis::web::detail

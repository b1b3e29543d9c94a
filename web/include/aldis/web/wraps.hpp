#pragma once

#include <aldis/web/detail/one_function.hpp>
#include <aldis/web/handler.hpp>
#include <aldis/web/response_conversion.hpp>

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace aldis::web {

namespace detail {

template <class F, class Parameters>
class wrapped_handler;

/// A handler with these parameters that calls `f`, a generic function.
template <class F, class... Params>
class wrapped_handler<F, parameter_list<Params...>> {
 public:
  explicit wrapped_handler(F f) : f_(std::move(f)) {}

  // Const, so that wrappers of wrappers need not be mutable.
  auto operator()(Params... values) const {
    static_assert(
        std::is_invocable_v<F&, Params&...>,
        "aldis: a wrapper takes the parameters of its handler, as in [handler](auto&&... values)");
    if constexpr (std::is_invocable_v<F&, Params&...>) {
      using result = std::decay_t<std::invoke_result_t<F&, Params&...>>;
      if constexpr (has_async_conversion<result>) {
        // The coroutine may use its references to the values long after this call.
        using owned_values =
            std::tuple<std::conditional_t<refers_to_temporary<Params>, plain<Params>, Params>...>;
        auto owned = std::make_unique<owned_values>(std::forward<Params>(values)...);
        std::unique_ptr<async_result> pending =
            std::apply([&](auto&... each) { return to_async(f_(each...)); }, *owned);
        return any_response(std::make_unique<owning_async_result<owned_values>>(
            std::move(owned), std::move(pending)));
      } else {
        return result(f_(values...));
      }
    }
  }

 private:
  template <class T>
  static std::unique_ptr<async_result> to_async(T pending) {
    return async_conversion<T>::convert(std::move(pending));
  }

  mutable F f_;
};

}  // namespace detail

/// Makes `wrapper` a handler that takes the parameters of `handler`, as functools.wraps does for a
/// decorator in Python. The wrapper is generic, so it is written once for all handlers, coroutines
/// included:
///
///     template <class Handler>
///     auto login_required(Handler handler) {
///       return web::wraps(handler, [handler](auto&&... values) -> web::any_response {
///         if (!web::g().contains("user")) return web::redirect(web::url_for("login"));
///         return handler(values...);
///       });
///     }
///
///     app.get("/post/<int:id>", login_required([](int id) { return show(id); }));
///
/// A handler that modifies its captures needs a mutable wrapper.
/// Lifetime: captures of a wrapper live as long as the app, the values until the response is
/// complete. So a wrapper may be a coroutine, and have captures.
template <detail::one_function Handler = detail::several_functions, class Wrapper>
auto wraps(const Handler&, Wrapper wrapper) {
  using signature = detail::handler_signature<std::decay_t<Handler>>;
  using parameters = typename signature::parameters;
  detail::check_references<typename signature::result>(parameters());
  return detail::wrapped_handler<Wrapper, parameters>(std::move(wrapper));
}

}  // namespace aldis::web

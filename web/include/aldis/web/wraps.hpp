#pragma once

#include <aldis/web/answer.hpp>
#include <aldis/web/detail/one_function.hpp>
#include <aldis/web/handler.hpp>

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace aldis::web {

namespace detail {

template <class F, class Parameters>
class wrapped_handler;

/// `f` with these parameters, whatever parameters it has itself.
template <class F, class... Params>
class wrapped_handler<F, parameter_list<Params...>> {
 public:
  explicit wrapped_handler(F f) : f_(std::move(f)) {}

  // Const, so that wrappers of wrappers need not be mutable.
  auto operator()(Params... values) const {
    static_assert(std::is_invocable_v<F&, Params&...>,
                  "aldis: a wrapper takes what its handler takes, as [handler](auto&&... values)");
    if constexpr (std::is_invocable_v<F&, Params&...>) {
      using result = std::decay_t<std::invoke_result_t<F&, Params&...>>;
      if constexpr (has_deferred_conversion<result>) {
        // It may read its references to the values long after this call.
        using kept_values =
            std::tuple<std::conditional_t<refers_to_temporary<Params>, plain<Params>, Params>...>;
        auto kept = std::make_unique<kept_values>(std::forward<Params>(values)...);
        std::unique_ptr<deferred> later =
            std::apply([&](auto&... each) { return defer(f_(each...)); }, *kept);
        return any_answer(
            std::make_unique<deferred_with<kept_values>>(std::move(kept), std::move(later)));
      } else {
        return result(f_(values...));
      }
    }
  }

 private:
  template <class T>
  static std::unique_ptr<deferred> defer(T later) {
    return deferred_conversion<T>::defer(std::move(later));
  }

  mutable F f_;
};

}  // namespace detail

/// `wrapper` as a handler that takes what `handler` takes: what functools.wraps is to a decorator
/// in Python. The wrapper is generic, and so is written once for all handlers, coroutines included:
///
///     template <class Handler>
///     auto login_required(Handler handler) {
///       return web::wraps(handler, [handler](auto&&... values) -> web::any_answer {
///         if (!web::g().contains("user")) return web::redirect(web::url_for("login"));
///         return handler(values...);
///       });
///     }
///
///     app.get("/post/<int:id>", login_required([](int id) { return show(id); }));
///
/// A handler that changes what it has captured needs a mutable wrapper.
/// Lifetime: what a wrapper captures lives as long as the app, the values as long as the answer is
/// being made: a wrapper may be a coroutine, and capture.
template <detail::one_function Handler = detail::several_functions, class Wrapper>
auto wraps(const Handler&, Wrapper wrapper) {
  using signature = detail::handler_signature<std::decay_t<Handler>>;
  using parameters = typename signature::parameters;
  detail::check_references<typename signature::result>(parameters());
  return detail::wrapped_handler<Wrapper, parameters>(std::move(wrapper));
}

}  // namespace aldis::web

#pragma once

#include <aldis/web/answer.hpp>
#include <aldis/web/http_error.hpp>
#include <aldis/web/request.hpp>
#include <aldis/web/routing.hpp>
#include <aldis/web/value.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace aldis::web::detail {

/// One function that makes an answer of an error.
struct error_handler {
  int code = 0;  ///< 0: by type
  bool (*catches)(const std::exception_ptr&) = nullptr;
  // Which of two types is derived from the other is only known to a catch: it takes pointers as it
  // takes objects.
  void (*throw_pointer)() = nullptr;
  bool (*catches_pointer)(void (*throw_pointer)()) = nullptr;
  std::function<given(const std::exception_ptr&, response&)> call;
};

/// What is called around handlers: the functions of an app or of one blueprint, in the order in
/// which they were registered.
struct hooks {
  std::vector<std::function<void(std::string_view, path_variables&)>> url_value_preprocessors;
  std::vector<std::function<void(std::string_view, url_values&)>> url_defaults;
  std::vector<std::function<given(request&, response&)>> before_request;
  std::vector<std::function<void(response&)>> after_request;
  std::vector<std::function<void(const std::exception_ptr&)>> teardown_request;
  std::vector<error_handler> error_handlers;
  std::vector<std::function<dict()>> context_processors;

  void append(const hooks& more);
};

template <class Result>
constexpr bool answers_at_once = !has_deferred_conversion<std::decay_t<Result>> &&
                                 !std::same_as<std::decay_t<Result>, any_answer>;

template <class F>
std::function<given(request&, response&)> before_hook(F f) {
  constexpr bool takes_request = std::is_invocable_v<F&, request&>;
  static_assert(takes_request || std::is_invocable_v<F&>,
                "aldis: a before_request function takes nothing or web::request&");
  return [f = std::move(f)](request& r, response& into) mutable {
    if constexpr (takes_request) {
      static_assert(answers_at_once<std::invoke_result_t<F&, request&>>,
                    "aldis: a before_request function cannot be a coroutine, nor give any_answer");
      return give_result_of(f, into, r);
    } else {
      static_assert(answers_at_once<std::invoke_result_t<F&>>,
                    "aldis: a before_request function cannot be a coroutine, nor give any_answer");
      return give_result_of(f, into);
    }
  };
}

template <class F>
std::function<void(const std::exception_ptr&)> teardown_hook(F f) {
  if constexpr (std::is_invocable_v<F&, const std::exception_ptr&>) {
    return f;
  } else {
    static_assert(std::is_invocable_v<F&>,
                  "aldis: a teardown function takes nothing or const std::exception_ptr&");
    return [f = std::move(f)](const std::exception_ptr&) mutable { f(); };
  }
}

template <class E>
bool catches(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const E&) {
    return true;
  } catch (...) {
    return false;
  }
}

// NOLINTBEGIN(misc-throw-by-value-catch-by-reference): pointers, so that no object need be made
template <class E>
void throw_pointer() {
  throw static_cast<const E*>(nullptr);
}

template <class E>
bool catches_pointer(void (*thrower)()) {
  try {
    thrower();
    return false;
  } catch (const E*) {
    return true;
  } catch (...) {
    return false;
  }
}
// NOLINTEND(misc-throw-by-value-catch-by-reference)

template <class E, class F>
error_handler make_error_handler(int code, F f) {
  static_assert(std::is_base_of_v<std::exception, E>,
                "aldis: error handlers are for exceptions derived from std::exception; others end "
                "the request");
  constexpr bool takes_error = std::is_invocable_v<F&, const E&>;
  static_assert(takes_error || std::is_invocable_v<F&>,
                "aldis: an error handler takes nothing or a const reference to its exception");
  error_handler result;
  result.code = code;
  result.catches = &catches<E>;
  result.throw_pointer = &throw_pointer<E>;
  result.catches_pointer = &catches_pointer<E>;
  result.call = [f = std::move(f)](const std::exception_ptr& error, response& into) mutable {
    if constexpr (takes_error) {
      static_assert(answers_at_once<std::invoke_result_t<F&, const E&>>,
                    "aldis: an error handler cannot be a coroutine, nor give any_answer");
      try {
        std::rethrow_exception(error);
      } catch (const E& e) {
        return give_result_of(f, into, e);
      }
    } else {
      static_assert(answers_at_once<std::invoke_result_t<F&>>,
                    "aldis: an error handler cannot be a coroutine, nor give any_answer");
      return give_result_of(f, into);
    }
  };
  return result;
}

}  // namespace aldis::web::detail

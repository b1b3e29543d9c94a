#pragma once

#include <aldis/web/http_error.hpp>
#include <aldis/web/request.hpp>
#include <aldis/web/response_conversion.hpp>
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

/// A function that converts an error to a response.
struct error_handler {
  int code = 0;  ///< 0: by type
  bool (*catches)(const std::exception_ptr&) = nullptr;
  // Only a catch clause can tell which of two types is derived from the other. It treats pointers
  // as it treats objects, so no object need be constructed.
  void (*throw_pointer)() = nullptr;
  bool (*catches_pointer)(void (*throw_pointer)()) = nullptr;
  std::function<handler_result(const std::exception_ptr&, response&)> call;
};

/// The functions that an app or a blueprint registered to run around handlers, in the order of
/// registration.
struct hooks {
  std::vector<std::function<void(std::string_view, path_variables&)>> url_value_preprocessors;
  std::vector<std::function<void(std::string_view, url_values&)>> url_defaults;
  std::vector<std::function<handler_result(request&, response&)>> before_request;
  std::vector<std::function<void(response&)>> after_request;
  std::vector<std::function<void(const std::exception_ptr&)>> teardown_request;
  std::vector<error_handler> error_handlers;
  std::vector<std::function<dict()>> context_processors;

  void append(const hooks& more);
};

template <class Result>
constexpr bool is_synchronous = !has_async_conversion<std::decay_t<Result>> &&
                                !std::same_as<std::decay_t<Result>, any_response>;

template <class F>
std::function<handler_result(request&, response&)> before_hook(F f) {
  constexpr bool takes_request = std::is_invocable_v<F&, request&>;
  static_assert(takes_request || std::is_invocable_v<F&>,
                "aldis: a before_request function takes nothing or web::request&");
  return [f = std::move(f)](request& r, response& into) mutable {
    if constexpr (takes_request) {
      static_assert(
          is_synchronous<std::invoke_result_t<F&, request&>>,
          "aldis: a before_request function cannot be a coroutine, nor return any_response");
      return call_and_convert(f, into, r);
    } else {
      static_assert(
          is_synchronous<std::invoke_result_t<F&>>,
          "aldis: a before_request function cannot be a coroutine, nor return any_response");
      return call_and_convert(f, into);
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

// NOLINTBEGIN(misc-throw-by-value-catch-by-reference): pointers, so that no object need be
// constructed
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
      static_assert(is_synchronous<std::invoke_result_t<F&, const E&>>,
                    "aldis: an error handler cannot be a coroutine, nor return any_response");
      try {
        std::rethrow_exception(error);
      } catch (const E& e) {
        return call_and_convert(f, into, e);
      }
    } else {
      static_assert(is_synchronous<std::invoke_result_t<F&>>,
                    "aldis: an error handler cannot be a coroutine, nor return any_response");
      return call_and_convert(f, into);
    }
  };
  return result;
}

}  // namespace aldis::web::detail

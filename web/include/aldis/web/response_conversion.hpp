#pragma once

#include <aldis/export.hpp>
#include <aldis/web/response.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace aldis::web {

/// A handler returned an empty optional instead of a response.
class ALDIS_API bad_response : public std::logic_error {
 public:
  using std::logic_error::logic_error;
  ~bad_response() override;
};

/// Converts what a handler returns to a response. Specialise it for your own types:
///
///     static void convert(T from, response& into);   // `into` is a new response
template <class T>
struct response_conversion;

template <class T>
concept has_response_conversion = requires(T from, response& into) {
  response_conversion<T>::convert(std::move(from), into);
};

template <>
struct response_conversion<response> {
  static void convert(response from, response& into) { into = std::move(from); }
};

template <class T>
requires(!std::same_as<T, response> &&
         std::convertible_to<const T&, std::string_view>) struct response_conversion<T> {
  static void convert(T from, response& into) {
    if constexpr (std::same_as<T, std::string>) {
      into.set_body(std::move(from));
    } else {
      into.set_body(std::string_view(from));
    }
  }
};

template <>
struct response_conversion<stream> {
  static void convert(stream from, response& into) { into.set_body(from.take()); }
};

/// A body and a status; or a body and headers; or all three.
template <has_response_conversion Body>
struct response_conversion<std::pair<Body, int>> {
  static void convert(std::pair<Body, int> from, response& into) {
    response_conversion<Body>::convert(std::move(from.first), into);
    into.set_status(from.second);
  }
};
template <has_response_conversion Body>
struct response_conversion<std::pair<Body, headers>> {
  static void convert(std::pair<Body, headers> from, response& into) {
    response_conversion<Body>::convert(std::move(from.first), into);
    into.replace_headers(from.second);
  }
};
template <has_response_conversion Body>
struct response_conversion<std::tuple<Body, int, headers>> {
  static void convert(std::tuple<Body, int, headers> from, response& into) {
    response_conversion<Body>::convert(std::move(std::get<0>(from)), into);
    into.set_status(std::get<1>(from));
    into.replace_headers(std::get<2>(from));
  }
};

class any_response;

namespace detail {

/// A result that arrives later: that of a coroutine that has not started yet.
class ALDIS_API async_result {
 public:
  /// Receives the exception that ended the coroutine, or null, and whether there is a response.
  using done_function = std::function<void(std::exception_ptr, bool has_response)>;

  async_result() = default;
  async_result(const async_result&) = delete;
  async_result& operator=(const async_result&) = delete;
  virtual ~async_result();

  /// Starts the coroutine on `executor`, a boost::asio::any_io_executor; it writes to `into`.
  virtual void start(const void* executor, response& into, done_function done) = 0;
  virtual void cancel() noexcept = 0;
};

/// Keeps an object alive that the coroutine refers to.
template <class Owned>
class owning_async_result final : public async_result {
 public:
  owning_async_result(std::unique_ptr<Owned> owned, std::unique_ptr<async_result> inner)
      : owned_(std::move(owned)), inner_(std::move(inner)) {}

  void start(const void* executor, response& into, done_function done) override {
    inner_->start(executor, into, std::move(done));
  }
  void cancel() noexcept override { inner_->cancel(); }

 private:
  std::unique_ptr<Owned> owned_;
  std::unique_ptr<async_result> inner_;  // destroyed first
};

/// What a handler returned: a response, a result that arrives later, or nothing (Flask's None).
struct handler_result {
  bool has_response = false;
  std::unique_ptr<async_result> pending;
};

/// Specialised in awaitable.hpp: `static std::unique_ptr<async_result> convert(T)`.
template <class T>
struct async_conversion;

template <class T>
concept has_async_conversion = requires(T from) {
  async_conversion<T>::convert(std::move(from));
};

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

template <class T>
concept handler_return = has_response_conversion<T> || has_async_conversion<T> ||
    is_optional<T>::value || std::same_as<T, any_response>;

/// Converts what a handler returned; a response is written to `into`.
template <class T>
requires(!std::is_reference_v<T>) handler_result convert_result(T&& from, response& into) {
  if constexpr (has_response_conversion<T>) {
    response_conversion<T>::convert(std::forward<T>(from), into);
    return {true, nullptr};
  } else if constexpr (has_async_conversion<T>) {
    return {false, async_conversion<T>::convert(std::forward<T>(from))};
  } else if constexpr (std::same_as<T, any_response>) {
    return std::forward<T>(from).convert(into);
  } else {
    static_assert(
        is_optional<T>::value,
        "aldis: a handler returns text, a response, a pair or tuple of body, status and "
        "headers, a stream, or an optional of these; JSON needs <aldis/web/json.hpp>, a "
        "coroutine <aldis/web/awaitable.hpp>; see response_conversion for your own types");
    if constexpr (is_optional<T>::value) {
      if (!from) return {};
      return convert_result(*std::forward<T>(from), into);
    }
  }
}

/// Calls `f` and converts what it returns. If it returns void, there is no response.
template <class F, class... Args>
handler_result call_and_convert(F& f, response& into, Args&&... args) {
  using result = std::invoke_result_t<F&, Args...>;
  if constexpr (std::is_void_v<result>) {
    f(std::forward<Args>(args)...);
    return {};
  } else {
    std::decay_t<result> from = f(std::forward<Args>(args)...);
    return convert_result(std::move(from), into);
  }
}

}  // namespace detail

/// Holds anything that a handler may return, a coroutine included. It is the return type of
/// functions that wrap a handler of unknown type; see wraps.
class any_response {
 public:
  /// No response, like an empty optional.
  any_response() = default;
  template <class T>
  requires(!std::same_as<std::decay_t<T>, any_response> && detail::handler_return<std::decay_t<T>>)
      // NOLINTNEXTLINE(google-explicit-constructor): it is meant to convert from any of them
      any_response(T&& from) {
    std::decay_t<T> returned(std::forward<T>(from));
    result_ = detail::convert_result(std::move(returned), response_);
  }
  explicit any_response(std::unique_ptr<detail::async_result> pending)
      : result_{false, std::move(pending)} {}

  /// For the framework: moves the response to `into`, if there is one.
  detail::handler_result convert(response& into) && {
    if (result_.has_response) into = std::move(response_);
    return std::move(result_);
  }

 private:
  response response_;
  detail::handler_result result_;
};

/// The response that a handler would produce by returning `from`: Flask's make_response.
///
/// Exceptions: bad_response if `from` is an empty optional.
template <class T>
requires(detail::handler_return<T> && !detail::has_async_conversion<T> &&
         !std::same_as<T, any_response>) response make_response(T from) {
  response made;
  if (!detail::convert_result(std::move(from), made).has_response) {
    throw bad_response("aldis: make_response() was given an empty optional");
  }
  return made;
}

}  // namespace aldis::web

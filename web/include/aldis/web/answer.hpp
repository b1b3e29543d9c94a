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

/// A handler gave no answer: an empty optional.
class ALDIS_API bad_answer : public std::logic_error {
 public:
  using std::logic_error::logic_error;
  ~bad_answer() override;
};

/// Says how what a handler returns becomes a response; to be specialised for types of your own:
///
///     static void convert(T from, response& into);   // `into` is as new
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

class any_answer;

namespace detail {

/// An answer that comes later: a coroutine that has not begun.
class ALDIS_API deferred {
 public:
  /// The exception it ended with, or null; and whether there is an answer.
  using done_function = std::function<void(std::exception_ptr, bool answered)>;

  deferred() = default;
  deferred(const deferred&) = delete;
  deferred& operator=(const deferred&) = delete;
  virtual ~deferred();

  /// Runs it on `executor`, a boost::asio::any_io_executor, into `into`.
  virtual void start(const void* executor, response& into, done_function done) = 0;
  virtual void cancel() noexcept = 0;
};

/// One that needs something of `Kept`, and keeps it.
template <class Kept>
class deferred_with final : public deferred {
 public:
  deferred_with(std::unique_ptr<Kept> kept, std::unique_ptr<deferred> later)
      : kept_(std::move(kept)), later_(std::move(later)) {}

  void start(const void* executor, response& into, done_function done) override {
    later_->start(executor, into, std::move(done));
  }
  void cancel() noexcept override { later_->cancel(); }

 private:
  std::unique_ptr<Kept> kept_;
  std::unique_ptr<deferred> later_;  // goes first
};

/// What a handler gave: nothing, as Flask's None; an answer; or the promise of one.
struct given {
  bool answered = false;
  std::unique_ptr<deferred> later;
};

/// Specialised in awaitable.hpp: `static std::unique_ptr<deferred> defer(T)`.
template <class T>
struct deferred_conversion;

template <class T>
concept has_deferred_conversion = requires(T from) {
  deferred_conversion<T>::defer(std::move(from));
};

template <class T>
struct optional_answer : std::false_type {};
template <class T>
struct optional_answer<std::optional<T>> : std::true_type {};

template <class T>
concept answer = has_response_conversion<T> || has_deferred_conversion<T> ||
    optional_answer<T>::value || std::same_as<T, any_answer>;

/// Takes `from` apart.
template <class T>
requires(!std::is_reference_v<T>) given give(T&& from, response& into) {
  if constexpr (has_response_conversion<T>) {
    response_conversion<T>::convert(std::forward<T>(from), into);
    return {true, nullptr};
  } else if constexpr (has_deferred_conversion<T>) {
    return {false, deferred_conversion<T>::defer(std::forward<T>(from))};
  } else if constexpr (std::same_as<T, any_answer>) {
    return std::forward<T>(from).give_to(into);
  } else {
    static_assert(
        optional_answer<T>::value,
        "aldis: a handler returns text, a response, a pair or tuple of body, status and "
        "headers, a stream, or an optional of these; JSON needs <aldis/web/json.hpp>, a "
        "coroutine <aldis/web/awaitable.hpp>; see response_conversion for your own types");
    if constexpr (optional_answer<T>::value) {
      if (!from) return {};
      return give(*std::forward<T>(from), into);
    }
  }
}

/// Calls `f`, which may return void: no answer.
template <class F, class... Args>
given give_result_of(F& f, response& into, Args&&... args) {
  using result = std::invoke_result_t<F&, Args...>;
  if constexpr (std::is_void_v<result>) {
    f(std::forward<Args>(args)...);
    return {};
  } else {
    std::decay_t<result> from = f(std::forward<Args>(args)...);
    return give(std::move(from), into);
  }
}

}  // namespace detail

/// Whatever a handler may return, a coroutine included: for what is returned by a function that
/// wraps a handler and does not know which. See wraps.
class any_answer {
 public:
  /// None, as an empty optional.
  any_answer() = default;
  template <class T>
  requires(!std::same_as<std::decay_t<T>, any_answer> && detail::answer<std::decay_t<T>>)
      // NOLINTNEXTLINE(google-explicit-constructor): it stands for any of them
      any_answer(T&& from) {
    std::decay_t<T> answer(std::forward<T>(from));
    given_ = detail::give(std::move(answer), response_);
  }
  explicit any_answer(std::unique_ptr<detail::deferred> later) : given_{false, std::move(later)} {}

  /// For who answers requests.
  detail::given give_to(response& into) && {
    if (given_.answered) into = std::move(response_);
    return std::move(given_);
  }

 private:
  response response_;
  detail::given given_;
};

/// The response that a handler would give by returning `from`: Flask's make_response.
///
/// Exceptions: bad_answer if it is an empty optional.
template <class T>
requires(detail::answer<T> && !detail::has_deferred_conversion<T> &&
         !std::same_as<T, any_answer>) response make_response(T from) {
  response made;
  if (!detail::give(std::move(from), made).answered) {
    throw bad_answer("aldis: make_response() was given an empty optional");
  }
  return made;
}

}  // namespace aldis::web

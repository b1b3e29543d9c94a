#pragma once

#include <aldis/export.hpp>
#include <aldis/web/body.hpp>
#include <aldis/web/detail/one_function.hpp>
#include <aldis/web/detail/response_hook.hpp>
#include <aldis/web/fwd.hpp>
#include <aldis/web/value.hpp>

#include <any>
#include <concepts>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis::web {

namespace detail {
class context;
struct copied_request;
ALDIS_API void add_after_this_request(std::function<void(response&)> f);
}  // namespace detail

/// Something was asked for that only a context has: current_app() and g() need that of an app,
/// current_request() and session() that of a request.
class ALDIS_API outside_of_context : public std::logic_error {
 public:
  using std::logic_error::logic_error;
  ~outside_of_context() override;
};

/// A teardown function or a receiver of a signal of teardown threw: all others ran nevertheless.
class ALDIS_API teardown_error : public std::runtime_error {
 public:
  explicit teardown_error(std::vector<std::exception_ptr> errors);
  ~teardown_error() override;
  /// In the order in which they came.
  const std::vector<std::exception_ptr>& errors() const noexcept { return errors_; }

 private:
  std::vector<std::exception_ptr> errors_;
};

/// What is kept for the time of one context: Flask's g. Values of any type that can be copied, by
/// name.
class ALDIS_API globals {
 public:
  template <class T>
  T& set(std::string_view name, T value) {
    static_assert(std::copy_constructible<T>,
                  "aldis: g() keeps what can be copied; keep this one in a std::shared_ptr");
    if constexpr (std::copy_constructible<T>) {
      kept next{std::any(std::in_place_type<T>, std::move(value))};
      if constexpr (std::convertible_to<const T&, web::value>) {
        next.show = [](const std::any& held) { return web::value(*std::any_cast<T>(&held)); };
      }
      kept& place = at(name);
      // The old value goes last: its destructor may use g(), too.
      const kept old = std::exchange(place, std::move(next));
      return *std::any_cast<T>(&place.held);
    }
  }
  /// Exceptions: std::out_of_range if there is none, std::bad_any_cast if it is of another type.
  template <class T>
  T& get(std::string_view name) {
    return std::any_cast<T&>(required(name));
  }
  /// Null if there is none of that name and type.
  template <class T>
  T* find(std::string_view name) noexcept {
    return std::any_cast<T>(lookup(name));
  }
  /// The value, made by `make` if there is none yet.
  template <class Make>
  auto& get_or_make(std::string_view name, Make make) {
    using type = std::decay_t<decltype(make())>;
    if (!contains(name)) set<type>(name, make());
    if constexpr (std::copy_constructible<type>) {
      return get<type>(name);
    } else {
      return name;  // set() has said what is wrong
    }
  }
  bool contains(std::string_view name) const noexcept;
  bool remove(std::string_view name);
  /// All of them, one by one: their destructors may use the others.
  void clear() noexcept;
  std::vector<std::string> names() const;
  /// As templates see it; nothing if there is none, or if it is of a type that they do not know.
  std::optional<web::value> shown(std::string_view name) const;

 private:
  struct kept {
    std::any held;
    web::value (*show)(const std::any&) = nullptr;
  };

  kept& at(std::string_view name);
  std::any& required(std::string_view name);
  std::any* lookup(std::string_view name) noexcept;

  std::map<std::string, kept, std::less<>> values_;
};

/// The app of the current context. Exceptions, as of the next: outside_of_context.
///
/// Threads: each thread has its contexts; a coroutine handler takes its own along, wherever it is
/// resumed.
ALDIS_API app& current_app();
ALDIS_API request& current_request();
/// Lives as long as the context. When that has ended its values go, one by one, in no certain
/// order; their destructors may still use g() and current_app(), but no current_request().
ALDIS_API globals& g();
ALDIS_API bool has_app_context() noexcept;
ALDIS_API bool has_request_context() noexcept;

/// `f` is called with the response of this request, before the app's after_request functions.
template <detail::one_function F = detail::several_functions>
void after_this_request(F f) {
  detail::add_after_this_request(detail::response_hook(std::move(f)));
}

/// The same stream; while it is made, the context of this request is current. It is torn down when
/// the stream ends.
ALDIS_API stream stream_with_context(stream from);

/// A context that is current as long as this lives. Made by app.app_context() and
/// app.test_request_context().
///
/// Exceptions: the destructor logs what teardown throws; run() and pop() let it out.
class ALDIS_API context_scope {
 public:
  /// Pushes it; leaves no context behind if a receiver throws.
  static context_scope enter(std::shared_ptr<detail::context> made);
  context_scope(const context_scope&) = delete;
  context_scope& operator=(const context_scope&) = delete;
  /// Tears down. If an exception ends the scope, teardown functions are told of a
  /// left_by_exception: C++ does not show them which; run() does.
  ~context_scope();

  /// Makes the same context current once more; it is torn down when the last scope ends.
  context_scope push();

  /// Calls `f`, then ends this scope; teardown functions are given what `f` throws.
  template <detail::one_function F = detail::several_functions>
  void run(F f) {
    try {
      f();
    } catch (...) {
      pop_by(std::current_exception());
      throw;
    }
    pop(nullptr);
  }
  /// Ends it now. Exceptions: teardown_error.
  void pop(const std::exception_ptr& error = nullptr);

 private:
  explicit context_scope(std::shared_ptr<detail::context> pushed);
  /// As pop; without an exception it is the thread that ends.
  void pop_by(const std::exception_ptr& error);

  std::shared_ptr<detail::context> context_;
  int exceptions_;
};

namespace detail {
ALDIS_API std::shared_ptr<const copied_request> copy_of_current_request();
ALDIS_API context_scope enter(const copied_request& copy);
}  // namespace detail

/// `f`, to be called on other threads, also when the request has ended: a copy of the current
/// request and its session is current meanwhile, with a g() of its own. What is done to the session
/// there is not saved.
///
///     std::thread(web::copy_current_request_context([] { note(web::current_request().path()); }))
///
/// Exceptions: as of a context_scope.
template <detail::one_function F = detail::several_functions>
auto copy_current_request_context(F f) {
  return [copy = detail::copy_of_current_request(),
          f = std::move(f)](auto&&... args) mutable -> decltype(auto) {
    const context_scope here = detail::enter(*copy);
    return f(std::forward<decltype(args)>(args)...);
  };
}

/// Stands for the exception that ended a context_scope, or for the end of the thread of a context
/// (pthread_exit, pthread_cancel).
class ALDIS_API left_by_exception : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~left_by_exception() override;
};

}  // namespace aldis::web

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

/// Thrown outside of the required context: current_app() and g() need the context of an app or a
/// request, current_request() and session() that of a request.
class ALDIS_API outside_of_context : public std::logic_error {
 public:
  using std::logic_error::logic_error;
  ~outside_of_context() override;
};

/// Thrown when teardown functions or receivers of teardown signals threw. All others have run
/// nevertheless.
class ALDIS_API teardown_error : public std::runtime_error {
 public:
  explicit teardown_error(std::vector<std::exception_ptr> errors);
  ~teardown_error() override;
  /// In the order in which they were thrown.
  const std::vector<std::exception_ptr>& errors() const noexcept { return errors_; }

 private:
  std::vector<std::exception_ptr> errors_;
};

/// Values of any copyable type, by name, that live as long as one context: Flask's g.
class ALDIS_API globals {
 public:
  template <class T>
  T& set(std::string_view name, T value) {
    static_assert(std::copy_constructible<T>,
                  "aldis: values in g() must be copyable; store this one in a std::shared_ptr");
    if constexpr (std::copy_constructible<T>) {
      entry next{std::any(std::in_place_type<T>, std::move(value))};
      if constexpr (std::convertible_to<const T&, web::value>) {
        next.show = [](const std::any& held) { return web::value(*std::any_cast<T>(&held)); };
      }
      entry& target = at(name);
      // The old value is destroyed last: its destructor may use g().
      const entry old = std::exchange(target, std::move(next));
      return *std::any_cast<T>(&target.held);
    }
  }
  /// Exceptions: std::out_of_range if there is no such value, std::bad_any_cast if it has another
  /// type.
  template <class T>
  T& get(std::string_view name) {
    return std::any_cast<T&>(required(name));
  }
  /// Null if there is no value of that name and type.
  template <class T>
  T* find(std::string_view name) noexcept {
    return std::any_cast<T>(lookup(name));
  }
  /// The value; `make` creates it if there is none yet.
  template <class Make>
  auto& get_or_make(std::string_view name, Make make) {
    using type = std::decay_t<decltype(make())>;
    if (!contains(name)) set<type>(name, make());
    if constexpr (std::copy_constructible<type>) {
      return get<type>(name);
    } else {
      return name;  // set() has reported the error
    }
  }
  bool contains(std::string_view name) const noexcept;
  bool remove(std::string_view name);
  /// Removes all values one by one, so that their destructors may use the others.
  void clear() noexcept;
  std::vector<std::string> names() const;
  /// The value as templates see it. Nothing if there is none, or if templates cannot use its type.
  std::optional<web::value> shown(std::string_view name) const;

 private:
  struct entry {
    std::any held;
    web::value (*show)(const std::any&) = nullptr;
  };

  entry& at(std::string_view name);
  std::any& required(std::string_view name);
  std::any* lookup(std::string_view name) noexcept;

  std::map<std::string, entry, std::less<>> values_;
};

/// The app of the current context.
///
/// Threads: each thread has its own contexts. Those of a coroutine handler are current wherever it
/// resumes.
/// Exceptions: outside_of_context.
ALDIS_API app& current_app();
/// The request of the current context. Threads and exceptions: see current_app().
ALDIS_API request& current_request();
/// The values of the current context. They are destroyed one by one after its end, in unspecified
/// order; their destructors may use g() and current_app(), but not current_request(). Threads and
/// exceptions: see current_app().
ALDIS_API globals& g();
ALDIS_API bool has_app_context() noexcept;
ALDIS_API bool has_request_context() noexcept;

/// Registers `f` for the current request only: it is called with the response, before the
/// after_request functions.
template <detail::one_function F = detail::several_functions>
void after_this_request(F f) {
  detail::add_after_this_request(detail::response_hook(std::move(f)));
}

/// Makes the context of the current request current whenever the stream produces a chunk. The
/// context is torn down when the stream ends.
ALDIS_API stream stream_with_context(stream from);

/// Keeps a context current for its lifetime. Created by app.app_context() and
/// app.test_request_context().
///
/// Exceptions: exceptions of teardown are logged by the destructor, and thrown by run() and pop().
class ALDIS_API context_scope {
 public:
  /// Pushes the context. If a receiver throws, it is popped again.
  static context_scope enter(std::shared_ptr<detail::context> context);
  context_scope(const context_scope&) = delete;
  context_scope& operator=(const context_scope&) = delete;
  /// Tears the context down. If an exception ends the scope, teardown functions get a
  /// left_by_exception: a destructor cannot know the exception. With run() they get the exception
  /// itself.
  ~context_scope();

  /// Pushes the same context again; it is torn down when the last scope ends.
  context_scope push();

  /// Calls `f`, then ends this scope. Teardown functions get the exception that `f` throws.
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
  /// Ends the scope now.
  ///
  /// Exceptions: teardown_error.
  void pop(const std::exception_ptr& error = nullptr);

 private:
  explicit context_scope(std::shared_ptr<detail::context> pushed);
  /// Like pop(). Without an exception, the thread is ending.
  void pop_by(const std::exception_ptr& error);

  std::shared_ptr<detail::context> context_;
  int exceptions_;
};

namespace detail {
ALDIS_API std::shared_ptr<const copied_request> copy_of_current_request();
ALDIS_API context_scope enter(const copied_request& copy);
}  // namespace detail

/// Wraps `f` so that it can be called on other threads, even after the request has ended. During a
/// call, a copy of the current request and its session is current, with a separate g(). Changes to
/// that session are not saved.
///
///     std::thread(web::copy_current_request_context([] { note(web::current_request().path()); }))
///
/// Exceptions: see context_scope.
template <detail::one_function F = detail::several_functions>
auto copy_current_request_context(F f) {
  return [copy = detail::copy_of_current_request(),
          f = std::move(f)](auto&&... args) mutable -> decltype(auto) {
    const context_scope here = detail::enter(*copy);
    return f(std::forward<decltype(args)>(args)...);
  };
}

/// Passed to teardown functions in place of the exception that ended a context_scope, or if the
/// thread of a context has ended (pthread_exit, pthread_cancel).
class ALDIS_API left_by_exception : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~left_by_exception() override;
};

}  // namespace aldis::web

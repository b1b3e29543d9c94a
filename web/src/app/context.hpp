#pragma once

#include <aldis/async/detail/forced_unwind.hpp>
#include <aldis/web/context.hpp>
#include <aldis/web/session.hpp>

#include "app/app_state.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace aldis::web::detail {

using aldis::detail::forced_unwind;

/// The app, request and g() that are current while a request is handled, or while a context_scope
/// lives.
///
/// The contexts that are current on a thread form a list, innermost first. A coroutine has its own
/// part of the list; see context_chain.
class context : public std::enable_shared_from_this<context> {
 public:
  explicit context(app_state& of) : app(of) {}
  context(const context&) = delete;
  context& operator=(const context&) = delete;
  ~context();

  /// Resets the context for the next request; keeps its memory.
  void reset();

  void set_request(web::request& handled) noexcept { request = &handled; }
  void take_request(web::request handled) { request = &owned_.emplace(std::move(handled)); }

  /// Finds the route of the request.
  void match();
  /// Makes the context current. The first time, sends appcontext_pushed.
  void push();
  /// Prepares a request, after push().
  void start_request();
  /// The last pop runs teardown functions and signals.
  ///
  /// Exceptions: teardown_error.
  void pop(const std::exception_ptr& error);
  /// The same for pthread_exit or pthread_cancel unwinding the stack. Does nothing if the context
  /// is popped already.
  void pop_with_thread() noexcept;
  /// Removes the context from the current ones without tearing it down.
  void detach() noexcept;

  app_state& app;
  web::request* request = nullptr;
  const detail::rule* rule = nullptr;
  std::vector<std::function<void(response&)>> after_this_request;
  std::optional<std::vector<flashed_message>> flashed;
  context* previous = nullptr;

  const hook_chain& chain() const noexcept { return app.chain_of(rule); }
  globals& g() { return g_ ? *g_ : g_.emplace(); }
  /// Opened on first use.
  session_values& session();
  void set_session(session_values values) { session_ = std::move(values); }
  void save_session(response& to);

 private:
  std::vector<std::exception_ptr> tear_down(const std::exception_ptr& error);
  /// Destroys what g() and after_this_request hold.
  void destroy_user_values() noexcept;

  std::optional<globals> g_;
  std::optional<session_values> session_;
  std::optional<web::request> owned_;
  int pushes_ = 0;
};

/// A context that is not for a request from a client: it does not end setup.
std::shared_ptr<context> new_context(app_state& of);

/// The innermost context of this thread, or null.
context* current_context() noexcept;

/// The contexts of a coroutine, which are current while it runs, on any thread.
struct context_chain {
  context* innermost = nullptr;
  context* outermost = nullptr;  // null: the request has ended
};

/// Makes the contexts of a chain current for its lifetime.
class context_guard {
 public:
  explicit context_guard(context_chain& chain) noexcept;
  context_guard(const context_guard&) = delete;
  context_guard& operator=(const context_guard&) = delete;
  ~context_guard();

 private:
  context_chain& chain_;
  context* before_;
};

/// The current context.
///
/// Exceptions: outside_of_context, whose message names `what`.
context& required(std::string_view what);
/// The same for the context of a request.
context& required_request(std::string_view what);

}  // namespace aldis::web::detail

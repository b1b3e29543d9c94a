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

/// What is current while a request is handled, or while a context_scope lives: app, request, g.
///
/// Contexts that are current on a thread form a chain, the innermost first. A coroutine takes its
/// part of the chain along; see execution.
class context : public std::enable_shared_from_this<context> {
 public:
  explicit context(app_state& of) : app(of) {}
  context(const context&) = delete;
  context& operator=(const context&) = delete;
  ~context();

  /// As new, for the next request; keeps memory.
  void reset();

  void set_request(web::request& one) noexcept { request = &one; }
  void own_request(web::request one) { request = &owned_.emplace(std::move(one)); }

  /// Finds the route of the request.
  void match();
  /// Becomes current. The first time, appcontext_pushed is sent.
  void push();
  /// What is done for a request once its context is current.
  void open();
  /// The last pop runs everything that is registered for the end. Exceptions: teardown_error.
  void pop(const std::exception_ptr& error);
  /// The same, when pthread_exit or pthread_cancel unwinds the stack; unless it is popped already.
  void pop_with_thread() noexcept;
  /// Is not current any more, and not torn down: somebody else does that.
  void leave() noexcept;

  app_state& app;
  web::request* request = nullptr;
  const detail::rule* rule = nullptr;
  std::vector<std::function<void(response&)>> after_this_request;
  std::optional<std::vector<flashed_message>> flashed;
  context* previous = nullptr;

  const hook_chain& chain() const noexcept { return app.chain_of(rule); }
  globals& g() { return g_ ? *g_ : g_.emplace(); }
  /// Opened when it is first asked for.
  session_values& session();
  void set_session(session_values one) { session_ = std::move(one); }
  void save_session(response& to);

 private:
  std::vector<std::exception_ptr> tear_down(const std::exception_ptr& error);
  /// What users keep in it goes.
  void let_go() noexcept;

  std::optional<globals> g_;
  std::optional<session_values> session_;
  std::optional<web::request> owned_;
  int pushes_ = 0;
};

/// One that no request of a client needs: it does not end the setting up.
std::shared_ptr<context> new_context(app_state& of);

/// The innermost context of this thread, or null.
context* current_context() noexcept;

/// The contexts of a coroutine, current while it runs, on whatever thread.
struct execution {
  context* innermost = nullptr;
  context* outermost = nullptr;  // null: the request has ended
};

/// Makes an execution's contexts current as long as this lives.
class entered {
 public:
  explicit entered(execution& one) noexcept;
  entered(const entered&) = delete;
  entered& operator=(const entered&) = delete;
  ~entered();

 private:
  execution& execution_;
  context* before_;
};

/// The current context. Exceptions: outside_of_context, which names `what`.
context& required(std::string_view what);
/// The same, of a request.
context& required_request(std::string_view what);

}  // namespace aldis::web::detail

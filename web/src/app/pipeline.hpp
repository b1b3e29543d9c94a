#pragma once

#include <aldis/web/response_conversion.hpp>

#include "app/context.hpp"

#include <exception>
#include <functional>
#include <memory>

namespace aldis::web::detail {

/// The way of one request through an app, from the push of its context to its last teardown
/// function. docs/life-of-a-request.md tells it step by step.
class pipeline {
 public:
  explicit pipeline(app_state& of);

  /// Finds the route: the first step, so that it is known where the others run.
  void prepare(web::request& request, web::response& response);
  bool is_blocking() const noexcept;

  /// Everything else. True: the answer is complete. False: the handler is a coroutine;
  /// start_coroutine is called next.
  bool run();
  /// Runs the coroutine on `executor`, a boost::asio::any_io_executor on which `contexts` are
  /// current; calls `done` there when the answer is complete.
  void start_coroutine(const void* executor, std::shared_ptr<execution> contexts,
                       std::function<void()> done);
  /// Nobody waits for the answer any more. That the handler stops because of it is nobody's error.
  void cancel() noexcept;

  /// What the app let out; the response is a plain 500 then.
  const std::exception_ptr& error() const noexcept { return error_; }
  const std::shared_ptr<detail::context>& context() const noexcept { return context_; }
  void reset();

 private:
  bool run_on_thread();
  handler_result dispatch();
  handler_result preprocess();
  handler_result call_handler();
  void respond_to_options();
  void conclude(const std::exception_ptr& thrown, bool has_response);
  void fail(const std::exception_ptr& thrown);
  bool handle_user_error(const std::exception_ptr& thrown);
  void handle_exception(const std::exception_ptr& thrown);
  void finalize(bool after_error);
  void process_response();
  void complete_headers();
  void end(const std::exception_ptr& error);
  bool hand_over_to_stream();
  const error_handler* find_handler(const std::exception_ptr& error, int code) const;
  bool call_error_handler(const error_handler& handler, const std::exception_ptr& error);

  app_state& app_;
  std::shared_ptr<detail::context> context_;
  web::request* request_ = nullptr;
  web::response* response_ = nullptr;
  std::exception_ptr error_;
  std::unique_ptr<async_result> pending_;
  bool cancelled_ = false;
  detail::context* innermost_ = nullptr;  // of a coroutine that has not begun
  std::vector<const path_value*> values_;
};

}  // namespace aldis::web::detail

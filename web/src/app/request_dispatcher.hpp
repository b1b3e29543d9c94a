#pragma once

#include <aldis/web/response_conversion.hpp>

#include "app/context.hpp"

#include <exception>
#include <functional>
#include <memory>

namespace aldis::web::detail {

/// Takes one request through an app, from the push of its context to its last teardown function.
/// docs/life-of-a-request.md describes the steps.
class request_dispatcher {
 public:
  explicit request_dispatcher(app_state& of);

  /// Finds the route. It is the first step, because the route decides where the others run.
  void prepare(web::request& request, web::response& response);
  bool is_blocking() const noexcept;

  /// Runs the other steps. True: the response is complete. False: the handler is a coroutine, and
  /// start_coroutine() must be called next.
  bool run();
  /// Runs the coroutine on `executor`, a boost::asio::any_io_executor that makes `chain` current.
  /// Calls `done` there when the response is complete.
  void start_coroutine(const void* executor, std::shared_ptr<context_chain> chain,
                       std::function<void()> done);
  /// Cancels a coroutine, because nobody waits for the response any more. An operation_aborted that
  /// ends the handler is then not treated as an error.
  void cancel() noexcept;

  /// The exception that the app let out, or null. With one, the response is a plain 500.
  const std::exception_ptr& error() const noexcept { return error_; }
  const std::shared_ptr<detail::context>& context() const noexcept { return context_; }
  void reset();

 private:
  bool run_steps();
  handler_result dispatch();
  handler_result preprocess();
  handler_result call_handler();
  void respond_to_options();
  void complete(const std::exception_ptr& thrown, bool has_response);
  void fail(const std::exception_ptr& thrown);
  bool handle_user_error(const std::exception_ptr& thrown);
  void handle_exception(const std::exception_ptr& thrown);
  void finalize(bool after_error);
  void process_response();
  void complete_headers();
  void end(const std::exception_ptr& error);
  bool transfer_to_stream();
  const error_handler* find_handler(const std::exception_ptr& error, int code) const;
  bool call_error_handler(const error_handler& handler, const std::exception_ptr& error);

  app_state& app_;
  std::shared_ptr<detail::context> context_;
  web::request* request_ = nullptr;
  web::response* response_ = nullptr;
  std::exception_ptr error_;
  std::unique_ptr<async_result> pending_;
  bool cancelled_ = false;
  detail::context* innermost_ = nullptr;  // for a coroutine that has not started
  std::vector<const path_value*> values_;
};

}  // namespace aldis::web::detail

#pragma once

#include <aldis/web/request.hpp>
#include <aldis/web/response.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <functional>
#include <memory>

namespace aldis::web::detail {

class context;
class request_dispatcher;

/// One request and its response: the interface between a server and an application. Created once
/// for a connection and reused for each request, so that memory is kept.
///
///     // fill in x.request(); its body may follow after route()
///     x.route();                // tells whether there is a handler
///     if (x.start(done)) ...;   // the response is complete; otherwise done() is called, on the
///     loop
///     // send x.response(), headers unchanged
///     x.end();                  // ends a stream that was not read to its end
///     x.clear();                // for the next request
///
/// Threads: all members are called on the loop's thread. A blocking handler runs on `workers`, a
/// coroutine on the loop; x.request() and x.response() must not be used between start and done.
/// Lifetime: must not be destroyed between start and done; cancel() makes done happen sooner.
class exchange {
 public:
  using done_function = std::function<void()>;

  /// Without workers, blocking handlers run on the loop.
  exchange(app& to, boost::asio::io_context& loop, boost::asio::thread_pool* workers);
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;
  ~exchange();

  web::request& request() noexcept { return request_; }
  web::response& response() noexcept { return response_; }

  /// Returns false if the app has no handler for the request, so that its body is not needed.
  /// Optional: start() routes the request otherwise.
  bool route();

  /// True: the response is complete, and `done` is not called. False: `done` will be called on the
  /// loop, once, never from inside start().
  bool start(done_function done);
  /// Cancels a coroutine handler (asio's terminal cancellation). `done` is called when it has
  /// ended.
  void cancel() noexcept;

  /// The exception that the application let out, or null. With one, response() is a plain 500.
  const std::exception_ptr& error() const noexcept;

  void end() noexcept;
  void clear();

 private:
  void on_worker_done(bool complete, done_function done);
  void start_coroutine(done_function done);

  boost::asio::io_context& loop_;
  boost::asio::thread_pool* workers_;
  web::request request_;
  web::response response_;
  std::unique_ptr<request_dispatcher> dispatcher_;
  // Used on the loop's thread only. The worker uses the dispatcher while on_worker_ is set.
  bool routed_ = false;
  bool on_worker_ = false;
  bool cancelled_ = false;
};

/// The outcome of a request that was handled without a server.
struct handled_request {
  std::exception_ptr error;
  std::shared_ptr<detail::context> context;
};

/// Handles a request without a server, running a coroutine to its end.
handled_request handle_and_keep_context(app& to, web::request& request, web::response& response);
/// The same without keeping the context. Exceptions: those that the app lets out.
response handle_request(app& to, web::request& request);

}  // namespace aldis::web::detail

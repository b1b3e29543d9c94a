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
class pipeline;

/// One request and its answer: what a server hands to an application and gets back. Made once for
/// a connection, used for one request after the other, so that memory is kept.
///
///     x.request() is filled in; its body may follow after
///     x.route();                // which finds out if there is a handler
///     if (x.start(done)) ...;   // the answer is there; otherwise done() comes, on the loop
///     x.response() is sent, headers as they are;
///     x.end();                  // ends a stream that was not read to its end
///     x.clear();                // for the next one
///
/// Threads: everything is called on the loop's thread. A blocking handler runs on `workers`, a
/// coroutine on the loop; x.request() and x.response() are left alone between start and done.
/// Lifetime: must not be destroyed between start and done; cancel() brings done sooner.
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

  /// False: the app has no handler for the request, whose body nobody needs. start() routes a
  /// request that was not routed.
  bool route();

  /// True: the answer is there, and `done` is dropped. False: `done` will be called from the loop,
  /// once, never from inside start.
  bool start(done_function done);
  /// Asks a coroutine handler to stop (asio's terminal cancellation); done comes when it has.
  void cancel() noexcept;

  /// What the application threw and did not answer itself; response() is a plain 500 then.
  const std::exception_ptr& error() const noexcept;

  void end() noexcept;
  void clear();

 private:
  void come_back(bool complete, done_function done);
  void start_coroutine(done_function done);

  boost::asio::io_context& loop_;
  boost::asio::thread_pool* workers_;
  web::request request_;
  web::response response_;
  std::unique_ptr<pipeline> pipeline_;
  // Of the loop's thread, as everything else. A worker has the pipeline while on_worker_.
  bool routed_ = false;
  bool on_worker_ = false;
  bool cancelled_ = false;
};

/// What is left of a request that was answered without a server.
struct handled_request {
  std::exception_ptr error;
  std::shared_ptr<detail::context> context;
};

/// Answers at once; a coroutine is run to its end.
handled_request handle_and_keep_context(app& to, web::request& request, web::response& response);
/// The same, without the context. Exceptions: what the app lets out.
response handle_request(app& to, web::request& request);

}  // namespace aldis::web::detail

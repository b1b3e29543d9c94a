#pragma once

#include <aldis/export.hpp>
#include <aldis/web/fwd.hpp>
#include <aldis/web/server_options.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace aldis::web {

namespace detail {
class server_impl;
}

/// Serves an app over HTTP/1.1.
///
///     web::server server(app, {.port = 0});
///     std::thread serving([&] { server.run(); });
///     // ... requests to server.url() ...
///     server.stop();
///     serving.join();
///
/// A request that could be understood in two ways is rejected with 400, and its connection is
/// closed.
///
/// Threads: run() is called by one thread; stop(), port() and url() by any.
/// Lifetime: the app must outlive the server.
class ALDIS_API server {
 public:
  /// Starts to listen; clients that connect are served once run() is called. Ends the app's setup.
  ///
  /// Exceptions: std::system_error if it cannot listen there; std::invalid_argument if an option is
  /// invalid; bad_setting if a setting of the app cannot be read; std::runtime_error if the
  /// certificate or the key cannot be used.
  explicit server(app& app, const server_options& options = {});
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  /// The server must not be running.
  ~server();

  std::uint16_t port() const noexcept;
  /// Such as `http://127.0.0.1:5000`.
  std::string url() const;

  /// Serves until the server is stopped. Can be called once.
  ///
  /// Exceptions: std::logic_error if it was called before.
  void run();

  /// Stops listening, closes idle connections, and makes run() return when the requests whose heads
  /// have been read are completed. A stream that has had nothing to send for a second is aborted.
  /// After the stop timeout, or when stop() is called again, coroutine handlers are cancelled and
  /// connections closed. Handlers that block or ignore the cancellation are still waited for.
  void stop() noexcept;

 private:
  std::unique_ptr<detail::server_impl> impl_;
};

}  // namespace aldis::web

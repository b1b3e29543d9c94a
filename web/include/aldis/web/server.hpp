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

/// Serves an application by HTTP/1.1.
///
///     web::server server(app, {.port = 0});
///     std::thread serving([&] { server.run(); });
///     // ... requests to server.url() ...
///     server.stop();
///     serving.join();
///
/// Rejects with 400 and closes the connection where a request could be understood in two ways.
/// Threads: run() from one thread; stop(), port() and url() from any.
/// Lifetime: the application must outlive it.
class ALDIS_API server {
 public:
  /// Listens: whoever connects from now on is answered when it runs. The application is taken as it
  /// is: nothing may be set up any more.
  ///
  /// Exceptions: std::system_error if it cannot listen there; std::invalid_argument for options
  /// that make no sense; bad_setting for a setting of the application that cannot be read;
  /// std::runtime_error for a certificate or key that cannot be used.
  explicit server(app& serves, const server_options& options = {});
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  /// Must not be running.
  ~server();

  std::uint16_t port() const noexcept;
  /// As `http://127.0.0.1:5000`.
  std::string url() const;

  /// Serves until it is stopped. Once.
  void run();

  /// Listens no longer, closes what is idle, and lets run() return when the requests whose heads
  /// have been read are answered. A stream that has had nothing to send for a second is broken off.
  /// After the stop timeout, or when called again, coroutine handlers
  /// are cancelled and connections closed. A handler that does not heed that, or that blocks, is
  /// waited for.
  void stop() noexcept;

 private:
  std::unique_ptr<detail::server_impl> impl_;
};

}  // namespace aldis::web

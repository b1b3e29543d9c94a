#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace aldis::web {

/// Where a server listens, and its limits and timeouts.
///
///     app.run({.port = 8080});
struct server_options {
  /// A name or an address; `0.0.0.0` and `::` mean all addresses of this machine.
  std::string host = "127.0.0.1";
  /// 0 means a free one, which server::port() returns.
  std::uint16_t port = 5000;
  /// Threads that serve, each with its own connections; 0 means one for each processor.
  unsigned threads = 0;
  /// Threads for handlers that are marked as blocking.
  unsigned workers = 8;

  /// Request line and fields together. More is answered by 431.
  std::size_t max_head_size = std::size_t{16} * 1024;
  /// The body of a request. More is answered by 413. The app's setting MAX_CONTENT_LENGTH takes
  /// precedence.
  std::uint64_t max_body_size = std::uint64_t{16} * 1024 * 1024;
  /// The bodies of all requests that are in memory, together; those up to 16 KiB are not counted.
  /// More is answered by 503. It is at least max_body_size.
  std::uint64_t max_total_body_size = std::uint64_t{256} * 1024 * 1024;
  /// One more is answered by 503. The limit is lower if the system allows fewer open files.
  std::size_t max_connections = 10'000;

  /// From the first byte of a request to the end of its head; longer is answered by 408.
  std::chrono::milliseconds head_timeout = std::chrono::seconds(20);
  /// For every 16 KiB of a body; longer is answered by 408.
  std::chrono::milliseconds body_timeout = std::chrono::seconds(30);
  /// Without a request; then the connection is closed.
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(75);
  /// For every 64 KiB of an answer that the client must take; then the connection is closed.
  std::chrono::milliseconds write_timeout = std::chrono::seconds(30);
  /// From stop() until handlers are cancelled and their connections closed.
  std::chrono::milliseconds stop_timeout = std::chrono::seconds(30);

  /// Two PEM files, the certificate with its chain. With them the server speaks TLS.
  std::string certificate = {};
  std::string private_key = {};

  /// A line for each request, on the standard error. Logging can cost more than serving the
  /// request.
  bool access_log = true;
};

}  // namespace aldis::web

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
  /// 0 means a free port, which server::port() returns.
  std::uint16_t port = 5000;
  /// Threads that serve connections; 0 means one for each processor.
  unsigned threads = 0;
  /// Threads for handlers of blocking routes.
  unsigned workers = 8;

  /// The size of request line and header fields together. Larger heads get a 431.
  std::size_t max_head_size = std::size_t{16} * 1024;
  /// The size of a request body. Larger ones get a 413. The app's setting MAX_CONTENT_LENGTH takes
  /// precedence.
  std::uint64_t max_body_size = std::uint64_t{16} * 1024 * 1024;
  /// The size of all request bodies in memory, together. Bodies up to 16 KiB are not counted.
  /// Requests beyond the limit get a 503. The limit is at least max_body_size.
  std::uint64_t max_total_body_size = std::uint64_t{256} * 1024 * 1024;
  /// Further connections get a 503. The limit is lower if the system allows fewer open files.
  std::size_t max_connections = 10'000;

  /// The time from the first byte of a request to the end of its head. Slower requests get a 408.
  std::chrono::milliseconds head_timeout = std::chrono::seconds(20);
  /// The time for every 16 KiB of a body. Slower requests get a 408.
  std::chrono::milliseconds body_timeout = std::chrono::seconds(30);
  /// The time without a request after which a connection is closed.
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(75);
  /// The time in which the client must receive 64 KiB of a response; then the connection is closed.
  std::chrono::milliseconds write_timeout = std::chrono::seconds(30);
  /// The time from stop() until handlers are cancelled and connections closed.
  std::chrono::milliseconds stop_timeout = std::chrono::seconds(30);

  /// PEM files; `certificate` includes the chain. With both, the server uses TLS.
  std::string certificate = {};
  std::string private_key = {};

  /// Writes a line for each request to the standard error. Logging can cost more than serving the
  /// request.
  bool access_log = true;
};

}  // namespace aldis::web

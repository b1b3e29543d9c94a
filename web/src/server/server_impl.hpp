#pragma once

#include <aldis/export.hpp>
#include <aldis/web/fwd.hpp>
#include <aldis/web/server_options.hpp>

#include "server/coarse_timers.hpp"
#include "server/io_loop.hpp"
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boost::asio::ssl {
class context;
}

namespace aldis::web::detail {

/// For tests: replaces what a server otherwise takes from the system.
struct server_hooks {
  /// Returns the time. With it, time passes only in tick().
  std::function<time_point()> clock;
  /// Receives what is logged, one line at a time.
  std::function<void(std::string_view)> log;
};

/// Listens on one thread, and distributes connections to its loops in turn.
///
/// There is one listening socket. With one for each loop (SO_REUSEPORT) the system would choose the
/// loop by the client's port, so some loops would get more connections; a second server on the same
/// port would not fail; and connections waiting at a socket that closes would be reset.
class ALDIS_API server_impl {
 public:
  server_impl(app& app, const server_options& options, server_hooks hooks = {});
  ~server_impl();
  server_impl(const server_impl&) = delete;
  server_impl& operator=(const server_impl&) = delete;

  std::uint16_t port() const noexcept { return endpoint_.port(); }
  std::string url() const;
  void run();
  /// Threads: any.
  void stop() noexcept;
  /// Makes all loops read the clock. Threads: any.
  void tick();

 private:
  void listen();
  void accept();
  void accept_later();
  void hand_over(io_loop& to, tcp_socket socket);

  std::mutex log_mutex_;
  server_state state_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  std::vector<std::unique_ptr<io_loop>> loops_;
  // They use the loops' io_contexts, and so must be destroyed before them.
  std::optional<boost::asio::basic_socket_acceptor<boost::asio::ip::tcp,
                                                   boost::asio::io_context::executor_type>>
      acceptor_;
  std::optional<boost::asio::steady_timer> accept_timer_;
  boost::asio::ip::tcp::endpoint endpoint_;
  boost::asio::ip::tcp::endpoint client_;
  std::size_t next_ = 0;
  std::unique_ptr<boost::asio::thread_pool> workers_;
  bool has_run_ = false;
};

}  // namespace aldis::web::detail

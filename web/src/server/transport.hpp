#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace boost::asio::ssl {
class context;
}

namespace aldis::web::detail {

/// A TCP socket with a concrete executor instead of Asio's type-erased one.
using tcp_socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// The bytes from and to one client: TCP, or TLS on top of it.
///
/// At most one open(), write() or shutdown() may be pending, and beside it one read(). Each
/// completes with one call of the handler, never from inside the call that started it. write_now()
/// completes before it returns.
/// Threads: all calls are made on the thread of the socket's loop.
/// Lifetime: must not be destroyed while an operation is pending; close() completes them soon.
class transport {
 public:
  enum class read_result { data, end, failed };
  /// State of the client's side. half_closed: it has closed its sending half; whether it still
  /// receives is only known once something is sent.
  enum class peer_state { open, half_closed, gone };

  class handler {
   public:
    virtual void on_open(bool succeeded) = 0;
    virtual void on_read(read_result result, std::size_t size) = 0;
    virtual void on_write(bool succeeded) = 0;
    virtual void on_shutdown() = 0;

   protected:
    ~handler() = default;
  };

  transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  virtual ~transport() = default;

  /// Must be called before any operation.
  void set_handler(handler& to) noexcept { handler_ = &to; }

  virtual void open() = 0;
  virtual void read(char* to, std::size_t max_size) = 0;
  /// Writes as much as is possible without waiting, and returns how much that was; perhaps 0.
  virtual std::size_t write_now(const std::array<std::string_view, 2>&) noexcept { return 0; }
  /// Both buffers must stay valid until the write has completed.
  virtual void write(const std::array<std::string_view, 2>& buffers) = 0;
  /// Tells the client that nothing more will be sent.
  virtual void shutdown() = 0;
  /// Checks the connection now, even if no read is pending.
  virtual peer_state peer() noexcept = 0;
  /// Pending operations fail.
  virtual void close() noexcept = 0;

 protected:
  transport::handler& get_handler() const noexcept { return *handler_; }

 private:
  handler* handler_ = nullptr;
};

std::unique_ptr<transport> make_plain_transport(tcp_socket socket);
std::unique_ptr<transport> make_tls_transport(tcp_socket socket,
                                              boost::asio::ssl::context& context);

}  // namespace aldis::web::detail

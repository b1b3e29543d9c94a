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

/// Asio's, without its type-erased executor.
using tcp_socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// Bytes from and to a client: TCP, or TLS above it.
///
/// One open, shut or write at a time, and one read beside it. Each is answered by one call of its
/// user, never from inside; only write_now() needs no answer.
/// Threads: everything on the thread of the socket's loop.
/// Lifetime: must not be destroyed before everything is answered; after close() that is soon.
class transport {
 public:
  enum class outcome { data, end, failed };
  /// What is known of the other side. half_closed: it sends no more; whether it still listens shows
  /// only when something is sent to it.
  enum class peer_state { open, half_closed, gone };

  class user {
   public:
    virtual void has_opened(bool well) = 0;
    virtual void has_read(outcome what, std::size_t size) = 0;
    virtual void has_written(bool well) = 0;
    virtual void has_shut() = 0;

   protected:
    ~user() = default;
  };

  transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  virtual ~transport() = default;

  /// Before everything else.
  void belong_to(user& one) noexcept { user_ = &one; }

  virtual void open() = 0;
  virtual void read(char* to, std::size_t most) = 0;
  /// Writes what it can without waiting, which may be nothing, and returns how much that was.
  virtual std::size_t write_now(const std::array<std::string_view, 2>&) noexcept { return 0; }
  /// Both pieces of text stay where they are until it is answered.
  virtual void write(const std::array<std::string_view, 2>& pieces) = 0;
  /// Nothing more will be written; the client is told.
  virtual void shut() = 0;
  /// Looks at the connection now, also where nothing is being read.
  virtual peer_state peer() noexcept = 0;
  /// What is going on fails.
  virtual void close() noexcept = 0;

 protected:
  user& of() const noexcept { return *user_; }

 private:
  user* user_ = nullptr;
};

std::unique_ptr<transport> make_plain_transport(tcp_socket socket);
std::unique_ptr<transport> make_tls_transport(tcp_socket socket,
                                              boost::asio::ssl::context& context);

}  // namespace aldis::web::detail

#pragma once

#include "server/transport.hpp"
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <poll.h>

namespace aldis::web::detail {

/// The operations that TCP and TLS implement alike, by Asio.
template <class Stream>
class basic_transport : public transport {
 public:
  void read(char* to, std::size_t max_size) final {
    stream_.async_read_some(boost::asio::buffer(to, max_size),
                            [this](const boost::system::error_code& error, std::size_t size) {
                              if (!error) return get_handler().on_read(read_result::data, size);
                              get_handler().on_read(
                                  is_end(error) ? read_result::end : read_result::failed, 0);
                            });
  }

  void write(const std::array<std::string_view, 2>& buffers) final {
    const auto written = [this](const boost::system::error_code& error, std::size_t) {
      get_handler().on_write(!error);
    };
    if (buffers[1].empty()) {
      return boost::asio::async_write(stream_, buffer(buffers[0]), written);
    }
    boost::asio::async_write(stream_, std::array{buffer(buffers[0]), buffer(buffers[1])}, written);
  }

  peer_state peer() noexcept final {
    // poll() reports errors and hang-ups even if they are not asked for.
    pollfd socket{};
    socket.fd = stream_.lowest_layer().native_handle();
#ifdef POLLRDHUP
    socket.events = POLLRDHUP;
#endif
    if (::poll(&socket, 1, 0) <= 0) return peer_state::open;
    const bool gone = (socket.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
    return gone ? peer_state::gone : peer_state::half_closed;
  }

  void close() noexcept final {
    boost::system::error_code ignored;
    ignored = stream_.lowest_layer().close(ignored);
  }

 protected:
  template <class... Args>
  explicit basic_transport(Args&&... args) : stream_(std::forward<Args>(args)...) {}

  static boost::asio::const_buffer buffer(std::string_view text) {
    return {text.data(), text.size()};
  }

  Stream stream_;

 private:
  /// Whether the error means that the client has closed its sending half.
  virtual bool is_end(const boost::system::error_code& error) const {
    return error == boost::asio::error::eof;
  }
};

}  // namespace aldis::web::detail

#pragma once

#include "server/transport.hpp"
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <poll.h>

namespace aldis::web::detail {

/// What TCP and TLS have in common: reading and writing as Asio does it.
template <class Stream>
class basic_transport : public transport {
 public:
  void read(char* to, std::size_t most) final {
    stream_.async_read_some(boost::asio::buffer(to, most),
                            [this](const boost::system::error_code& error, std::size_t size) {
                              if (!error) return of().has_read(outcome::data, size);
                              of().has_read(is_end(error) ? outcome::end : outcome::failed, 0);
                            });
  }

  void write(const std::array<std::string_view, 2>& pieces) final {
    const auto written = [this](const boost::system::error_code& error, std::size_t) {
      of().has_written(!error);
    };
    if (pieces[1].empty()) {
      return boost::asio::async_write(stream_, buffer(pieces[0]), written);
    }
    boost::asio::async_write(stream_, std::array{buffer(pieces[0]), buffer(pieces[1])}, written);
  }

  peer_state peer() noexcept final {
    // An error or the end of both halves is told without being asked for.
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
  /// Has the client said all it had to say?
  virtual bool is_end(const boost::system::error_code& error) const {
    return error == boost::asio::error::eof;
  }
};

}  // namespace aldis::web::detail

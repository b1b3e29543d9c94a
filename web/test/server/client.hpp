#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

/// A client with a socket. Waiting too long throws, so that a test fails instead of hanging.
class client {
 public:
  explicit client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): that is how sockets are used
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail();
    const int enabled = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &enabled, sizeof enabled);
  }
  client(client&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), read_(std::move(other.read_)) {}
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client() {
    if (socket_ >= 0) ::close(socket_);
  }

  /// False if the server has closed the connection.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      wait(POLLOUT);
      const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
  }

  /// Closes the sending half.
  void close_sending() { shutdown(socket_, SHUT_WR); }
  /// Resets the connection.
  void reset() {
    const linger immediately{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &immediately, sizeof immediately);
    ::close(std::exchange(socket_, -1));
  }

  /// Returns everything up to the end or a reset of the connection.
  std::string receive_all() {
    while (receive_some()) {
    }
    return std::exchange(read_, {});
  }

  /// Returns one response with Content-Length, such as "200 hello"; nothing if the connection ends.
  std::string receive() {
    for (;;) {
      const std::size_t end = read_.find("\r\n\r\n");
      if (end != std::string::npos) {
        const std::size_t at = read_.find("Content-Length: ");
        if (at == std::string::npos || at > end) throw std::runtime_error("no length: " + read_);
        const std::size_t size = std::stoul(read_.substr(at + 16));
        if (read_.size() >= end + 4 + size) {
          std::string response = read_.substr(9, 3) + " " + read_.substr(end + 4, size);
          read_.erase(0, end + 4 + size);
          return response;
        }
      }
      if (!receive_some()) return {};
    }
  }

  /// Whether there is data or the end.
  bool readable() const {
    pollfd one{socket_, POLLIN, 0};
    return poll(&one, 1, 1) > 0;
  }

 private:
  static constexpr int max_wait = 60'000;

  [[noreturn]] static void fail() {
    throw std::system_error(errno, std::generic_category(), "the client's socket");
  }

  void wait(short what) const {
    pollfd one{socket_, what, 0};
    if (poll(&one, 1, max_wait) <= 0) throw std::runtime_error("the server takes too long");
  }

  bool receive_some() {
    wait(POLLIN);
    std::array<char, 16384> bytes{};
    const ssize_t size = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (size <= 0) return false;
    read_.append(bytes.data(), static_cast<std::size_t>(size));
    return true;
  }

  int socket_;
  std::string read_;
};

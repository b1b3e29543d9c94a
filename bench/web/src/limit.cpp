// The limit of the machine: an epoll loop that searches for the end of each header section and
// sends a fixed response. No server can do less. `limit <port>`.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view response =
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
    "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 13\r\n\r\nhello blinker";

struct connection {
  int socket;
  std::size_t size = 0;
  std::array<char, 16384> bytes;
};

/// Responds to complete header sections; false at the end of the connection.
bool serve(connection& of) {
  const ssize_t read = recv(of.socket, of.bytes.data() + of.size, of.bytes.size() - of.size, 0);
  if (read <= 0) return false;
  of.size += static_cast<std::size_t>(read);
  std::string_view rest(of.bytes.data(), of.size);
  static std::string out;
  out.clear();
  for (;;) {
    const std::size_t end = rest.find("\r\n\r\n");
    if (end == std::string_view::npos) break;
    out.append(response);
    rest.remove_prefix(end + 4);
  }
  rest.copy(of.bytes.data(), rest.size());
  of.size = rest.size();
  return out.empty() || send(of.socket, out.data(), out.size(), MSG_NOSIGNAL) >= 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(std::atoi(arguments[1])));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
      listen(listener, 1024) != 0) {
    std::perror("limit");
    return 1;
  }
  const int poll = epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);

  for (std::array<epoll_event, 128> events{};;) {
    const int ready = epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      auto* const of = static_cast<connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (of == nullptr) {
        auto made = std::make_unique<connection>();
        made->socket = accept(listener, nullptr, nullptr);
        setsockopt(made->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        event.events = EPOLLIN;
        event.data.ptr = made.get();
        epoll_ctl(poll, EPOLL_CTL_ADD, made.release()->socket, &event);
      } else if (!serve(*of)) {
        close(of->socket);
        delete of;
      }
    }
  }
}

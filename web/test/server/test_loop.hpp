#pragma once

#include <aldis/web/server_options.hpp>

#include "server/io_loop.hpp"
#include "server/transport.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A client's side of a connection, without a real socket.
struct fake_socket {
  // How the client behaves.
  std::string to_server;
  std::size_t max_read_size = std::string::npos;  // what the server can read at a time
  bool half_closes = false;
  bool resets = false;
  bool accepts_data = true;
  std::size_t immediate_write_size = 0;  // what write_now() can write

  // What the server did.
  std::string to_client;
  std::vector<std::size_t> writes;  // their sizes
  bool shut_down = false;
  bool closed = false;
  bool destroyed = false;  // the connection

  // Pending operations.
  aldis::web::detail::transport::handler* handler = nullptr;
  bool opening = false;
  bool writing = false;
  bool shutting_down = false;
  bool reading = false;
  std::array<std::string_view, 2> buffers;
  char* read_to = nullptr;
  std::size_t read_size = 0;
};

class fake_transport final : public aldis::web::detail::transport {
 public:
  explicit fake_transport(std::shared_ptr<fake_socket> to) : socket_(std::move(to)) {}
  ~fake_transport() override {
    socket_->destroyed = true;
    socket_->handler = nullptr;
  }

  void open() override {
    socket_->handler = &get_handler();
    socket_->opening = true;
  }
  void read(char* to, std::size_t max_size) override {
    socket_->reading = true;
    socket_->read_to = to;
    socket_->read_size = max_size;
  }
  std::size_t write_now(const std::array<std::string_view, 2>& buffers) noexcept override {
    const std::string both = std::string(buffers[0]).append(buffers[1]);
    socket_->to_client.append(both, 0, socket_->immediate_write_size);
    return std::min(both.size(), socket_->immediate_write_size);
  }
  void write(const std::array<std::string_view, 2>& buffers) override {
    socket_->writing = true;
    socket_->buffers = buffers;
  }
  void shutdown() override { socket_->shutting_down = true; }
  peer_state peer() noexcept override {
    if (socket_->resets) return peer_state::gone;
    return socket_->half_closes ? peer_state::half_closed : peer_state::open;
  }
  void close() noexcept override { socket_->closed = true; }

 private:
  std::shared_ptr<fake_socket> socket_;
};

/// A loop with connections on fake sockets, in one thread and with a clock that the test advances.
/// Everything that a call causes has happened when the call returns.
class test_loop {
 public:
  explicit test_loop(aldis::web::app& app,
                     const aldis::web::server_options& options = {.access_log = false})
      : server_{app,       options,   nullptr, "http", [this] { return now_; },
                logging(), logging(), {},      {}},
        loop_(server_) {}
  ~test_loop() {
    loop_.stop();
    loop_.stop();
    run_ready();
  }

  fake_socket& connect(bool full = false) {
    sockets_.push_back(std::make_shared<fake_socket>());
    loop_.add(std::make_unique<fake_transport>(sockets_.back()), "192.0.2.1", full);
    run_ready();
    return *sockets_.back();
  }

  fake_socket& send(fake_socket& client, std::string_view bytes) {
    client.to_server += bytes;
    run_ready();
    return client;
  }

  void advance(std::chrono::milliseconds time) {
    now_ += time;
    loop_.tick();
    run_ready();
  }

  void stop() {
    loop_.stop();
    run_ready();
  }

  /// Runs everything that is ready.
  void run_ready() {
    while (one_step()) {
    }
  }

  void erase_destroyed() {
    std::erase_if(sockets_, [](const auto& each) { return each->destroyed; });
  }

  std::size_t connections() const { return loop_.size(); }
  std::uint64_t body_bytes() const { return server_.body_bytes; }
  boost::asio::io_context& io_context() { return loop_.io_context(); }

  std::vector<std::string> log;

 private:
  std::function<void(std::string_view)> logging() {
    return [this](std::string_view line) { log.emplace_back(line); };
  }

  bool one_step() {
    for (const auto& each : sockets_) {
      if (each->handler != nullptr && step(*each)) return true;
    }
    return loop_.io_context().poll() > 0;
  }

  static bool step(fake_socket& socket) {
    using read_result = aldis::web::detail::transport::read_result;
    aldis::web::detail::transport::handler& handler = *socket.handler;
    if (socket.opening) {
      socket.opening = false;
      handler.on_open(!socket.closed);
    } else if (socket.writing && (socket.accepts_data || socket.closed)) {
      socket.writing = false;
      if (!socket.closed) {
        socket.to_client.append(socket.buffers[0]).append(socket.buffers[1]);
        socket.writes.push_back(socket.buffers[0].size() + socket.buffers[1].size());
      }
      handler.on_write(!socket.closed);
    } else if (socket.shutting_down) {
      socket.shutting_down = false;
      socket.shut_down = true;
      handler.on_shutdown();
    } else if (socket.reading && (socket.closed || socket.resets)) {
      socket.reading = false;
      handler.on_read(read_result::failed, 0);
    } else if (socket.reading && !socket.to_server.empty()) {
      socket.reading = false;
      const std::size_t size =
          std::min({socket.read_size, socket.max_read_size, socket.to_server.size()});
      socket.to_server.copy(socket.read_to, size);
      socket.to_server.erase(0, size);
      handler.on_read(read_result::data, size);
    } else if (socket.reading && socket.half_closes) {
      socket.reading = false;
      handler.on_read(read_result::end, 0);
    } else {
      return false;
    }
    return true;
  }

  aldis::web::detail::time_point now_{};
  std::vector<std::shared_ptr<fake_socket>> sockets_;
  aldis::web::detail::server_state server_;
  aldis::web::detail::io_loop loop_;
};

#pragma once

#include <aldis/web/server_options.hpp>

#include "event.hpp"
#include "server/server_impl.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

/// A server on a free port, on separate threads, with a clock that the test advances.
class running_server {
 public:
  explicit running_server(aldis::web::app& app, aldis::web::server_options options = {.threads = 2})
      : server_(app, with_free_port(options),
                {[this] { return aldis::web::detail::time_point(now_.load()); },
                 [this](std::string_view line) {
                   const std::lock_guard lock(mutex_);
                   log_.emplace_back(line);
                 }}),
        thread_([this] {
          server_.run();
          ended_.set();
        }) {}
  ~running_server() { stop(); }
  running_server(const running_server&) = delete;
  running_server& operator=(const running_server&) = delete;

  std::uint16_t port() const { return server_.port(); }
  std::string url() const { return server_.url(); }

  void advance(std::chrono::milliseconds time) {
    now_ = now_.load() + time;
    server_.tick();
  }
  /// Advances the clock until the client can read something.
  template <class Client>
  void advance_until_readable(Client& one) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!one.readable() && std::chrono::steady_clock::now() < deadline) {
      advance(std::chrono::seconds(1));
    }
  }

  void begin_stop() { server_.stop(); }
  /// Returns when the server has ended.
  void stop() {
    if (!thread_.joinable()) return;
    server_.stop();
    // The test cannot continue without it.
    if (!ended_.wait(std::chrono::seconds(60))) std::abort();
    thread_.join();
  }

  std::vector<std::string> log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }

 private:
  static aldis::web::server_options with_free_port(aldis::web::server_options options) {
    options.port = 0;
    options.access_log = false;
    return options;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> log_;
  std::atomic<std::chrono::steady_clock::duration> now_{};
  event ended_;
  aldis::web::detail::server_impl server_;
  std::thread thread_;
};

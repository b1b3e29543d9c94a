#pragma once

#include <aldis/export.hpp>
#include <aldis/web/server_options.hpp>

#include "server/coarse_timers.hpp"
#include "server/connection.hpp"
#include "server/timer_queue.hpp"
#include "server/transport.hpp"
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

namespace aldis::web::detail {

/// The state that the loops of a server share.
struct server_state {
  app& serves;
  server_options options;
  boost::asio::thread_pool* workers = nullptr;
  /// "http" or "https".
  std::string_view scheme = "http";
  /// Replaces the steady clock in tests.
  std::function<time_point()> clock;
  /// Logs errors. Threads: any.
  std::function<void(std::string_view)> log;
  std::function<void(std::string_view)> log_access;
  std::atomic<std::size_t> connections{0};
  /// Memory that bodies use or have reserved.
  std::atomic<std::uint64_t> body_bytes{0};

  time_point now() const { return clock ? clock() : std::chrono::steady_clock::now(); }
};

/// Serves one thread's share of the connections.
///
/// Threads: all members but io_context() are called on the thread in run().
class ALDIS_API io_loop {
 public:
  explicit io_loop(server_state& server);
  ~io_loop();
  io_loop(const io_loop&) = delete;
  io_loop& operator=(const io_loop&) = delete;

  /// Returns when the loop has been stopped and the last connection is destroyed.
  void run() { io_context_.run(); }

  /// Other threads post to it.
  boost::asio::io_context& io_context() noexcept { return io_context_; }

  /// With `full`, the connection gets a 503: there are too many.
  void add(std::unique_ptr<transport> to, std::string client, bool full = false);
  void remove(connection& ended);

  /// Lets requests finish; the second call closes all connections.
  void stop();
  /// Reads the clock, and expires timers.
  void tick();

  std::size_t size() const noexcept { return connections_.size(); }
  server_state& server() const noexcept { return server_; }
  coarse_timers& timeouts() noexcept { return timeouts_; }
  /// Much memory was freed: returns it to the system soon.
  void trim_memory_soon() noexcept { trim_is_due_ = true; }
  void set_timer(timer& timer, std::chrono::milliseconds after);
  std::string_view date() const noexcept { return date_; }

 private:
  struct stop_timer final : coarse_timer {
    explicit stop_timer(io_loop& loop) : loop_(loop) {}
    void on_timeout(timeout) override { loop_.abandon_all(); }
    io_loop& loop_;
  };

  void tick_later();
  void arm_timers();
  void run_timers();
  void trim_memory() noexcept;
  void abandon_all();
  void connection_ended();
  void end_if_done();

  server_state& server_;
  boost::asio::io_context io_context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_context_.get_executor()};
  boost::asio::steady_timer tick_timer_{io_context_};
  boost::asio::steady_timer next_timer_{io_context_};
  timer_queue timers_;
  coarse_timers timeouts_;
  stop_timer stop_timer_{*this};
  std::string date_;
  std::list<std::unique_ptr<connection>> connections_;
  bool ticking_ = false;
  bool trim_is_due_ = false;
  bool stopping_ = false;
};

}  // namespace aldis::web::detail

#pragma once

#include <aldis/export.hpp>
#include <aldis/web/server_options.hpp>

#include "server/connection.hpp"
#include "server/deadlines.hpp"
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

/// What the loops of a server share.
struct shared_by_loops {
  app& serves;
  server_options options;
  boost::asio::thread_pool* workers = nullptr;
  /// "http" or "https".
  std::string_view scheme = "http";
  /// The time of a test; the steady clock's if it is empty.
  std::function<time_point()> clock;
  /// What goes wrong. Threads: any.
  std::function<void(std::string_view)> log;
  std::function<void(std::string_view)> log_access;
  std::atomic<std::size_t> connections{0};
  /// Room that bodies have, or will need.
  std::atomic<std::uint64_t> body_bytes{0};

  time_point now() const { return clock ? clock() : std::chrono::steady_clock::now(); }
};

/// One thread's share of the connections.
///
/// Threads: everything on the thread in run(), but for what says otherwise.
class ALDIS_API loop {
 public:
  explicit loop(shared_by_loops& shared);
  ~loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  /// Returns when it was stopped and the last connection has gone.
  void run() { context_.run(); }

  /// For others to post to.
  boost::asio::io_context& context() noexcept { return context_; }

  /// `full`: it is answered that there are too many.
  void add(std::unique_ptr<transport> to, std::string client, bool full = false);
  void remove(connection& of);

  /// The first time gently.
  void stop();
  /// Takes the time; ends what has waited too long.
  void tick();

  std::size_t size() const noexcept { return connections_.size(); }
  shared_by_loops& shared() const noexcept { return shared_; }
  deadlines& waits() noexcept { return waits_; }
  /// Much memory is free again: the system gets it back soon.
  void trim_memory_soon() noexcept { trim_is_due_ = true; }
  void set_timer(timer& one, std::chrono::milliseconds after);
  std::string_view date() const noexcept { return date_; }

 private:
  struct stop_deadline final : waiter {
    explicit stop_deadline(loop& of) : loop_(of) {}
    void expire(wait_for) override { loop_.abandon_all(); }
    loop& loop_;
  };

  void tick_later();
  void arm_timers();
  void pass_timers();
  void trim_memory() noexcept;
  void abandon_all();
  void end_of_one();
  void end_if_done();

  shared_by_loops& shared_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      context_.get_executor()};
  boost::asio::steady_timer timer_{context_};
  boost::asio::steady_timer next_timer_{context_};
  timer_queue timers_;
  deadlines waits_;
  stop_deadline stop_deadline_{*this};
  std::string date_;
  std::list<std::unique_ptr<connection>> connections_;
  bool ticking_ = false;
  bool trim_is_due_ = false;
  bool stopping_ = false;
};

}  // namespace aldis::web::detail

#include "server/io_loop.hpp"

#include <aldis/web/cookie.hpp>

#include "http/text.hpp"
#include <boost/asio/error.hpp>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <chrono>
#include <exception>
#include <iterator>
#include <utility>

namespace aldis::web::detail {

namespace {

constexpr std::chrono::milliseconds tick_length(250);
constexpr std::chrono::milliseconds linger_timeout(2000);

coarse_timers::lengths lengths_of(const server_options& options) {
  return {options.head_timeout,  options.body_timeout, options.idle_timeout,
          options.write_timeout, linger_timeout,       options.stop_timeout};
}

}  // namespace

io_loop::io_loop(server_state& server)
    : server_(server), timeouts_(lengths_of(server.options), server.now()) {}

io_loop::~io_loop() = default;

void io_loop::add(std::unique_ptr<transport> to, std::string client, bool full) {
  if (!ticking_) {
    ticking_ = true;
    tick();
  }
  try {
    connections_.push_back(std::make_unique<connection>(*this, std::move(to), std::move(client)));
  } catch (const std::exception& error) {
    server_.log("Cannot serve a connection: " + escape_control(error.what()));
    return connection_ended();
  }
  connection& added = *connections_.back();
  added.position = std::prev(connections_.end());
  if (stopping_) {
    added.abandon();
  } else if (full) {
    added.start_full();
  } else {
    added.start();
  }
}

void io_loop::remove(connection& ended) {
  connections_.erase(ended.position);
  connection_ended();
}

void io_loop::connection_ended() {
  server_.connections.fetch_sub(1, std::memory_order_relaxed);
  end_if_done();
}

void io_loop::stop() {
  if (stopping_) return abandon_all();
  stopping_ = true;
  if (!connections_.empty()) timeouts_.set(stop_timer_, timeout::stop);
  for (auto next = connections_.begin(); next != connections_.end();) (*next++)->stop();
  end_if_done();
}

void io_loop::abandon_all() {
  for (auto next = connections_.begin(); next != connections_.end();) (*next++)->abandon();
}

void io_loop::end_if_done() {
  if (!connections_.empty()) return;
  // Without connections, nothing needs a tick four times a second.
  ticking_ = false;
  tick_timer_.cancel();
  next_timer_.cancel();
  trim_memory();
  if (!stopping_) return;
  stop_timer_.cancel();
  work_.reset();
}

void io_loop::tick() {
  date_ = http_date(std::chrono::system_clock::now());
  timeouts_.advance(server_.now());
  timers_.advance(server_.now());
  trim_memory();
  if (ticking_ && !server_.clock) tick_later();
}

void io_loop::set_timer(timer& timer, std::chrono::milliseconds after) {
  const time_point due = server_.now() + after;
  const bool is_next = timers_.empty() || due < timers_.next();
  timers_.set(timer, due);
  if (is_next && !server_.clock) arm_timers();
}

void io_loop::trim_memory() noexcept {
  if (!std::exchange(trim_is_due_, false)) return;
#ifdef __GLIBC__
  // The C library keeps memory that was freed in small blocks, such as the values of a large JSON
  // document.
  ::malloc_trim(0);
#endif
}

void io_loop::arm_timers() {
  next_timer_.expires_at(timers_.next());
  next_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error != boost::asio::error::operation_aborted) run_timers();
  });
}

void io_loop::run_timers() {
  timers_.advance(server_.now());
  if (!timers_.empty()) arm_timers();
}

void io_loop::tick_later() {
  tick_timer_.expires_after(tick_length);
  tick_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error != boost::asio::error::operation_aborted) tick();
  });
}

}  // namespace aldis::web::detail

#include "server/loop.hpp"

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

deadlines::lengths lengths_of(const server_options& options) {
  return {options.head_timeout,  options.body_timeout, options.idle_timeout,
          options.write_timeout, linger_timeout,       options.stop_timeout};
}

}  // namespace

loop::loop(shared_by_loops& shared)
    : shared_(shared), waits_(lengths_of(shared.options), shared.now()) {}

loop::~loop() = default;

void loop::add(std::unique_ptr<transport> to, std::string client, bool full) {
  if (!ticking_) {
    ticking_ = true;
    tick();
  }
  try {
    connections_.push_back(std::make_unique<connection>(*this, std::move(to), std::move(client)));
  } catch (const std::exception& error) {
    shared_.log("Cannot take a connection: " + printable(error.what()));
    return end_of_one();
  }
  connection& added = *connections_.back();
  added.place = std::prev(connections_.end());
  if (stopping_) {
    added.abandon();
  } else if (full) {
    added.start_full();
  } else {
    added.start();
  }
}

void loop::remove(connection& of) {
  connections_.erase(of.place);
  end_of_one();
}

void loop::end_of_one() {
  shared_.connections.fetch_sub(1, std::memory_order_relaxed);
  end_if_done();
}

void loop::stop() {
  if (stopping_) return abandon_all();
  stopping_ = true;
  if (!connections_.empty()) waits_.begin(stop_deadline_, wait_for::stop);
  for (auto at = connections_.begin(); at != connections_.end();) (*at++)->stop();
  end_if_done();
}

void loop::abandon_all() {
  for (auto at = connections_.begin(); at != connections_.end();) (*at++)->abandon();
}

void loop::end_if_done() {
  if (!connections_.empty()) return;
  // A wake-up four times a second is for those who wait.
  ticking_ = false;
  timer_.cancel();
  next_timer_.cancel();
  trim_memory();
  if (!stopping_) return;
  stop_deadline_.forget();
  work_.reset();
}

void loop::tick() {
  date_ = http_date(std::chrono::system_clock::now());
  waits_.pass(shared_.now());
  timers_.pass(shared_.now());
  trim_memory();
  if (ticking_ && !shared_.clock) tick_later();
}

void loop::set_timer(timer& one, std::chrono::milliseconds after) {
  const time_point when = shared_.now() + after;
  const bool is_next = timers_.empty() || when < timers_.next();
  timers_.set(one, when);
  if (is_next && !shared_.clock) arm_timers();
}

void loop::trim_memory() noexcept {
  if (!std::exchange(trim_is_due_, false)) return;
#ifdef __GLIBC__
  // The C library keeps what was freed in small pieces, as the parts of a large JSON document are.
  ::malloc_trim(0);
#endif
}

void loop::arm_timers() {
  next_timer_.expires_at(timers_.next());
  next_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error != boost::asio::error::operation_aborted) pass_timers();
  });
}

void loop::pass_timers() {
  timers_.pass(shared_.now());
  if (!timers_.empty()) arm_timers();
}

void loop::tick_later() {
  timer_.expires_after(tick_length);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error != boost::asio::error::operation_aborted) tick();
  });
}

}  // namespace aldis::web::detail

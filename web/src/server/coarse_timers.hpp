#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

namespace aldis::web::detail {

using time_point = std::chrono::steady_clock::time_point;

/// The timeouts of a server, each with one length for all connections.
enum class timeout { head, body, idle, write, close, stop };
inline constexpr std::size_t timeout_count = 6;

/// A timer for one timeout at a time.
class coarse_timer {
 public:
  coarse_timer() = default;
  coarse_timer(const coarse_timer&) = delete;
  coarse_timer& operator=(const coarse_timer&) = delete;
  virtual ~coarse_timer() { cancel(); }

  /// The time is up; the timer is no longer set.
  virtual void on_timeout(timeout which) = 0;

  bool is_set() const noexcept { return next_ != this; }
  void cancel() noexcept {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = this;
    next_ = this;
  }

 private:
  friend class coarse_timers;

  coarse_timer* previous_ = this;
  coarse_timer* next_ = this;
  time_point due_;
};

/// The timers of one thread, in one list for each timeout. All timers of a list have the same
/// length, so the order in which they were set is the order in which they are due, and setting or
/// cancelling one changes a few pointers.
class coarse_timers {
 public:
  using lengths = std::array<std::chrono::milliseconds, timeout_count>;

  /// Lengths are limited to a century, so that the time at which a timer is due can be represented.
  coarse_timers(lengths of, time_point now) : lengths_(of), now_(now) {
    constexpr std::chrono::hours century(100L * 365 * 24);
    for (std::chrono::milliseconds& each : lengths_) {
      each = std::min<std::chrono::milliseconds>(each, century);
    }
  }

  /// Replaces the timeout for which the timer may be set.
  void set(coarse_timer& timer, timeout which) noexcept {
    const auto index = static_cast<std::size_t>(which);
    timer.cancel();
    timer.due_ = now_ + lengths_[index];
    coarse_timer& list = lists_[index];
    timer.previous_ = list.previous_;
    timer.next_ = &list;
    list.previous_->next_ = &timer;
    list.previous_ = &timer;
  }

  /// Advances the time, and calls the timers that are due.
  void advance(time_point now) {
    now_ = now;
    for (std::size_t index = 0; index < timeout_count; ++index) {
      coarse_timer& list = lists_[index];
      while (list.next_ != &list && list.next_->due_ <= now) {
        coarse_timer& due = *list.next_;
        due.cancel();
        due.on_timeout(static_cast<timeout>(index));
      }
    }
  }

  time_point now() const noexcept { return now_; }

 private:
  struct list_head final : coarse_timer {
    void on_timeout(timeout) override {}
  };

  lengths lengths_;
  time_point now_;
  std::array<list_head, timeout_count> lists_;
};

}  // namespace aldis::web::detail

#pragma once

#include "server/coarse_timers.hpp"

#include <map>

namespace aldis::web::detail {

class timer_queue;

/// A function to be called once, at a later time. Threads: that of its queue.
class timer {
 public:
  timer() = default;
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  virtual ~timer() { cancel(); }

  /// The time has come; the timer is no longer set.
  virtual void on_timer() = 0;

  bool is_set() const noexcept { return queue_ != nullptr; }
  inline void cancel() noexcept;

 private:
  friend class timer_queue;

  timer_queue* queue_ = nullptr;
  std::multimap<time_point, timer*>::iterator position_;
};

/// Timers of any length, in a tree: for the few that `coarse_timers` are not precise enough for.
///
/// Lifetime: must outlive the timers that are set.
class timer_queue {
 public:
  /// Replaces the time for which the timer may be set.
  void set(timer& timer, time_point due) {
    timer.cancel();
    timer.position_ = timers_.emplace(due, &timer);
    timer.queue_ = this;
  }

  /// Calls the timers that are due.
  void advance(time_point now) {
    while (!timers_.empty() && timers_.begin()->first <= now) {
      timer& due = *timers_.begin()->second;
      due.cancel();
      due.on_timer();
    }
  }

  bool empty() const noexcept { return timers_.empty(); }
  /// When the next timer is due. Requires a timer that is set.
  time_point next() const noexcept { return timers_.begin()->first; }

 private:
  friend class timer;

  std::multimap<time_point, timer*> timers_;
};

inline void timer::cancel() noexcept {
  if (timer_queue* const queue = queue_) {
    queue_ = nullptr;
    queue->timers_.erase(position_);
  }
}

}  // namespace aldis::web::detail

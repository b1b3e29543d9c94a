#pragma once

#include "server/deadlines.hpp"

#include <map>

namespace aldis::web::detail {

class timer_queue;

/// Something to be done later, once. Threads: those of its queue.
class timer {
 public:
  timer() = default;
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  virtual ~timer() { cancel(); }

  /// The time has come; the timer is not set any more.
  virtual void on_timer() = 0;

  bool is_set() const noexcept { return queue_ != nullptr; }
  inline void cancel() noexcept;

 private:
  friend class timer_queue;

  timer_queue* queue_ = nullptr;
  std::multimap<time_point, timer*>::iterator place_;
};

/// Timers of any length, each a node in a tree: for the few that `deadlines` is too coarse for.
///
/// Lifetime: must outlive the timers that are set.
class timer_queue {
 public:
  /// Sets it anew if it is set already.
  void set(timer& one, time_point when) {
    one.cancel();
    one.place_ = timers_.emplace(when, &one);
    one.queue_ = this;
  }

  /// Calls the timers that are due.
  void pass(time_point now) {
    while (!timers_.empty() && timers_.begin()->first <= now) {
      timer& due = *timers_.begin()->second;
      due.cancel();
      due.on_timer();
    }
  }

  bool empty() const noexcept { return timers_.empty(); }
  /// When the next one is due. There must be one.
  time_point next() const noexcept { return timers_.begin()->first; }

 private:
  friend class timer;

  std::multimap<time_point, timer*> timers_;
};

inline void timer::cancel() noexcept {
  if (timer_queue* const queue = queue_) {
    queue_ = nullptr;
    queue->timers_.erase(place_);
  }
}

}  // namespace aldis::web::detail

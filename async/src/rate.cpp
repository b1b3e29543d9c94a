#include <aldis/async/rate.hpp>

#include <algorithm>

namespace aldis {

std::chrono::nanoseconds manual_clock::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

void manual_clock::advance(std::chrono::nanoseconds time) {
  std::unique_lock lock(mutex_);
  const std::chrono::nanoseconds end = now_ + time;
  while (!waiting_.empty() && waiting_.begin()->first <= end) {
    now_ = std::max(now_, waiting_.begin()->first);
    const std::function<void()> due = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    lock.unlock();
    due();
    lock.lock();
  }
  now_ = end;
}

void manual_clock::call_at(std::chrono::nanoseconds time, std::function<void()> due) {
  const std::lock_guard lock(mutex_);
  waiting_.emplace(time, std::move(due));
}

namespace detail {

timed_pace::~timed_pace() = default;

bool timed_pace::admits(const reference<delivery>& queue, const connection& receiver) {
  std::chrono::nanoseconds due{};
  {
    const std::lock_guard lock(mutex_);
    if (!clock_) return false;
    const std::chrono::nanoseconds now = clock_->now();
    if (what_ == kind::throttle) {
      // The one that is asked for already takes the latest arguments.
      if (due_) return false;
      if (!last_ || now >= *last_ + time_) return true;
      due = *last_ + time_;
    } else {
      due = now + time_;
    }
    due_ = due;
  }
  arm(due, queue, receiver);
  return false;
}

void timed_pace::arm(std::chrono::nanoseconds due, const reference<delivery>& queue,
                     const connection& receiver) {
  reference<pace_clock> clock;
  {
    const std::lock_guard lock(mutex_);
    clock = clock_;
  }
  if (!clock) return;
  const executor_user::use in_use(*clock);
  if (!in_use) return;
  clock->call_at(due, [self = reference<timed_pace>::more(*this), queue, receiver] {
    self->fire(queue, receiver);
  });
}

void timed_pace::fire(const reference<delivery>& queue, const connection& receiver) noexcept {
  {
    const std::lock_guard lock(mutex_);
    // Put off meanwhile, by another send: then its own call will come.
    if (!clock_ || !due_ || clock_->now() < *due_) return;
    due_.reset();
  }
  queue->start(receiver);
}

void timed_pace::started() noexcept {
  const std::lock_guard lock(mutex_);
  if (clock_) last_ = clock_->now();
}

void timed_pace::close() noexcept {
  reference<pace_clock> old;
  {
    const std::lock_guard lock(mutex_);
    old = std::move(clock_);
  }
  if (old) old->unwatch();
}

}  // namespace detail

}  // namespace aldis

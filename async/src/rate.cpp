#include <aldis/async/rate.hpp>

#include <algorithm>

namespace aldis {

std::chrono::nanoseconds manual_clock::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

void manual_clock::advance_by(std::chrono::nanoseconds time) {
  std::unique_lock lock(mutex_);
  const std::chrono::nanoseconds end = detail::saturated_sum(now_, time);
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

}  // namespace aldis

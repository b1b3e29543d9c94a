#pragma once

#include <aldis/async/detail/receiver_queue.hpp>
#include <aldis/async/on.hpp>
#include <aldis/export.hpp>

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace aldis {

/// A clock that is advanced by hand: for tests of debounce and throttle.
///
/// Threads: every member may be called from any thread.
/// Lifetime: must outlive the receivers that use it.
class ALDIS_API manual_clock {
 public:
  manual_clock() = default;
  manual_clock(const manual_clock&) = delete;
  manual_clock& operator=(const manual_clock&) = delete;

  std::chrono::nanoseconds now() const;
  /// Makes all calls that are due by then before it returns, on this thread, in order of time.
  template <class Rep, class Period>
  void advance(std::chrono::duration<Rep, Period> time) {
    advance_by(detail::saturated(time));
  }
  /// Calls `due` once, at the given time.
  void call_at(std::chrono::nanoseconds time, std::function<void()> due);

 private:
  void advance_by(std::chrono::nanoseconds time);

  mutable std::mutex mutex_;
  std::chrono::nanoseconds now_{0};
  std::multimap<std::chrono::nanoseconds, std::function<void()>> waiting_;
};

namespace detail {

class manual_rate_clock final : public rate_clock {
 public:
  explicit manual_rate_clock(manual_clock& clock) noexcept : clock_(clock) {}
  std::chrono::nanoseconds now() const noexcept override { return clock_.now(); }
  void call_at(std::chrono::nanoseconds time, std::function<void()> due) override {
    clock_.call_at(time, std::move(due));
  }

 private:
  void context_ended() noexcept override {}

  manual_clock& clock_;
};

/// The steady clock, with a timer on the receiver's executor.
template <class Executor>
class steady_rate_clock final : public rate_clock {
 public:
  explicit steady_rate_clock(const Executor& executor) : timer_(std::in_place, executor) {
    watch(context_of(executor));
  }

  std::chrono::nanoseconds now() const noexcept override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }

  void call_at(std::chrono::nanoseconds time, std::function<void()> due) override {
    const std::lock_guard lock(mutex_);
    if (!timer_) return;
    timer_->expires_at(std::chrono::steady_clock::time_point(
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(time)));
    timer_->async_wait([due = std::move(due)](const boost::system::error_code& error) {
      if (!error) due();
    });
  }

 private:
  using timer = boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

  void context_ended() noexcept override {
    std::optional<timer> old;
    const std::lock_guard lock(mutex_);
    old.swap(timer_);
  }

  std::mutex mutex_;
  std::optional<timer> timer_;
};

struct latest_option : rate_option {};

struct timed_option : rate_option {
  rate_limit limit;
  manual_clock* clock = nullptr;
};

template <class Executor>
reference<rate_clock> make_clock(const timed_option& option, const Executor& executor) {
  return reference<rate_clock>(
      option.clock ? static_cast<rate_clock*>(new manual_rate_clock(*option.clock))
                   : static_cast<rate_clock*>(new steady_rate_clock<Executor>(executor)));
}

}  // namespace detail

/// Only the latest call waits: a newer one replaces it. Requires on(executor).
inline constexpr detail::latest_option latest{};

/// Calls the receiver when there was no send for this time, with the arguments of the last send.
/// Requires on(executor). A time too long to be represented means forever; a negative one, or NaN,
/// means zero.
template <class Rep, class Period>
detail::timed_option debounce(std::chrono::duration<Rep, Period> time) {
  return {{}, {detail::rate_limit::kind::debounce, detail::saturated(time)}};
}
template <class Rep, class Period>
detail::timed_option debounce(std::chrono::duration<Rep, Period> time, manual_clock& clock) {
  detail::timed_option option = debounce(time);
  option.clock = &clock;
  return option;
}

/// At most one call in this time: the first send is delivered at once; of the sends within the time
/// only the last is delivered, when the time is over. Requires on(executor). The time is as for
/// debounce.
template <class Rep, class Period>
detail::timed_option throttle(std::chrono::duration<Rep, Period> time) {
  return {{}, {detail::rate_limit::kind::throttle, detail::saturated(time)}};
}
template <class Rep, class Period>
detail::timed_option throttle(std::chrono::duration<Rep, Period> time, manual_clock& clock) {
  detail::timed_option option = throttle(time);
  option.clock = &clock;
  return option;
}

}  // namespace aldis

#pragma once

#include <aldis/async/detail/delivery.hpp>
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

/// A clock that only goes when it is told to: debounce and throttle in tests.
///
/// Threads: any.
/// Lifetime: must outlive the receivers that use it.
class ALDIS_API manual_clock {
 public:
  manual_clock() = default;
  manual_clock(const manual_clock&) = delete;
  manual_clock& operator=(const manual_clock&) = delete;

  std::chrono::nanoseconds now() const;
  /// What is due by then is called before it returns, on this thread, in order of time.
  void advance(std::chrono::nanoseconds time);
  /// Calls `due` when it is time; once.
  void call_at(std::chrono::nanoseconds time, std::function<void()> due);

 private:
  mutable std::mutex mutex_;
  std::chrono::nanoseconds now_{0};
  std::multimap<std::chrono::nanoseconds, std::function<void()>> waiting_;
};

namespace detail {

/// Tells a pace when it is time. Calls may come late and too often; the pace knows better.
class pace_clock : public executor_user {
 public:
  virtual std::chrono::nanoseconds now() const = 0;
  virtual void call_at(std::chrono::nanoseconds time, std::function<void()> due) = 0;
};

class manual_pace_clock final : public pace_clock {
 public:
  explicit manual_pace_clock(manual_clock& clock) noexcept : clock_(clock) {}
  std::chrono::nanoseconds now() const override { return clock_.now(); }
  void call_at(std::chrono::nanoseconds time, std::function<void()> due) override {
    clock_.call_at(time, std::move(due));
  }

 private:
  void context_ended() noexcept override {}

  manual_clock& clock_;
};

/// The steady clock, with one timer on the receiver's executor.
template <class Executor>
class steady_pace_clock final : public pace_clock {
 public:
  explicit steady_pace_clock(const Executor& executor) : timer_(std::in_place, executor) {
    watch(context_of(executor));
  }

  std::chrono::nanoseconds now() const override {
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

/// debounce: due when nothing was sent for a while. throttle: due when the last call is long enough
/// ago.
class ALDIS_API timed_pace final : public pace {
 public:
  enum class kind { debounce, throttle };

  timed_pace(kind what, std::chrono::nanoseconds time, reference<pace_clock> clock) noexcept
      : what_(what), time_(time), clock_(std::move(clock)) {}

  ~timed_pace() override;

  bool admits(const reference<delivery>& queue, const connection& receiver) override;
  void started() noexcept override;
  void close() noexcept override;

 private:
  void fire(const reference<delivery>& queue, const connection& receiver) noexcept;
  void arm(std::chrono::nanoseconds due, const reference<delivery>& queue,
           const connection& receiver);

  const kind what_;
  const std::chrono::nanoseconds time_;
  std::mutex mutex_;
  reference<pace_clock> clock_;                   // null once closed
  std::optional<std::chrono::nanoseconds> due_;   // the next call, if one is asked for
  std::optional<std::chrono::nanoseconds> last_;  // throttle: when the last call started
};

struct latest_option : pace_option {};

struct timed_option : pace_option {
  timed_pace::kind what;
  std::chrono::nanoseconds time;
  manual_clock* clock = nullptr;
};

template <class Executor>
reference<pace> make_pace(const timed_option& option, const Executor& executor) {
  reference<pace_clock> clock(
      option.clock ? static_cast<pace_clock*>(new manual_pace_clock(*option.clock))
                   : static_cast<pace_clock*>(new steady_pace_clock<Executor>(executor)));
  return reference<pace>(new timed_pace(option.what, option.time, std::move(clock)));
}

}  // namespace detail

/// Only the latest call waits: a newer one replaces it. With on(executor).
inline constexpr detail::latest_option latest{};

/// Called when nothing was sent for this long, with the arguments of the last send. With
/// on(executor).
template <class Rep, class Period>
detail::timed_option debounce(std::chrono::duration<Rep, Period> time) {
  return {{},
          detail::timed_pace::kind::debounce,
          std::chrono::duration_cast<std::chrono::nanoseconds>(time)};
}
template <class Rep, class Period>
detail::timed_option debounce(std::chrono::duration<Rep, Period> time, manual_clock& clock) {
  detail::timed_option option = debounce(time);
  option.clock = &clock;
  return option;
}

/// At most one call in this time: the first send is delivered at once, those within the time only
/// by their last, when the time is over. With on(executor).
template <class Rep, class Period>
detail::timed_option throttle(std::chrono::duration<Rep, Period> time) {
  return {{},
          detail::timed_pace::kind::throttle,
          std::chrono::duration_cast<std::chrono::nanoseconds>(time)};
}
template <class Rep, class Period>
detail::timed_option throttle(std::chrono::duration<Rep, Period> time, manual_clock& clock) {
  detail::timed_option option = throttle(time);
  option.clock = &clock;
  return option;
}

}  // namespace aldis

#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

namespace aldis::web::detail {

using time_point = std::chrono::steady_clock::time_point;

/// What a connection is waiting for.
enum class wait_for { head, body, idle, write, close, stop };
inline constexpr std::size_t kinds_of_wait = 6;

/// Something that can wait for one thing at a time.
class waiter {
 public:
  waiter() = default;
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;
  virtual ~waiter() { forget(); }

  /// The time is up; it waits no more.
  virtual void expire(wait_for what) = 0;

  bool waits() const noexcept { return next_ != this; }
  /// Waits no more.
  void forget() noexcept {
    before_->next_ = next_;
    next_->before_ = before_;
    before_ = this;
    next_ = this;
  }

 private:
  friend class deadlines;

  waiter* before_ = this;
  waiter* next_ = this;
  time_point until_;
};

/// Who waits until when. Every kind of wait has one length, so that a list in order of arrival is
/// in order of time, and to begin and to end a wait costs a few pointers.
class deadlines {
 public:
  using lengths = std::array<std::chrono::milliseconds, kinds_of_wait>;

  /// A wait of more than a century is one of a century: its end must be a time.
  deadlines(lengths of, time_point now) : lengths_(of), now_(now) {
    constexpr std::chrono::hours century(100L * 365 * 24);
    for (std::chrono::milliseconds& each : lengths_) {
      each = std::min<std::chrono::milliseconds>(each, century);
    }
  }

  /// Begins a wait in place of any other.
  void begin(waiter& who, wait_for what) noexcept {
    const auto kind = static_cast<std::size_t>(what);
    who.forget();
    who.until_ = now_ + lengths_[kind];
    waiter& list = lists_[kind];
    who.before_ = list.before_;
    who.next_ = &list;
    list.before_->next_ = &who;
    list.before_ = &who;
  }

  /// Takes the time, and expires what is due.
  void pass(time_point now) {
    now_ = now;
    for (std::size_t kind = 0; kind < kinds_of_wait; ++kind) {
      waiter& list = lists_[kind];
      while (list.next_ != &list && list.next_->until_ <= now) {
        waiter& due = *list.next_;
        due.forget();
        due.expire(static_cast<wait_for>(kind));
      }
    }
  }

  time_point now() const noexcept { return now_; }

 private:
  struct list_head final : waiter {
    void expire(wait_for) override {}
  };

  lengths lengths_;
  time_point now_;
  std::array<list_head, kinds_of_wait> lists_;
};

}  // namespace aldis::web::detail

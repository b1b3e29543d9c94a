#pragma once

// The queue of one receiver on an executor: everything that needs no types, in the compiled
// library. docs/design/queued-calls.md.

#include <aldis/async/detail/context.hpp>
#include <aldis/async/detail/durations.hpp>
#include <aldis/async/detail/keep.hpp>
#include <aldis/async/overflow.hpp>
#include <aldis/connection.hpp>
#include <aldis/detail/intrusive_list.hpp>
#include <aldis/detail/location.hpp>
#include <aldis/detail/slot_extension.hpp>
#include <aldis/export.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

namespace aldis::detail {

class receiver_queue;
class call_runner;

/// One call to be made: the arguments, and which answer it is.
struct queued_call {
  reference<kept_call> call;
  std::size_t number = 0;

  void skip() noexcept {
    if (call->awaited()) call->skipped(number);
  }
};

/// Posted to the executor when there is something to do. Destroyed without having run, its executor
/// is gone.
class ALDIS_API drain_task {
 public:
  drain_task(reference<receiver_queue> queue, connection receiver) noexcept;
  drain_task(drain_task&&) noexcept;
  drain_task& operator=(drain_task&&) = delete;
  ~drain_task();

  void operator()();

 private:
  reference<receiver_queue> queue_;
  connection receiver_;
};

/// A call that is still running after it was started: a coroutine.
class running_call : public counted {
 public:
  /// Asks it to end, from any thread.
  virtual void cancel() noexcept = 0;
  /// Whose executor it runs on.
  virtual executor_user& user() noexcept = 0;
  /// Whether this is the executor of this very call.
  virtual bool runs_on(const boost::asio::any_io_executor& executor) noexcept = 0;

 private:
  friend class receiver_queue;
  enum class listed : unsigned char { no, running, cancelled };
  // Guarded by the queue's mutex.
  listed where_ = listed::no;
  list_links<running_call> links_;
};

/// Holds a call that is still running, and its context: part of the call must not outlive the
/// context, and the last reference may be this one. Made under the lock of whoever lists the call,
/// so that it is listed still.
class held_call {
 public:
  explicit held_call(running_call& call)
      : user_(reference<executor_user>::more(call.user())),
        use_(*user_),
        call_(reference<running_call>::more(call)) {}

  running_call* operator->() const noexcept { return call_.get(); }

 private:
  // Let go in the opposite order.
  reference<executor_user> user_;
  executor_user::use use_;
  reference<running_call> call_;
};

/// Waits until nothing is queued and nothing runs.
class idle_waiter : public executor_user {
 public:
  virtual void idle() noexcept = 0;

 private:
  friend class receiver_queue;
  idle_waiter* next_idle_ = nullptr;
};

/// Tells the time, and when it has come.
class rate_clock : public executor_user {
 public:
  /// Under the queue's mutex.
  virtual std::chrono::nanoseconds now() const noexcept = 0;
  /// Calls `due` once, then or later. Not asked again before it has.
  virtual void call_at(std::chrono::nanoseconds time, std::function<void()> due) = 0;
};

/// When calls may start. It has neither lock nor clock: who asks brings both.
class rate_limit {
 public:
  enum class kind : unsigned char { debounce, throttle };

  rate_limit() = default;
  rate_limit(kind what, std::chrono::nanoseconds time) noexcept : what_(what), time_(time) {}

  void queued(std::chrono::nanoseconds now) noexcept {
    if (what_ == kind::debounce) due_ = saturated_sum(now, time_);
  }
  void started(std::chrono::nanoseconds now) noexcept {
    if (what_ == kind::throttle) due_ = saturated_sum(now, time_);
  }
  /// No call may start before.
  std::chrono::nanoseconds due() const noexcept { return due_; }

 private:
  kind what_ = kind::debounce;
  std::chrono::nanoseconds time_{0};
  std::chrono::nanoseconds due_ = std::chrono::nanoseconds::min();
};

struct queue_settings {
  std::size_t capacity = 0;
  overflow when_full = overflow::block;
  std::size_t at_once = 0;
  bool replaces = false;  ///< what drop_oldest drops is meant to be
  bool answers = false;
  location where{"", 0};
};

class ALDIS_API receiver_queue final : public slot_extension {
 public:
  receiver_queue(reference<call_runner> work, const queue_settings& settings);
  ~receiver_queue() override;

  /// From a send that is inside the receiver. False if the call was not taken on.
  bool send(receiver_slot& p, reference<kept_call> call);
  /// On the executor. Makes the calls, a number of them at most, then lets others run.
  void drain(const connection& receiver);
  /// A posted drain was destroyed: nobody will ever run one.
  void abandon(const connection& receiver) noexcept;
  /// The receiver is destroyed: what is queued goes, and the callable.
  void end() noexcept;

  /// A call that went on has ended; a failure is only counted.
  void finished(const connection& receiver, bool failed) noexcept;
  /// A call that is still running. Cancelled at once if the receiver was disconnected.
  void add(running_call& call) noexcept;
  void remove(running_call& call) noexcept;

  /// Whether one of the calls that are still running runs on this executor, which is its own.
  bool runs_on(const boost::asio::any_io_executor& executor) const noexcept;
  /// False if there is nothing to wait for.
  bool wait_idle(idle_waiter& waiter);
  /// True if it was still waiting.
  bool forget(idle_waiter& waiter) noexcept;

  /// Before it is connected.
  void set_rate(const rate_limit& limit, reference<rate_clock> clock) noexcept;
  /// No call will start any more: the context of its executor ends.
  void executor_ended() noexcept;

  void connected(receiver_slot& p) noexcept override;
  void close() noexcept override;
  void describe(delivery_counts& counts) const noexcept override;
  void limit(std::uint64_t times) noexcept override;

 private:
  bool full() const noexcept {
    return settings_.capacity != 0 && queue_.size() >= settings_.capacity;
  }
  bool may_start() const noexcept {
    return !closed_ && !queue_.empty() && (settings_.at_once == 0 || running_ < settings_.at_once);
  }
  /// Nothing is queued or runs; once it was disconnected, its callable is gone as well.
  bool idle() const noexcept {
    return running_ == 0 && queue_.empty() && (!disconnected_ || destroyed_);
  }
  static constexpr std::size_t calls_at_once = 64;
  /// Under mutex_: what the drain calls next.
  std::size_t take(std::array<queued_call, calls_at_once>& into,
                   std::deque<queued_call>& surplus) noexcept;
  bool refuse(kept_call& call, std::size_t number) noexcept;
  void throw_full(const char* why) const;
  /// True if there is room; false if the receiver ended meanwhile.
  bool wait_for_room(std::unique_lock<std::mutex>& lock);

  /// What is to be done once the mutex is let go. Only one is told so: `scheduled_` and `armed_`
  /// say that somebody does it. Nobody decides anything and does it later without such a mark, or
  /// an older decision would overtake a newer one.
  struct next_step {
    enum class kind : unsigned char { nothing, post, arm } what = kind::nothing;
    std::chrono::nanoseconds due{0};
  };
  next_step decide() noexcept;
  void perform(const next_step& next, const connection& receiver);
  void try_to_perform(const next_step& next, const connection& receiver) noexcept;
  void post(const connection& receiver);
  void arm(std::chrono::nanoseconds due, const connection& receiver);
  void time_has_come(const connection& receiver) noexcept;
  /// The thread ends in one of the calls taken, of which `unstarted` are left.
  void thread_ends(std::span<queued_call> unstarted, std::size_t ended,
                   const connection& receiver) noexcept;
  bool due() const noexcept { return !clock_ || limit_.due() <= clock_->now(); }
  /// True if what it posted was destroyed without an exception.
  bool forget_posting_thread(bool failed) noexcept;
  void tell_idle(std::unique_lock<std::mutex>& lock) noexcept;
  static void skip(std::deque<queued_call>& gone) noexcept;

  mutable std::mutex mutex_;
  std::condition_variable room_;
  reference<call_runner> runner_;  // guarded by mutex_; null once the receiver is destroyed
  const queue_settings settings_;
  rate_limit limit_;
  reference<rate_clock> clock_;  // of the rate limit, if there is one; null once closed
  std::deque<queued_call> queue_;
  bool scheduled_ = false;          // a drain is posted or runs
  std::thread::id posting_thread_;  // who is just posting one
  bool lost_ = false;               // what it posted was destroyed in the meantime
  bool armed_ = false;              // the clock was asked, and has not called yet
  bool closed_ = false;             // disconnected, or its executor is gone
  bool disconnected_ = false;
  bool destroyed_ = false;          // the callable
  receiver_slot* place_ = nullptr;  // while it is the receiver's
  bool limited_ = false;
  std::uint64_t left_ = 0;
  std::size_t running_ = 0;
  std::uint64_t started_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t failures_ = 0;
  using call_list = intrusive_list<running_call, &running_call::links_>;
  call_list calls_;
  call_list cancelled_;
  idle_waiter* waiters_ = nullptr;
};

/// The half with types: the callable and the executor.
class ALDIS_API call_runner : public executor_user {
 public:
  virtual void post(drain_task task) = 0;
  /// Whether this thread may be needed for a drain: then it must not wait for one.
  virtual bool runs_here() = 0;
  enum class result { ended, failed, still_running };
  /// Makes the call, or starts it: then it says `finished` by itself. Inside the receiver. Throws
  /// nothing but what ends the thread.
  virtual result run(receiver_queue& queue, const connection& receiver, receiver_slot& p,
                     queued_call what) = 0;
  /// Destroys the callable, and lets the executor go.
  virtual void forget() noexcept = 0;

  /// Whom the end of the context is told; null: nobody any more.
  void set_queue(receiver_queue* queue) noexcept;

 protected:
  void context_ended() noexcept override;

 private:
  std::mutex mutex_;
  receiver_queue* queue_ = nullptr;
};

}  // namespace aldis::detail

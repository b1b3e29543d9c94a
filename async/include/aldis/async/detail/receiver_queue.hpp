#pragma once

// The queue of one receiver on an executor: the part that does not depend on types, in the compiled
// library. See docs/design/queued-calls.md.

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

/// A queued call: the arguments, and the number of its answer.
struct queued_call {
  reference<kept_call> call;
  std::size_t number = 0;

  void skip() noexcept {
    if (call->awaited()) call->skipped(number);
  }
};

/// Posted to the executor when calls can run. If it is destroyed without having run, the executor
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

/// A call that is still running after its start: a coroutine.
class running_call : public counted {
 public:
  /// Asks it to stop. May be called from any thread.
  virtual void cancel() noexcept = 0;
  /// The user of the executor that it runs on.
  virtual executor_user& user() noexcept = 0;
  /// Whether this is the executor of this call.
  virtual bool runs_on(const boost::asio::any_io_executor& executor) noexcept = 0;

 private:
  friend class receiver_queue;
  enum class listed : unsigned char { no, running, cancelled };
  // Guarded by the queue's mutex.
  listed where_ = listed::no;
  list_links<running_call> links_;
};

/// Keeps a running call and its context alive: part of the call must not outlive the context, and
/// this may be the last reference. Constructed under the lock of the list that contains the call,
/// so that the call is still in it.
class held_call {
 public:
  explicit held_call(running_call& call)
      : user_(reference<executor_user>::more(call.user())),
        use_(*user_),
        call_(reference<running_call>::more(call)) {}

  running_call* operator->() const noexcept { return call_.get(); }

 private:
  // Released in reverse order.
  reference<executor_user> user_;
  executor_user::use use_;
  reference<running_call> call_;
};

/// An operation that waits until no call is queued or running.
class idle_waiter : public executor_user {
 public:
  virtual void idle() noexcept = 0;

 private:
  friend class receiver_queue;
  idle_waiter* next_idle_ = nullptr;
};

/// A clock with a timer.
class rate_clock : public executor_user {
 public:
  /// Called under the queue's mutex.
  virtual std::chrono::nanoseconds now() const noexcept = 0;
  /// Calls `due` once, at that time or later. Not called again before that.
  virtual void call_at(std::chrono::nanoseconds time, std::function<void()> due) = 0;
};

/// Computes when calls may start. Has neither a lock nor a clock: the caller provides both.
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
  /// No call may start before this time.
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
  bool replaces = false;  ///< a dropped call is replaced on purpose, and is not counted
  bool answers = false;
  location where{"", 0};
};

class ALDIS_API receiver_queue final : public slot_extension {
 public:
  receiver_queue(reference<call_runner> work, const queue_settings& settings);
  ~receiver_queue() override;

  /// Called by a send inside the receiver. False if the call was not queued.
  bool send(receiver_slot& p, reference<kept_call> call);
  /// Runs on the executor: makes up to max_calls_per_drain calls, then yields.
  void drain(const connection& receiver);
  /// A posted drain was destroyed, so none will ever run.
  void abandon(const connection& receiver) noexcept;
  /// The receiver is destroyed: destroys the queued calls and the callable.
  void end() noexcept;

  /// A coroutine has ended. A failure is only counted.
  void finished(const connection& receiver, bool failed) noexcept;
  /// Adds a running call; cancels it at once if the receiver was disconnected.
  void add(running_call& call) noexcept;
  void remove(running_call& call) noexcept;

  /// Whether one of the running calls runs on this executor, which is its strand.
  bool runs_on(const boost::asio::any_io_executor& executor) const noexcept;
  /// False if there is nothing to wait for.
  bool wait_idle(idle_waiter& waiter);
  /// True if the operation was still waiting.
  bool remove_waiter(idle_waiter& waiter) noexcept;

  /// Call it before the receiver is connected.
  void set_rate(const rate_limit& limit, reference<rate_clock> clock) noexcept;
  /// The context of the executor ends: no call will start from now on.
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
  /// No call is queued or running and, after a disconnect, the callable is destroyed.
  bool idle() const noexcept {
    return running_ == 0 && queue_.empty() && (!disconnected_ || destroyed_);
  }
  /// After this many calls a drain yields: one busy receiver must not delay the others of its
  /// executor.
  static constexpr std::size_t max_calls_per_drain = 64;
  /// Moves the next calls out of the queue. mutex_ must be locked.
  std::size_t take(std::array<queued_call, max_calls_per_drain>& into,
                   std::deque<queued_call>& surplus) noexcept;
  bool reject(kept_call& call, std::size_t number) noexcept;
  void throw_full(const char* why) const;
  /// True if there is room; false if the receiver has ended.
  bool wait_for_room(std::unique_lock<std::mutex>& lock);

  /// What to do after unlocking the mutex. `scheduled_` and `armed_` mark a pending step, so that
  /// only one thread takes it. Without such a mark, an older decision could overtake a newer one.
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
  /// The thread ends inside one of the taken calls; `unstarted` of them are left.
  void thread_ends(std::span<queued_call> unstarted, std::size_t ended,
                   const connection& receiver) noexcept;
  bool due() const noexcept { return !clock_ || limit_.due() <= clock_->now(); }
  /// True if the posted drain was destroyed without an exception.
  bool forget_posting_thread(bool failed) noexcept;
  void tell_idle(std::unique_lock<std::mutex>& lock) noexcept;
  static void skip(std::deque<queued_call>& gone) noexcept;

  mutable std::mutex mutex_;
  std::condition_variable room_;
  reference<call_runner> runner_;  // guarded by mutex_; null once the receiver is destroyed
  const queue_settings settings_;
  rate_limit limit_;
  reference<rate_clock> clock_;  // of the rate limit; null without one, and once closed
  std::deque<queued_call> queue_;
  bool scheduled_ = false;          // a drain is posted or runs
  std::thread::id posting_thread_;  // the thread that is posting a drain
  bool lost_ = false;               // the posted drain was destroyed in the meantime
  bool armed_ = false;              // the timer is set
  bool closed_ = false;             // disconnected, or its executor is gone
  bool disconnected_ = false;
  bool destroyed_ = false;         // the callable is destroyed
  receiver_slot* slot_ = nullptr;  // while it is the receiver's
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

/// The part that depends on types: the callable and the executor.
class ALDIS_API call_runner : public executor_user {
 public:
  virtual void post(drain_task task) = 0;
  /// Whether this thread may be needed for a drain, and so must not wait for one.
  virtual bool runs_here() = 0;
  enum class result { ended, failed, still_running };
  /// Makes the call, or starts a coroutine, which calls `finished` at its end. Called inside the
  /// receiver. Throws only the exception that ends a thread.
  virtual result run(receiver_queue& queue, const connection& receiver, receiver_slot& p,
                     queued_call what) = 0;
  /// Destroys the callable and the executor.
  virtual void destroy_contents() noexcept = 0;

  /// The queue to notify of the context's end; null once it has been detached.
  void set_queue(receiver_queue* queue) noexcept;

 protected:
  void context_ended() noexcept override;

 private:
  std::mutex mutex_;
  receiver_queue* queue_ = nullptr;
};

}  // namespace aldis::detail

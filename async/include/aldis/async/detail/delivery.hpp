#pragma once

// The queue of one receiver on an executor: everything that needs no types, in the compiled
// library. docs/design/delivery.md.

#include <aldis/async/detail/context.hpp>
#include <aldis/async/detail/keep.hpp>
#include <aldis/async/overflow.hpp>
#include <aldis/connection.hpp>
#include <aldis/detail/delivery.hpp>
#include <aldis/detail/location.hpp>
#include <aldis/export.hpp>

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace aldis::detail {

class delivery;
class late_work;

/// One call to be made: the arguments, and which answer it is.
struct message {
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
  drain_task(reference<delivery> queue, connection receiver) noexcept;
  drain_task(drain_task&&) noexcept;
  drain_task& operator=(drain_task&&) = delete;
  ~drain_task();

  void operator()();

 private:
  reference<delivery> queue_;
  connection receiver_;
};

/// A call that goes on after it was started: a coroutine.
class running_call : public counted {
 public:
  /// Asks it to end, from any thread.
  virtual void cancel() noexcept = 0;
  /// Whose executor it runs on.
  virtual executor_user& user() noexcept = 0;

 private:
  friend class delivery;
  enum class listed : unsigned char { no, running, cancelled };
  // Guarded by the delivery's mutex.
  listed where_ = listed::no;
  running_call* next_ = nullptr;
  running_call* previous_ = nullptr;
};

/// Holds a call that goes on, and its context: part of the call must not outlive the context, and
/// the last reference may be this one. Made under the lock of whoever lists the call, so that it is
/// listed still.
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
  friend class delivery;
  idle_waiter* next_idle_ = nullptr;
};

/// Decides when calls may start (debounce, throttle).
class pace : public counted {
 public:
  /// Something was queued: may it start now? If not, `delivery::start` is called when it may.
  /// Without any lock.
  virtual bool admits(const reference<delivery>& queue, const connection& receiver) = 0;
  /// A call starts. Without any lock.
  virtual void started() noexcept = 0;
  virtual void close() noexcept = 0;
};

struct delivery_settings {
  std::size_t capacity = 0;
  overflow when_full = overflow::block;
  std::size_t at_once = 0;
  bool replaces = false;  ///< what drop_oldest drops is meant to be
  bool answers = false;
  location where{"", 0};
};

class ALDIS_API delivery final : public attachment {
 public:
  delivery(reference<late_work> work, const delivery_settings& settings);
  ~delivery() override;

  /// From a send that is inside the receiver. False if the call was not taken on.
  bool send(place& p, reference<kept_call> call);
  /// On the executor. Makes the calls, a number of them at most, then lets others run.
  void drain(const connection& receiver);
  /// The pace allows it.
  void start(const connection& receiver) noexcept;
  /// A posted drain was destroyed: nobody will ever run one.
  void abandon(const connection& receiver) noexcept;
  /// The receiver is destroyed: what is queued goes, and the callable.
  void end() noexcept;

  /// A call that went on has ended; a failure is only counted.
  void finished(const connection& receiver, bool failed) noexcept;
  /// A call that goes on. Cancelled at once if the receiver was condemned.
  void add(running_call& call) noexcept;
  void remove(running_call& call) noexcept;

  /// False if there is nothing to wait for.
  bool wait_idle(idle_waiter& waiter);
  /// True if it was still waiting.
  bool forget(idle_waiter& waiter) noexcept;

  /// Before it is connected.
  void set_pace(reference<pace> how) noexcept { pace_ = std::move(how); }

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
  static constexpr std::size_t calls_at_once = 64;
  /// Under mutex_: what the drain calls next.
  std::size_t take(std::array<message, calls_at_once>& into, std::deque<message>& surplus) noexcept;
  bool refuse(kept_call& call, std::size_t number) noexcept;
  void throw_full(const char* why) const;
  /// True if there is room; false if the receiver ended meanwhile.
  bool wait_for_room(std::unique_lock<std::mutex>& lock);
  void post(const connection& receiver);
  void forget_poster(bool failed) noexcept;
  void tell_idle(std::unique_lock<std::mutex>& lock) noexcept;
  static void skip(std::deque<message>& gone) noexcept;

  mutable std::mutex mutex_;
  std::condition_variable room_;
  reference<late_work> work_;  // guarded by mutex_; null once the receiver is destroyed
  const delivery_settings settings_;
  reference<pace> pace_;
  std::deque<message> queue_;
  bool scheduled_ = false;  // a drain is posted or runs
  std::thread::id poster_;  // who is just posting one
  bool closed_ = false;     // condemned, or its executor is gone
  bool limited_ = false;
  std::uint64_t left_ = 0;
  std::size_t running_ = 0;
  std::uint64_t started_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t failures_ = 0;
  running_call* calls_ = nullptr;
  running_call* cancelled_ = nullptr;
  idle_waiter* waiters_ = nullptr;
};

/// The half with types: the callable and the executor.
class late_work : public executor_user {
 public:
  virtual void post(drain_task task) = 0;
  /// Whether this thread may be needed for a drain: then it must not wait for one.
  virtual bool runs_here() = 0;
  enum class result { ended, failed, goes_on };
  /// Makes the call, or starts it: then it says `finished` by itself. Inside the receiver.
  virtual result run(delivery& queue, const connection& receiver, place& p,
                     message what) noexcept = 0;
  /// Destroys the callable, and lets the executor go.
  virtual void forget() noexcept = 0;
};

}  // namespace aldis::detail

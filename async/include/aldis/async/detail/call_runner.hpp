#pragma once

// Runs callables on executors: calls functions and starts coroutines.

#include <aldis/async/detail/executors.hpp>
#include <aldis/async/detail/forced_unwind.hpp>
#include <aldis/async/detail/keep.hpp>
#include <aldis/async/detail/receiver_queue.hpp>
#include <aldis/detail/request.hpp>
#include <aldis/detail/slot_extension.hpp>
#include <aldis/receiver.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

// Qt makes it a macro.
#pragma push_macro("emit")
#undef emit

namespace aldis::detail {

using failure_handler = std::function<void(std::exception_ptr)>;

/// The exception of a queued call goes to the awaited send, to the handler, or to the signal.
inline void tell_error(const queued_call& what, const failure_handler* failed,
                       const connection& receiver, const std::exception_ptr& error) {
  if (what.call->awaited()) return what.call->failed(what.number, error);
  if (!failed || !*failed) return notify_failed(*connection_access::get(receiver), error);
  try {
    (*failed)(error);
  } catch (const forced_unwind&) {
    throw;
  } catch (...) {
    // The error handler itself threw. The failure is only counted.
  }
}

template <class T>
struct asio_awaitable {
  static constexpr bool value = false;
};
template <class T, class Executor>
struct asio_awaitable<boost::asio::awaitable<T, Executor>> {
  static constexpr bool value = true;
  using result = T;
  using executor = Executor;
};

template <class F, class... Args>
struct queued_result {
  template <class... Used>
  static std::invoke_result_t<F&, Used...> of(types<Used...>);
  using type = decltype(of(
      typename first_types<prefix_of<F&, Args...>::count, Args...>::template append<>()));
};

template <class Executor>
class call_runner_on : public call_runner {
 public:
  /// Call it once, before any other function.
  void set(const Executor& executor, failure_handler failed) {
    executor_.emplace(executor);
    if (failed) failed_ = std::make_shared<const failure_handler>(std::move(failed));
    watch(context_of(executor));
  }

  void post(drain_task task) override { boost::asio::post(*executor_, std::move(task)); }

  bool runs_here() override {
    const use in_use(*this);
    return in_use && detail::runs_in_this_thread(*executor_).value_or(true);
  }

  void destroy_contents() noexcept override { destroy_callable(); }

 protected:
  virtual void destroy_callable() noexcept = 0;
  void context_ended() noexcept override {
    executor_.reset();
    call_runner::context_ended();
  }

  const Executor& executor() const noexcept { return *executor_; }
  const std::shared_ptr<const failure_handler>& failed() const noexcept { return failed_; }

 private:
  std::optional<Executor> executor_;
  std::shared_ptr<const failure_handler> failed_;
};

/// Runs a function on the executor.
template <class Executor, class F, class R, class... Args>
class plain_work final : public call_runner_on<Executor> {
 public:
  explicit plain_work(F callable) : callable_(std::move(callable)) {}

  using result = call_runner::result;

  result run(receiver_queue&, const connection& receiver, receiver_slot& p,
             queued_call what) override {
    std::exception_ptr error;
    bool expired = false;
    if (what.call->begin(what.number)) {
      try {
        tracked_objects objects;
        expired = !objects.lock(trackers_of(p));
        if (!expired) call(what);
      } catch (const forced_unwind&) {
        what.skip();
        throw;
      } catch (...) {
        error = std::current_exception();
      }
    }
    if (error) tell_error(what, this->failed().get(), receiver, error);
    if (expired) {
      what.skip();
      disconnect_expired(p);
    }
    // The arguments are destroyed before the end of the call is reported.
    what.call.reset();
    return error ? result::failed : result::ended;
  }

 private:
  void call(queued_call& what) {
    using caller = queued_caller<F, Args...>;
    auto& kept = static_cast<kept_of<R(Args...)>&>(*what.call);
    if constexpr (std::is_void_v<R>) {
      caller::call(*callable_, kept);
      if (kept.awaited()) kept.answered(what.number, {});
    } else {
      R answer = caller::call(*callable_, kept);
      kept.answered(what.number, {std::move(answer)});
    }
  }

  void destroy_callable() noexcept override { callable_.reset(); }

  std::optional<F> callable_;
};

/// A running coroutine. It has a separate strand, so that cancelling it is not a data race.
template <class Executor, class F, class R, class... Args>
class coroutine_call final : public running_call {
 public:
  using result = asio_awaitable<typename queued_result<F, Args...>::type>;
  using awaitable = boost::asio::awaitable<void, typename result::executor>;

  coroutine_call(const Executor& executor, std::shared_ptr<F> callable,
                 std::shared_ptr<const failure_handler> failed, reference<call_runner> work,
                 reference<receiver_queue> queue, const connection& receiver, queued_call what)
      : strand_(boost::asio::make_strand(executor)),
        callable_(std::move(callable)),
        failed_(std::move(failed)),
        runner_(std::move(work)),
        queue_(std::move(queue)),
        receiver_(receiver),
        what_(std::move(what)) {}

  ~coroutine_call() override { lose(); }

  /// Keeps the receiver's tracked objects alive while the coroutine runs, which may be longer than
  /// the receiver's lifetime. False if one of them is gone.
  bool track(const any_weak_pointer* trackers) {
    for (; trackers; trackers = trackers->next) append(trackers_.first, trackers->copy());
    return objects_->lock(trackers_.first);
  }

  void start() {
    const reference<coroutine_call> self = reference<coroutine_call>::more(*this);
    what_.call->still_running(what_.number, *this);
    // On Asio's executors, this runs the coroutine in place up to its first suspension.
    boost::asio::co_spawn(*strand_, body(self), ending{self});
    {
      const std::lock_guard lock(mutex_);
      spawned_ = true;
      if (!unwanted_) return;
    }
    cancel();
  }

  void cancel() noexcept override {
    const executor_user::use executor(*runner_);
    if (!executor) return;
    try {
      std::optional<boost::asio::strand<Executor>> strand;
      {
        const std::lock_guard lock(mutex_);
        unwanted_ = true;
        // The thread that starts it handles the cancellation.
        if (!spawned_) return;
        strand = strand_;
      }
      if (!strand) return;
      boost::asio::post(*strand, [self = reference<coroutine_call>::more(*this)] {
        self->cancellation_.emit(boost::asio::cancellation_type::terminal);
      });
    } catch (...) {
      // Out of memory for the request to stop: the coroutine ends by itself.
    }
  }

  executor_user& user() noexcept override { return *runner_; }

  bool runs_on(const boost::asio::any_io_executor& executor) noexcept override {
    const auto* const strand = executor.target<boost::asio::strand<Executor>>();
    const std::lock_guard lock(mutex_);
    return strand && strand_ && *strand == *strand_;
  }

  /// Called when the coroutine has ended, when its context has ended, or if it never began.
  void lose() noexcept {
    if (what_.call) {
      what_.skip();
      finish(false);
    }
    // Asio's state holds the strand, which must be destroyed before the context.
    cancellation_.slot().clear();
    std::optional<boost::asio::strand<Executor>> strand;
    const std::lock_guard lock(mutex_);
    strand.swap(strand_);
  }

  /// Only the first call has an effect.
  void end(const std::exception_ptr& error) noexcept {
    if (!what_.call) return;
    // A receiver that stopped because it was disconnected has not failed.
    const bool asked = error && cancelled(error) && !receiver_.connected();
    if (asked) what_.skip();
    if (error && !asked) tell_error(what_, failed_.get(), receiver_, error);
    finish(error && !asked);
  }

 private:
  /// co_spawn calls this at the end, or destroys it if there is no end.
  struct ending {
    // Not by bind_cancellation_slot: behind that, co_spawn dispatches what is emitted to the strand
    // once more, and where dispatching never runs in place it would come after the coroutine's end.
    using cancellation_slot_type = boost::asio::cancellation_slot;

    reference<coroutine_call> self;

    explicit ending(reference<coroutine_call> of) noexcept : self(std::move(of)) {}
    ending(ending&&) noexcept = default;
    ending& operator=(ending&&) = delete;
    ~ending() {
      if (self) self->lose();
    }
    void operator()(const std::exception_ptr& error) { self->end(error); }
    cancellation_slot_type get_cancellation_slot() const noexcept {
      return self ? self->cancellation_.slot() : cancellation_slot_type();
    }
  };

  void check_wanted() {
    const std::lock_guard lock(mutex_);
    if (unwanted_) throw boost::system::system_error(boost::asio::error::operation_aborted);
  }

  void finish(bool failed) noexcept {
    queue_->remove(*this);
    callable_.reset();
    objects_.reset();
    what_.call.reset();
    queue_->finished(receiver_, failed);
  }

  static bool cancelled(const std::exception_ptr& error) noexcept {
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& e) {
      return e.code() == boost::asio::error::operation_aborted;
    } catch (...) {
      return false;
    }
  }

  static awaitable body(reference<coroutine_call> self) {
    std::exception_ptr error;
    try {
      self->check_wanted();
      auto& kept = static_cast<kept_of<R(Args...)>&>(*self->what_.call);
      if constexpr (std::is_void_v<R>) {
        static_cast<void>(co_await queued_caller<F, Args...>::call(*self->callable_, kept));
        kept.answered(self->what_.number, {});
      } else {
        R answer = co_await queued_caller<F, Args...>::call(*self->callable_, kept);
        kept.answered(self->what_.number, {std::move(answer)});
      }
    } catch (...) {
      error = std::current_exception();
    }
    self->end(error);
    // Otherwise the next co_await in co_spawn would throw out of the executor, if the coroutine was
    // cancelled before its first suspension.
    co_await boost::asio::this_coro::throw_if_cancelled(false);
  }

  // Members are destroyed in reverse order: objects_ before trackers_, which locked them.
  struct owners {
    any_weak_pointer* first = nullptr;
    ~owners() {
      while (first) delete std::exchange(first, first->next);
    }
  };

  std::mutex mutex_;
  bool spawned_ = false;   // guarded by mutex_, like the next: cancellation can be emitted
  bool unwanted_ = false;  // cancelled
  std::optional<boost::asio::strand<Executor>> strand_;  // guarded by mutex_, once it runs
  boost::asio::cancellation_signal cancellation_;
  std::shared_ptr<F> callable_;
  std::shared_ptr<const failure_handler> failed_;
  reference<call_runner> runner_;
  reference<receiver_queue> queue_;
  connection receiver_;
  queued_call what_;
  owners trackers_;
  std::optional<tracked_objects> objects_{std::in_place};
};

/// Starts coroutines on the executor.
template <class Executor, class F, class R, class... Args>
class coroutine_runner final : public call_runner_on<Executor> {
 public:
  explicit coroutine_runner(F callable) : callable_(std::make_shared<F>(std::move(callable))) {}

  using result = call_runner::result;

  result run(receiver_queue& queue, const connection& receiver, receiver_slot& p,
             queued_call what) override {
    using call = coroutine_call<Executor, F, R, Args...>;
    if (!what.call->begin(what.number)) {
      return result::ended;
    }
    reference<call> made;
    try {
      made = reference<call>(new call(this->executor(), callable_, this->failed(),
                                      reference<call_runner>::more(*this),
                                      reference<receiver_queue>::more(queue), receiver, what));
    } catch (...) {
      tell_error(what, this->failed().get(), receiver, std::current_exception());
      return result::failed;
    }
    what.call.reset();
    try {
      if (!made->track(trackers_of(p))) {
        disconnect_expired(p);
        return result::still_running;  // its end skips the call
      }
      // Registered before it runs, so that a disconnect finds it.
      queue.add(*made);
      made->start();
    } catch (...) {
      made->end(std::current_exception());
    }
    return result::still_running;
  }

 private:
  void destroy_callable() noexcept override { callable_.reset(); }

  std::shared_ptr<F> callable_;
};

}  // namespace aldis::detail

#pragma pop_macro("emit")

#pragma once

// A pending completion handler that never outlives its executor's context.

#include <aldis/async/detail/context.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <mutex>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace aldis::detail {

/// Base is executor_user or a class derived from it.
template <class Base, class Handler, class... Results>
class waiting_handler : public Base {
  using executor_type = std::decay_t<decltype(boost::asio::prefer(
      boost::asio::get_associated_executor(std::declval<Handler&>()),
      boost::asio::execution::outstanding_work.tracked))>;

 public:
  explicit waiting_handler(Handler handler)
      : executor_(tracked(boost::asio::get_associated_executor(handler))),
        handler_(std::move(handler)) {
    this->watch(context_of(*executor_));
  }

  /// Calls `emitted` when the handler is cancelled.
  template <class Emitted>
  void when_cancelled(Emitted emitted) {
    auto slot = boost::asio::get_associated_cancellation_slot(*handler_);
    if (slot.is_connected()) {
      slot.assign([emitted = std::move(emitted)](boost::asio::cancellation_type) { emitted(); });
    }
  }

  /// Calls `expired` on the handler's executor, unless the handler completes before.
  template <class Expired>
  void expire_after(std::chrono::nanoseconds time, Expired expired) {
    const std::lock_guard lock(mutex_);
    if (!handler_) return;
    timer_.emplace(*executor_, time);
    timer_->async_wait([expired = std::move(expired)](const boost::system::error_code& error) {
      if (!error) expired();
    });
  }

  /// Posts the handler. Only the first call has an effect. May be called from any thread, without
  /// locks.
  void complete(Results... results) noexcept {
    {
      const executor_user::use in_use(*this);
      if (!in_use) return;
      content old = take();
      if (!old.handler) return;
      try {
        boost::asio::post(*old.executor,
                          [handler = std::move(*old.handler),
                           values = std::tuple<Results...>(std::move(results)...)]() mutable {
                            clear_slot(handler);
                            std::apply(std::move(handler), std::move(values));
                          });
      } catch (...) {
        // Out of memory: the handler is destroyed without being called.
      }
    }
    this->unwatch();
  }

  /// Posts a task that may call `complete_here`. False if the handler is complete or its context is
  /// gone.
  template <class Task>
  bool post(Task task) {
    const executor_user::use in_use(*this);
    if (!in_use) return false;
    std::optional<executor_type> executor;
    {
      const std::lock_guard lock(mutex_);
      executor = executor_;
    }
    if (!executor) return false;
    boost::asio::post(*executor, std::move(task));
    return true;
  }

  /// Calls the handler from a posted task. Only the first call has an effect.
  void complete_here(Results... results) {
    content old = take();
    if (!old.handler) return;
    this->unwatch();
    clear_slot(*old.handler);
    std::move (*old.handler)(std::move(results)...);
  }

 protected:
  void context_ended() noexcept override { take(); }
  /// Destroys the handler without calling it.
  void abandon() noexcept { take(); }

 private:
  struct content {
    // The executor is destroyed last: its work may be all that keeps the context alive.
    std::optional<executor_type> executor;
    std::optional<Handler> handler;
    std::optional<boost::asio::steady_timer> timer;
  };

  template <class Executor>
  static executor_type tracked(const Executor& executor) {
    detail::check_not_empty(executor);
    return boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked);
  }

  static void clear_slot(Handler& handler) noexcept {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) slot.clear();
  }

  content take() noexcept {
    const std::lock_guard lock(mutex_);
    content old{std::move(executor_), std::move(handler_), std::move(timer_)};
    executor_.reset();
    handler_.reset();
    timer_.reset();
    return old;
  }

  std::mutex mutex_;
  std::optional<executor_type> executor_;
  std::optional<Handler> handler_;
  std::optional<boost::asio::steady_timer> timer_;
};

}  // namespace aldis::detail

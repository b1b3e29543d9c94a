#pragma once

// A completion handler that waits for its moment, and never outlives its executor's context.

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

/// Base is executor_user, or derived from it.
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

  /// `emitted` is called when the handler's cancellation slot is used.
  template <class Emitted>
  void when_cancelled(Emitted emitted) {
    auto slot = boost::asio::get_associated_cancellation_slot(*handler_);
    if (slot.is_connected()) {
      slot.assign([emitted = std::move(emitted)](boost::asio::cancellation_type) { emitted(); });
    }
  }

  /// `expired` is called on the handler's executor, unless it is completed before.
  template <class Expired>
  void expire_after(std::chrono::nanoseconds time, Expired expired) {
    const std::lock_guard lock(mutex_);
    if (!handler_) return;
    timer_.emplace(*executor_, time);
    timer_->async_wait([expired = std::move(expired)](const boost::system::error_code& error) {
      if (!error) expired();
    });
  }

  /// Posts the handler. Once; later calls do nothing. From any thread, without locks.
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
        // No memory for it: whoever waits learns by the end of the handler.
      }
    }
    this->unwatch();
  }

  /// Posts a task that may call `complete_here`. False if it is completed, or its context is gone.
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

  /// Calls the handler, in a task that was posted. Once, as `complete`.
  void complete_here(Results... results) {
    content old = take();
    if (!old.handler) return;
    this->unwatch();
    clear_slot(*old.handler);
    std::move (*old.handler)(std::move(results)...);
  }

 protected:
  void context_ended() noexcept override { take(); }
  /// Without completing it.
  void abandon() noexcept { take(); }

 private:
  struct content {
    // The executor goes last: it may be all that keeps the context from ending.
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

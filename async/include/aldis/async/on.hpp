#pragma once

#include <aldis/async/detail/call_runner.hpp>
#include <aldis/async/detail/receiver_queue.hpp>
#include <aldis/async/overflow.hpp>
#include <aldis/detail/slow_send.hpp>
#include <aldis/options.hpp>
#include <aldis/receiver.hpp>

#include <boost/asio/execution/executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace aldis {

/// How calls wait for their executor, and where their exceptions go.
struct on_options {
  /// How many calls may wait; 0 means any number. Running calls do not count.
  std::size_t capacity = 0;
  aldis::overflow overflow = aldis::overflow::block;
  /// How many coroutines may run at the same time; 0 means any number.
  std::size_t at_once = 0;
  /// Called on the executor with the receiver's exceptions. By default the signal's
  /// receiver_failed() gets them.
  std::function<void(std::exception_ptr)> failed = {};
};

namespace detail {

template <class Signature, class Executor>
class queued_receiver;

template <class Executor>
struct on_option : delivery_option {
  Executor executor;
  on_options options;

  template <class Signature>
  using receiver_for = queued_receiver<Signature, Executor>;
};

/// debounce, throttle, latest: at most one call waits, the latest. debounce and throttle also have
/// a clock, see make_clock.
struct rate_option : delivery_option {};

[[noreturn]] inline void throw_two_policies() {
  throw std::invalid_argument(
      "aldis: with debounce, throttle or latest one call waits, the latest; on(executor) cannot "
      "have "
      "a capacity beside it");
}

/// Queues the call of a receiver on an executor, with the arguments.
template <class R, class... Args>
void send_queued(receiver_slot& p, passed<Args>&... values) {
  const auto keep = [&]() -> owned_arguments* {
    if constexpr (!std::is_void_v<R>) throw_needs_async_send();
    return new kept_of<R(Args...)>(peek<Args>(values)...);
  };
  slow_send* const sent = running_send(p);
  if (sent && !sent->kept_arguments()) sent->kept_arguments() = keep();
  owned_arguments* const kept = sent ? sent->share_arguments() : keep();
  auto& queue = *static_cast<receiver_queue*>(p.storage[0]);
  if (!queue.send(p, reference<kept_call>(static_cast<kept_call*>(kept)))) reject(p);
}

template <class R, class... Args>
struct queued_thunk {
  static void call(receiver_slot& p, answer<R>*, passed<Args>... values) {
    send_queued<R, Args...>(p, values...);
  }
};
template <class... Args>
struct queued_thunk<void, Args...> {
  static void call(receiver_slot& p, passed<Args>... values) {
    send_queued<void, Args...>(p, values...);
  }
};

inline void end_delivery(void* const* storage) noexcept {
  auto* const queue = static_cast<receiver_queue*>(storage[0]);
  queue->end();
  queue->release();
}

template <class F, class R, class... Args>
const receiver_type* queued_type_of() noexcept {
  static const receiver_type type = {
      reinterpret_cast<erased_function>(&queued_thunk<R, Args...>::call), &end_delivery, nullptr,
      type_name<F>()};
  return &type;
}

[[noreturn]] inline void throw_cannot_block() {
  throw std::invalid_argument(
      "aldis: overflow::block needs an executor that can tell whether it runs on this thread "
      "(io_context, thread_pool, strands of them, any_io_executor of these); choose another "
      "overflow");
}

template <class R, class... Args, class Executor>
class queued_receiver<R(Args...), Executor> {
 public:
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, queued_receiver>)
      queued_receiver(F&& callable, location where = location::current())
      : where_(where) {
    using callable_type = callable_of<F>;
    static_assert(!signal_reference<F>,
                  "aldis: std::ref(signal) would outlive the signal; connect the signal itself, "
                  "which ends with either: connect(signal, on(executor))");
    static_assert(!std::is_reference_v<R>,
                  "aldis: a receiver on an executor cannot answer with a reference");
    static_assert(
        !method_pointer<callable_type>,
        "aldis: a member function needs its object: connect(&T::on, object, on(executor))");
    if constexpr (!method_pointer<callable_type> && !std::is_reference_v<R>) {
      static_assert(std::is_constructible_v<callable_type, F>,
                    "aldis: this receiver cannot be copied; move it");
      static_assert(callable_with<callable_type&, Args...>,
                    "aldis: this receiver cannot be called with the signal's arguments, nor with "
                    "the first few of them");
      if constexpr (callable_with<callable_type&, Args...>) {
        using caller = queued_caller<callable_type, Args...>;
        static_assert(
            !caller::sliced,
            "aldis: a receiver on an executor is called after the send, and a copy of a "
            "base class would have lost what derives from it. Send a shared_ptr, make the "
            "class final, or say how it is copied: template <> struct "
            "aldis::kept_argument<T> : aldis::kept_by_clone<T> {} (or kept_by_value)");
        static_assert(caller::possible || caller::sliced,
                      "aldis: a receiver on an executor is called after the send, and one of its "
                      "arguments cannot be kept until then: a T&, a type that cannot be copied, a "
                      "view of something else. Pass it by value, as shared_ptr, or take fewer "
                      "arguments");
        if constexpr (caller::possible) {
          if constexpr (signal_lvalue<F>) {
            make<callable_type>(callable_type(callable));
          } else {
            make<callable_type>(std::forward<F>(callable));
          }
        }
      }
    }
  }

  location where() const noexcept { return where_; }

  /// The receiver that core connects; it owns everything else.
  template <class... Options>
  receiver<R(Args...)> adapt(connect_request& request, const Options&... options) {
    queue_settings settings;
    settings.where = where_;
    settings.answers = !std::is_void_v<R>;
    (read(settings, options), ...);
    (read_rate(settings, options), ...);
    reference<receiver_queue> queue(
        new receiver_queue(reference<call_runner>::more(*runner_), settings));
    (set_rate(*queue, options, options...), ...);
    request.extension = reference<receiver_queue>(queue).release();
    return receiver<R(Args...)>(type_, queue.release(), where_, identity_);
  }

 private:
  template <class F, class Given>
  void make(Given&& given) {
    if constexpr (std::is_pointer_v<F> || empty_wrapper<F>) {
      if (given == nullptr) throw_empty_receiver();
    }
    identity_ = identity_of(given);
    type_ = queued_type_of<F, R, Args...>();
    if constexpr (returns_awaitable<F, Args...>()) {
      using result = asio_awaitable<typename queued_result<F, Args...>::type>;
      static_assert(result::value, "aldis: a coroutine receiver returns boost::asio::awaitable<T>");
      if constexpr (result::value) {
        static_assert(
            std::is_convertible_v<boost::asio::strand<Executor>, typename result::executor>,
            "aldis: this coroutine's awaitable cannot run on that executor");
        if constexpr (check_answer<fault_of_answer<R, typename result::result>()>()) {
          runner_ = reference<call_runner_on<Executor>>(
              new coroutine_runner<Executor, F, R, Args...>(F(std::forward<Given>(given))));
        }
      }
    } else {
      if constexpr (check_answer<fault_of_answers<F, R, Args...>()>()) {
        runner_ = reference<call_runner_on<Executor>>(
            new plain_work<Executor, F, R, Args...>(F(std::forward<Given>(given))));
      }
    }
  }

  void read(queue_settings& settings, const on_option<Executor>& option) {
    if (option.options.capacity != 0 && option.options.overflow == overflow::block &&
        !detail::runs_in_this_thread(option.executor).has_value()) {
      throw_cannot_block();
    }
    settings.capacity = option.options.capacity;
    settings.when_full = option.options.overflow;
    settings.at_once = option.options.at_once;
    runner_->set(option.executor, option.options.failed);
  }
  template <class Option>
  void read(queue_settings&, const Option&) {}

  template <class Option>
  static void read_rate(queue_settings& settings, const Option&) {
    if constexpr (std::derived_from<Option, rate_option>) {
      if (settings.capacity != 0) throw_two_policies();
      settings.capacity = 1;
      settings.when_full = overflow::drop_oldest;
      settings.replaces = true;
    }
  }

  template <class Option, class... Options>
  static void set_rate(receiver_queue& queue, const Option& option, const Options&... all) {
    if constexpr (requires { option.clock; }) {
      const auto with = [&]<class Other>(const Other& other) {
        if constexpr (std::same_as<Other, on_option<Executor>>) {
          queue.set_rate(option.limit, make_clock(option, other.executor));
        }
      };
      (with(all), ...);
    }
  }

  reference<call_runner_on<Executor>> runner_;
  const receiver_type* type_ = nullptr;
  location where_;
  receiver_identity identity_;
};

}  // namespace detail

/// Calls the receiver on this executor, after the send: the send copies its arguments, once for all
/// such receivers, and continues. A coroutine (a callable that returns asio::awaitable) must be
/// connected in this way.
///
/// Order: each receiver's calls start in the order of the sends, one after the other, even on a
/// pool. Coroutines run concurrently once they have started.
/// Threads: after disconnect() no call starts, and none runs except suspended coroutines; those are
/// asked to stop (asio's terminal cancellation), and `drained` completes when they have. Queued
/// calls are destroyed without being made. Lifetime: text is kept as a copy; `T&`, views, and types
/// that cannot be copied are not kept; base classes are kept as `kept_argument` says. Objects that
/// a copy points to must live until the call. If the executor's context ends before the signal, the
/// queued calls are lost.
///
/// Exceptions: std::invalid_argument for an empty executor. Exceptions of the receiver go to
/// `failed` or to the signal's receiver_failed(), never into the executor. A signal whose R is not
/// void is then sent with async_send; a plain send throws std::logic_error.
template <class Executor>
requires boost::asio::execution::is_executor<std::decay_t<Executor>>::value auto on(
    Executor&& executor, on_options options = {}) {
  detail::check_not_empty(executor);
  return detail::on_option<std::decay_t<Executor>>{
      {}, std::forward<Executor>(executor), std::move(options)};
}

/// The same with the executor of an io_context or thread_pool.
template <class Context>
requires std::derived_from<Context, boost::asio::execution_context>
auto on(Context& context, on_options options = {}) {
  return aldis::on(context.get_executor(), std::move(options));
}

}  // namespace aldis

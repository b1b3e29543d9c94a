#pragma once

#include <aldis/async/detail/asio_deferred.hpp>
#include <aldis/async/detail/durations.hpp>
#include <aldis/async/detail/forced_unwind.hpp>
#include <aldis/async/detail/keep.hpp>
#include <aldis/async/detail/receiver_queue.hpp>
#include <aldis/async/detail/waiting_handler.hpp>
#include <aldis/detail/send_loop.hpp>
#include <aldis/detail/slow_send.hpp>
#include <aldis/replies.hpp>
#include <aldis/signal.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace aldis {

namespace detail {

struct send_option {};
struct robust_option : send_option {};
struct first_option : send_option {};
struct within_option : send_option {
  std::chrono::nanoseconds time;
};

template <class R, class... Args>
struct signal_access<R(Args...)> {
  /// One step for each receiver, as in a plain send, but with kept arguments.
  template <class Step>
  static void each(const signal<R(Args...)>& of, kept_of<R(Args...)>& kept, const Step& step,
                   Args&... args) {
    signal_state* const state = of.state_.load_acquire();
    if (!state) return;
    send_loop<R(Args...)>::with_sender(
        *state,
        [&](const key_view* sender) {
          slow_send at(*state, sender);
          kept.refer();
          at.keep_arguments(kept);
          while (at.next()) {
            if (!step(at)) break;
          }
        },
        args...);
  }
};

inline std::exception_ptr error_of(boost::asio::error::basic_errors code) {
  return std::make_exception_ptr(boost::system::system_error(code));
}

/// One receiver's share of an async_send.
template <class R>
struct part : queued_value<R> {
  enum class state { waiting, running, answered, failed, skipped };

  connection receiver;
  state is = state::running;
  std::exception_ptr error;
  reference<running_call> running;

  bool ended() const noexcept { return is != state::waiting && is != state::running; }
};

/// When an async_send completes, and with what result.
enum class gathering : unsigned char { all, robust, first };

template <gathering How, class R>
using async_result_of =
    std::conditional_t<How == gathering::robust, outcomes<R>,
                       std::conditional_t<std::is_void_v<R>, std::size_t,
                                          std::conditional_t<How == gathering::first,
                                                             std::optional<reply<R>>, replies<R>>>>;

/// A running async_send: its arguments, its answers, and the handler that waits for them.
template <gathering How, class Handler, class Signature>
class sending;

template <gathering How, class Handler, class R, class... Args>
class sending<How, Handler, R(Args...)> final : public kept_of<R(Args...)> {
  using result = async_result_of<How, R>;
  using handler_type = waiting_handler<executor_user, Handler, std::exception_ptr, result>;
  using state = typename part<R>::state;

 public:
  sending(Handler handler, Args&... args)
      : kept_of<R(Args...)>(args...), handler_(new handler_type(std::move(handler))) {}

  void start(const signal<R(Args...)>& signal, std::optional<std::chrono::nanoseconds> time,
             Args&... args) {
    const auto self = reference<sending>::more(*this);
    handler_->when_cancelled(
        [self] { self->give_up(error_of(boost::asio::error::operation_aborted), false); });
    if (time) {
      handler_->expire_after(
          *time, [self] { self->give_up(error_of(boost::asio::error::timed_out), true); });
    }
    try {
      signal_access<R(Args...)>::each(
          signal, *this,
          [&](slow_send& at) {
            call(at, args...);
            return wanted();
          },
          args...);
    } catch (const forced_unwind&) {
      throw;
    } catch (...) {
      // An exception that is not a receiver's. Those of predicates are caught with the receiver's.
      give_up(std::current_exception(), false);
    }
    // The initiation was counted as one of the pending parts.
    {
      std::unique_lock lock(mutex_);
      --pending_;
      complete_if_done(lock);
    }
  }

  std::size_t expect() override {
    const std::lock_guard lock(mutex_);
    expected_ = true;
    part<R>& one = parts_.back();
    if (one.ended()) {
      // The deadline expired between the call and here.
    } else if (given_up_) {
      one.is = state::failed;
      one.error = first_;
      --pending_;
    } else {
      one.is = state::waiting;
    }
    return parts_.size() - 1;
  }

  bool awaited() const noexcept override { return true; }

  bool begin(std::size_t number) noexcept override {
    const std::lock_guard lock(mutex_);
    part<R>& one = parts_[number];
    if (one.is != state::waiting) return false;
    one.is = state::running;
    return true;
  }

  void still_running(std::size_t number, running_call& call) noexcept override {
    {
      const std::lock_guard lock(mutex_);
      if (!given_up_) {
        parts_[number].running = reference<running_call>::more(call);
        return;
      }
    }
    call.cancel();
  }

  void answered(std::size_t number, queued_value<R> given) noexcept override {
    std::unique_lock lock(mutex_);
    part<R>& one = parts_[number];
    if (one.ended()) return;
    static_cast<queued_value<R>&>(one) = std::move(given);
    end(lock, one, state::answered);
  }

  void failed(std::size_t number, const std::exception_ptr& error) noexcept override {
    std::unique_lock lock(mutex_);
    part<R>& one = parts_[number];
    if (one.ended()) return;
    one.error = error;
    end(lock, one, state::failed);
  }

  void skipped(std::size_t number) noexcept override {
    std::unique_lock lock(mutex_);
    if (!parts_[number].ended()) end(lock, parts_[number], state::skipped);
  }

 private:
  void call(slow_send& at, Args&... args) {
    std::size_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = parts_.size();
      parts_.emplace_back().receiver = at.receiver();
      ++pending_;
      expected_ = false;
    }
    try {
      answer<R> given;
      const bool called = send_loop<R(Args...)>::call(at, false, &given, args...);
      // A queued call answers by itself.
      if (expected_) return;
      if (!called) return skipped(number);
      if constexpr (std::is_void_v<R>) {
        answered(number, {});
      } else {
        answered(number, {given.take()});
      }
    } catch (const forced_unwind&) {
      skipped(number);
      throw;
    } catch (...) {
      static_cast<void>(at.rejected());
      failed(number, std::current_exception());
    }
  }

  bool wanted() noexcept {
    const std::lock_guard lock(mutex_);
    return !given_up_;
  }

  /// Called when a part has ended.
  void end(std::unique_lock<std::mutex>& lock, part<R>& one, state how) noexcept {
    one.is = how;
    one.running.reset();
    --pending_;
    if (!given_up_ && How == gathering::first) {
      if (how == state::answered) {
        winner_ = &one;
        lock.unlock();
        give_up(nullptr, true);
        lock.lock();
      } else if (how == state::failed && !first_) {
        first_ = one.error;
      }
    } else if (!given_up_ && How == gathering::all && how == state::failed) {
      const std::exception_ptr error = one.error;
      lock.unlock();
      give_up(error, false);
      lock.lock();
    }
    complete_if_done(lock);
  }

  /// Cancels all parts. Calls that have not started never will; running ones are asked to stop, and
  /// are waited for unless the operation must complete at once.
  void give_up(const std::exception_ptr& why, bool now) noexcept {
    std::unique_lock lock(mutex_);
    if (done_) return;
    if (!given_up_) first_ = why;
    given_up_ = true;
    for (part<R>& each : parts_) {
      if (each.is != state::waiting && !(now && each.is == state::running)) continue;
      each.is = state::failed;
      each.error = why;
      --pending_;
    }
    // One by one, without the lock: cancelling may end a part, which takes the lock.
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (!parts_[i].running) continue;
      std::optional<held_call> call(std::in_place, *parts_[i].running);
      parts_[i].running.reset();
      lock.unlock();
      (*call)->cancel();
      call.reset();
      lock.lock();
    }
    complete_if_done(lock);
  }

  void complete_if_done(std::unique_lock<std::mutex>& lock) noexcept {
    if (pending_ != 0 || done_) return;
    done_ = true;
    // Without the lock: all parts have ended, so nothing changes them.
    lock.unlock();
    result all{};
    std::exception_ptr error = How == gathering::robust || winner_ ? nullptr : first_;
    try {
      if (!error) all = gather();
    } catch (...) {
      error = std::current_exception();
      all = result{};
    }
    handler_->complete(error, std::move(all));
  }

  result gather() {
    result all{};
    if constexpr (How == gathering::first) {
      if (winner_) all.emplace(reply<R>{winner_->receiver, std::move(*winner_->value)});
    } else {
      gather_all(all);
    }
    return all;
  }

  void gather_all(result& all) {
    for (part<R>& each : parts_) {
      if (each.is == state::skipped) continue;
      if constexpr (How == gathering::robust) {
        outcome<R> one;
        one.receiver = each.receiver;
        one.error = each.error;
        if constexpr (!std::is_void_v<R>) {
          if (each.value) one.result.emplace(std::move(*each.value));
        }
        all.add(std::move(one));
      } else if constexpr (std::is_void_v<R>) {
        ++all;
      } else {
        all.add(each.receiver, std::move(*each.value));
      }
    }
  }

  std::mutex mutex_;
  std::deque<part<R>> parts_;
  std::size_t pending_ = 1;
  std::exception_ptr first_;
  part<R>* winner_ = nullptr;  // the part with the first answer, for first_answer
  bool given_up_ = false;
  bool done_ = false;
  bool expected_ = false;  // the receiver being called will answer later
  reference<handler_type> handler_;
};

template <gathering How, class Signature>
struct initiate_send;

template <gathering How, class R, class... Args>
struct initiate_send<How, R(Args...)> {
  const signal<R(Args...)>* of;
  std::optional<std::chrono::nanoseconds> time;

  template <class Handler>
  void operator()(Handler&& handler, std::tuple<Args...> arguments) const {
    using operation = sending<How, std::decay_t<Handler>, R(Args...)>;
    std::apply(
        [&](auto&... args) {
          const reference<operation> begun(new operation(std::forward<Handler>(handler), args...));
          begun->start(*of, time, args...);
        },
        arguments);
  }
};

template <class Option>
concept option_of_send = std::derived_from<std::remove_cvref_t<Option>, send_option>;

template <class Option>
void read_time(std::optional<std::chrono::nanoseconds>& time, const Option& option) {
  if constexpr (std::same_as<Option, within_option>) time = option.time;
}

template <class... Options>
constexpr gathering gathering_of() {
  constexpr bool robust = (std::same_as<Options, robust_option> || ...);
  constexpr bool first = (std::same_as<Options, first_option> || ...);
  static_assert(
      !robust || !first,
      "aldis: async_send: first_answer and robust exclude each other: with first_answer an "
      "exception counts only if no receiver answers");
  return first ? gathering::first : robust ? gathering::robust : gathering::all;
}

template <class R, class... Args, class Given, std::size_t... I, std::size_t... J>
auto begin_send(const signal<R(Args...)>& of, Given&& given, std::index_sequence<I...>,
                std::index_sequence<J...>) {
  constexpr std::size_t count = sizeof...(Args);
  constexpr std::size_t all = std::tuple_size_v<std::remove_cvref_t<Given>>;
  static_assert((std::is_convertible_v<std::tuple_element_t<I, std::remove_cvref_t<Given>>,
                                       std::tuple_element_t<I, std::tuple<Args...>>> &&
                 ...),
                "aldis: async_send(arguments..., options..., token): an argument does not convert "
                "to the signal's parameter");
  constexpr gathering how = gathering_of<
      std::remove_cvref_t<std::tuple_element_t<count + J, std::remove_cvref_t<Given>>>...>();
  static_assert(how != gathering::first || !std::is_void_v<R>,
                "aldis: first_answer: the receivers of this signal do not answer");
  initiate_send<how, R(Args...)> initiate{&of, {}};
  (read_time(initiate.time, std::get<count + J>(given)), ...);
  using signature = void(std::exception_ptr, async_result_of<how, R>);
  std::tuple<Args...> arguments(
      std::forward<std::tuple_element_t<I, std::remove_cvref_t<Given>>>(std::get<I>(given))...);
  const auto with = [&]<class Token>(Token& token) {
    return boost::asio::async_initiate<Token, signature>(std::move(initiate), token,
                                                         std::move(arguments));
  };
  if constexpr (count + sizeof...(J) < all) {
    return with(std::get<all - 1>(given));
  } else {
    boost::asio::deferred_t deferred;
    return with(deferred);
  }
}

/// The number of options among the types after the first `Skipped`.
template <std::size_t Skipped, class... Given>
constexpr std::size_t count_options() {
  std::size_t at = 0;
  std::size_t found = 0;
  const auto look = [&](bool option) {
    if (at++ >= Skipped && option) ++found;
  };
  (look(option_of_send<Given>), ...);
  return found;
}

}  // namespace detail

/// For async_send: if one receiver throws, the others still answer, and the result is outcomes<R>.
inline constexpr detail::robust_option robust{};

/// For async_send: completes with the first answer, a std::optional<reply<R>>, which is empty if no
/// receiver answers. Receivers that have not started by then never will; running ones are asked to
/// stop, and are not waited for. An exception is the result only if no receiver answers.
inline constexpr detail::first_option first_answer{};

/// For async_send: receivers that have not answered after this time are asked to stop, and are not
/// waited for. Without `robust` the send fails with asio's error timed_out. A time too long to be
/// represented means forever; a negative one, or NaN, means zero.
template <class Rep, class Period>
detail::within_option within(std::chrono::duration<Rep, Period> time) {
  return {{}, detail::saturated(time)};
}

/// The implementation of signal::async_send.
template <class R, class... Args, class... Given>
auto start_async_send(const signal<R(Args...)>& of, Given&&... given) {
  static_assert(!std::is_reference_v<R>, "aldis: async_send cannot wait for a reference");
  static_assert(sizeof...(Given) >= sizeof...(Args),
                "aldis: async_send(arguments..., options..., token): arguments are missing");
  constexpr std::size_t options = detail::count_options<sizeof...(Args), Given...>();
  static_assert(sizeof...(Given) <= sizeof...(Args) + options + 1,
                "aldis: async_send(arguments..., options..., token): too many arguments");
  return detail::begin_send(of, std::forward_as_tuple(std::forward<Given>(given)...),
                            std::make_index_sequence<sizeof...(Args)>(),
                            std::make_index_sequence<options>());
}

/// Sends to all receivers, and completes when all have ended: receivers without an executor are
/// called in place, when the operation is initiated; those on executors run concurrently.
///
///     auto answers = co_await aldis::async_send(price, item, aldis::within(100ms));
///
/// After the arguments come options (`robust`, `first_answer`, `within`), then the completion
/// token; without one the result is asio's deferred operation, to be awaited. The signature is
/// void(std::exception_ptr, X), X being replies<R> in the order of the receivers, std::size_t (how
/// many ran) for R void, outcomes<R> with `robust`, std::optional<reply<R>> with
/// `first_answer`. A receiver that rejected the call, was
/// disconnected before its turn, or was dropped from a full queue gives no answer.
///
/// Threads: completes on the token's executor. Never blocks for room in a queue: with `block`, the
/// operation waits.
/// Exceptions: the first one cancels the other receivers and is the result, once those that were
/// running have ended. With `robust` each outcome has its own.
/// Cancellation: the token's slot reaches every receiver: queued calls are not started, coroutines
/// are asked to stop, and waited for.
/// Lifetime: the signal, and arguments that are references or views, must live until it is
/// initiated, which for deferred is the co_await; afterwards they may be destroyed.
template <class R, class... Args, class... Given>
auto async_send(const signal<R(Args...)>& of, Given&&... given) {
  return start_async_send(of, std::forward<Given>(given)...);
}

}  // namespace aldis

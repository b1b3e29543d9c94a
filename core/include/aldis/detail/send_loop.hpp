#pragma once

// The slow path's loop over receivers, for one signature. detail/slow_send finds them.

#include <aldis/detail/call.hpp>
#include <aldis/detail/delivery.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/sender.hpp>

#include <type_traits>

namespace aldis::detail {

template <class Signature>
class send_loop;

template <class R, class... Args>
class send_loop<R(Args...)> {
 public:
  static constexpr bool every_argument_in_registers = (passed_in_registers<Args> && ...);
  using call_type = call_type_t<R, Args...>;

  /// Calls `step` for each receiver, until it returns false.
  template <class Step>
  static void run(signal_state* state, Step step, Args&... args) {
    if (!state) return;
    if constexpr (!std::is_void_v<R>) {
      // Their answers come later than this send could return.
      if (state->slow_path.load_relaxed() & slow_path_sharing) throw_needs_async_send();
    }
    if constexpr (sizeof...(Args) > 0) {
      using first = typename types<Args...>::first;
      if constexpr (can_be_chosen<first>) {
        if (state->slow_path.load_relaxed() & slow_path_selective) {
          const key_view sender = first_key(args...);
          return run_for(*state, &sender, step);
        }
      }
    }
    run_for(*state, nullptr, step);
  }

  /// Calls the receiver the send is at; false if it rejected the call.
  static bool call(slow_send& at, bool last, answer<R>* out, Args&... args) {
    const auto receiver = reinterpret_cast<call_type>(at.call());
    if constexpr (std::is_void_v<R>) {
      static_cast<void>(out);
      receiver(*at.current(), pass<Args>(args, last)...);
    } else {
      receiver(*at.current(), out, pass<Args>(args, last)...);
    }
    return !at.rejected();
  }

  /// Calls everybody whose turn it is; returns how many that were. For signals without answers.
  static std::size_t call_all(signal_state* state, Args&... args) {
    std::size_t called = 0;
    run(
        state,
        [&](slow_send& at, bool last) {
          called += call(at, last, nullptr, args...);
          return true;
        },
        args...);
    return called;
  }

  /// The first argument, as those who choose by sender compare it.
  template <class First, class... Rest>
  static key_view first_key(const First& sender, const Rest&...) {
    return key_of(sender);
  }

 private:
  template <class Step>
  static void run_for(signal_state& state, const key_view* sender, Step& step) {
    slow_send at(state, sender);
    while (at.next()) {
      // The arguments themselves go to the last receiver, after which nobody may be called.
      const bool last = !every_argument_in_registers && at.last();
      if (!step(at, last) || last) break;
    }
  }
};

}  // namespace aldis::detail

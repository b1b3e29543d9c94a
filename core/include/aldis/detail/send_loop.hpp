#pragma once

// The slow path's loop over the receivers, for one signature; slow_send finds them.

#include <aldis/detail/call.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/detail/slot_extension.hpp>
#include <aldis/detail/slow_send.hpp>
#include <aldis/sender.hpp>

#include <cstddef>
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
      // A receiver on an executor answers later than this send could return.
      if (state->slow_path_reasons.load_relaxed() & slow_path_sharing) throw_needs_async_send();
    }
    with_sender(
        *state,
        [&](const key_view* sender) {
          slow_send send(*state, sender);
          send.each([&] {
            // The last receiver may move from the arguments, so none may be called after it.
            const bool last = !every_argument_in_registers && send.last();
            return step(send, last) && !last;
          });
        },
        args...);
  }

  /// Calls `work` with the key of the first argument; with null where no receiver selects by it.
  template <class Work>
  static void with_sender(const signal_state& state, const Work& work, Args&... args) {
    if constexpr (sizeof...(Args) > 0) {
      if constexpr (is_selectable<typename types<Args...>::first>) {
        if (state.slow_path_reasons.load_relaxed() & slow_path_selective) {
          const key_view sender = first_key(args...);
          return work(&sender);
        }
      }
    }
    work(nullptr);
  }

  /// Calls the current receiver; false if it rejected the call.
  static bool call(slow_send& send, bool last, answer<R>* out, Args&... args) {
    const auto receiver = reinterpret_cast<call_type>(send.call());
    if constexpr (std::is_void_v<R>) {
      static_cast<void>(out);
      receiver(*send.current(), pass<Args>(args, last)...);
    } else {
      receiver(*send.current(), out, pass<Args>(args, last)...);
    }
    return !send.rejected();
  }

  /// Calls the receivers of a signal without answers; returns how many ran.
  static std::size_t call_all(signal_state* state, Args&... args) {
    std::size_t called = 0;
    run(
        state,
        [&](slow_send& send, bool last) {
          called += call(send, last, nullptr, args...);
          return true;
        },
        args...);
    return called;
  }

 private:
  template <class First, class... Rest>
  static key_view first_key(const First& sender, const Rest&...) {
    return key_of(sender);
  }
};

}  // namespace aldis::detail

#pragma once

// The fast path of a send: receivers without conditions, arguments in registers, and nobody
// disconnects. A loop with two stores and a load around each call; no allocation, no lock and no
// locked instruction. docs/design/hazard-pointers.md has the proof, docs/life-of-a-send.md the
// steps.
//
// `inside` and `held` are hazard pointers. Storing one and then reading `only_slot` or `fast_list`
// needs the store to be visible before the read. There is no fence here for that: whoever changes
// those two runs a barrier on every processor (barrier.hpp), or, where the system has none, both
// are null for good, and every send takes the slow path.

#include <aldis/detail/engine.hpp>
#include <aldis/detail/send_loop.hpp>

#include <cstddef>

namespace aldis::detail {

template <class... Args>
class fast_send {
 public:
  /// Calls the signal's receivers, on the slow path if need be; returns how many.
  static std::size_t send(signal_state* state, Args... args) {
    thread_record* const me = own_record;
    // Acquire: the slot was filled before it was written here.
    receiver_slot* const slot = state->only_slot.load_acquire();
    if (!slot || !is_registered(state, me) || me->first.inside.load_relaxed()) {
      // Relaxed: a receiver that connects at the same time may or may not be called.
      return state->live.load_relaxed() == 0 ? 0 : send_to_many(state, me, args...);
    }
    // Release: what this thread did before happens before what the thread does that waits for it.
    me->first.inside.store_release(slot);
    compiler_barrier();
    // Acquire, and after the store: either the thread that disconnects it sees `inside`, or this
    // one sees that it is no longer the only receiver.
    if (state->only_slot.load_acquire() != slot) [[unlikely]]
      return unpublish_and_send(state, me, args...);
    const fast_call_guard leaving(me);
    // Acquire: the receiver was stored before its call. Null: blocked, or disconnected just now.
    const auto call = reinterpret_cast<call_type>(slot->call.load_acquire());
    if (!call) [[unlikely]]
      return 0;
    call(*slot, args...);
    return 1;
  }

 private:
  using loop = send_loop<void(Args...)>;
  using call_type = typename loop::call_type;
  using entry = atomic<receiver_slot*>;

  /// Whether everybody who changes the signal knows that this thread may be reading it.
  static bool is_registered(const signal_state* state, const thread_record* me) noexcept {
    // Relaxed: only this thread sets its bit, and nobody clears it while the thread lives.
    return me->home == state->home && (state->sending_threads.load_relaxed() & me->bit) != 0;
  }

  [[gnu::noinline]] static std::size_t send_to_many(signal_state* state, thread_record* me,
                                                    Args... args) {
    // Acquire: the list was filled before it was written here.
    slot_list* const list = state->fast_list.load_acquire();
    if (!list || !is_registered(state, me) || me->first.inside.load_relaxed()) [[unlikely]]
      return send_slow(state, args...);
    me->first.held.store_release(list);
    compiler_barrier();
    // After the store, as above. From here the list is not freed.
    if (state->fast_list.load_acquire() != list) [[unlikely]] {
      me->first.held.store_release(nullptr);
      return send_slow(state, args...);
    }

    fast_send_guard leaving(me);
    entry* next = list->entries;
    // Acquire: entries are written before the count that includes them.
    entry* const end = next + list->count.load_acquire();
    std::size_t called = 0;
    // By fours: a taken branch for each receiver would be a fifth of the cost.
    for (; end - next >= 4; next += 4) {
      if (!step(state, me, list, next[0], called, args...)) [[unlikely]]
        goto revoked;
      if (!step(state, me, list, next[1], called, args...)) [[unlikely]]
        goto revoked_1;
      if (!step(state, me, list, next[2], called, args...)) [[unlikely]]
        goto revoked_2;
      if (!step(state, me, list, next[3], called, args...)) [[unlikely]]
        goto revoked_3;
    }
    for (; next != end; ++next) {
      if (!step(state, me, list, next[0], called, args...)) [[unlikely]]
        goto revoked;
    }
    return called;

  revoked_3:
    ++next;
  revoked_2:
    ++next;
  revoked_1:
    ++next;
  revoked:
    leaving.dismiss();
    return called + continue_slow(me, next, end, args...);
  }

  /// False if the fast path was revoked, and the receiver was not called.
  [[gnu::always_inline]] static bool step(signal_state* state, thread_record* me, slot_list* list,
                                          const entry& from, std::size_t& called, Args... args) {
    // Acquire: the slot was filled before it was entered.
    receiver_slot* const slot = from.load_acquire();
    // Release: the call before this one happens before what its disconnect does next.
    me->first.inside.store_release(slot);
    compiler_barrier();
    // Acquire, and after the store: either the thread that disconnects the slot sees `inside`, or
    // this one sees that the fast path was revoked.
    if (state->fast_list.load_acquire() != list) [[unlikely]]
      return false;
    // Acquire: the receiver was stored before its call.
    if (const auto call = reinterpret_cast<call_type>(slot->call.load_acquire())) [[likely]] {
      ++called;
      call(*slot, args...);
    }
    return true;
  }

  [[gnu::noinline, gnu::cold]] static std::size_t continue_slow(thread_record* me, entry* next,
                                                                entry* end, Args... args) {
    slow_send at(*me, next, end);
    std::size_t called = 0;
    while (at.next()) called += loop::call(at, false, nullptr, args...);
    return called;
  }

  [[gnu::noinline, gnu::cold]] static std::size_t unpublish_and_send(signal_state* state,
                                                                     thread_record* me,
                                                                     Args... args) {
    unpublish(*me);
    return send_slow(state, args...);
  }

  /// By value, or the fast path would have to keep its arguments in memory.
  [[gnu::noinline]] static std::size_t send_slow(signal_state* state, Args... args) {
    return loop::call_all(state, args...);
  }
};

}  // namespace aldis::detail

#pragma once

// The fast path of a send: no receiver has conditions, the arguments fit into registers, and no
// disconnect is at work. A loop with a store and a check before each call; no allocation, no lock,
// no locked instruction. docs/design/hazard-pointers.md has the proof, docs/life-of-a-send.md the
// steps.
//
// A send stores a hazard pointer, then reads `only_slot` or `fast_list` again, and the store must
// be visible before that read. Here is only a compiler barrier. The processor's half is done by
// whoever changes those two: it makes every processor execute a barrier
// (reclamation/asymmetric_fence.hpp). Where the system has no such barrier, both are always null,
// and every send takes the slow path.

#include <aldis/detail/engine.hpp>
#include <aldis/detail/send_loop.hpp>
#include <aldis/detail/slow_send.hpp>

#include <cstddef>

namespace aldis::detail {

template <class... Args>
class fast_send {
 public:
  /// Calls the signal's receivers, on the slow path if necessary; returns how many.
  static std::size_t send(signal_state* state, Args... args) {
    thread_record* const me = own_record;
    // Acquire: the slot was filled before its address was stored here.
    receiver_slot* const slot = state->only_slot.load_acquire();
    if (!slot || !is_reader(*state, *me) || me->first[hazard::receiver].load_relaxed()) {
      // Relaxed: a receiver that connects at the same time may or may not be called.
      if (state->live.load_relaxed() == 0) [[unlikely]]
        return 0;
      return send_to_many(state, me, args...);
    }
    // Release: what this thread did before happens before what any thread does that reads this.
    me->first[hazard::receiver].store_release(slot);
    compiler_barrier();
    // After the store: either the disconnect sees the hazard pointer, or this thread sees that the
    // slot is no longer the only receiver. Acquire: the call is not read before.
    if (state->only_slot.load_acquire() != slot) [[unlikely]]
      return retract_and_send(state, me, args...);
    const fast_call_guard leaving(me);
    // Acquire: the receiver was stored before its call. Null: blocked, or just disconnected.
    const auto call = reinterpret_cast<call_type>(slot->call.load_acquire());
    if (!call) [[unlikely]]
      return 0;
    call(*slot, args...);
    return 1;
  }

 private:
  using loop = send_loop<void(Args...)>;
  using call_type = typename loop::call_type;
  using list_entry = atomic<receiver_slot*>;

  /// Aligned, because where the loop begins in a cache line changes its cost by up to a fifth.
  [[gnu::noinline, gnu::aligned(64)]] static std::size_t send_to_many(signal_state* state,
                                                                      thread_record* me,
                                                                      Args... args) {
    // Acquire: the list was filled before its address was stored here.
    slot_list* const list = state->fast_list.load_acquire();
    if (!list || !is_reader(*state, *me) || me->first[hazard::receiver].load_relaxed()) [[unlikely]]
      return send_slow_or_first(state, args...);
    // Release: as above.
    me->first[hazard::list].store_release(list);
    compiler_barrier();
    // After the store, as above; if it is unchanged, the list is protected.
    if (state->fast_list.load_acquire() != list) [[unlikely]] {
      me->first[hazard::list].store_release(nullptr);
      return send_slow(state, args...);
    }

    fast_send_guard leaving(me);
    const atomic<slot_list*>& current = state->fast_list;
    list_entry* next = list->entries;
    // Acquire: entries are written before the count that includes them.
    list_entry* const end = next + list->count.load_acquire();
    std::size_t called = 0;
    for (std::size_t single = static_cast<std::size_t>(end - next) % 4; single > 0;
         --single, ++next) {
      if (!step(me, list, current, next[0], called, args...)) [[unlikely]]
        goto revoked;
    }
    // Unrolled: a taken branch for each receiver would be a fifth of the cost.
    for (; next != end; next += 4) {
      if (!step(me, list, current, next[0], called, args...)) [[unlikely]]
        goto revoked;
      if (!step(me, list, current, next[1], called, args...)) [[unlikely]]
        goto revoked_1;
      if (!step(me, list, current, next[2], called, args...)) [[unlikely]]
        goto revoked_2;
      if (!step(me, list, current, next[3], called, args...)) [[unlikely]]
        goto revoked_3;
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
    // Not `state`, which would take a register from the loop.
    return called + continue_slow(*list->owner, *me, {next, end}, args...);
  }

  /// Calls one receiver. False if it may not, because the fast path was revoked.
  [[gnu::always_inline]] static bool step(thread_record* me, slot_list* list,
                                          const atomic<slot_list*>& current,
                                          const list_entry& entry, std::size_t& called,
                                          Args... args) {
    // Acquire: the slot was filled before it was entered into the list.
    receiver_slot* const slot = entry.load_acquire();
    // Release: this leaves the receiver before; its call happens before what its disconnect does
    // next.
    me->first[hazard::receiver].store_release(slot);
    compiler_barrier();
    // After the store: either the disconnect sees the hazard pointer, or this thread sees that the
    // fast path was revoked. Acquire: the call is not read before.
    if (current.load_acquire() != list) [[unlikely]]
      return false;
    // Acquire: the receiver was stored before its call.
    if (const auto call = reinterpret_cast<call_type>(slot->call.load_acquire())) [[likely]] {
      ++called;
      call(*slot, args...);
    }
    return true;
  }

  /// A thread's first send of the signal may take the fast path once the signal knows the thread.
  [[gnu::noinline]] static std::size_t send_slow_or_first(signal_state* state, Args... args) {
    if (state->fast_list.load_relaxed() && !is_reader(*state, *own_record) &&
        become_reader(*state)) {
      return send(state, args...);
    }
    return send_slow(state, args...);
  }

  [[gnu::noinline, gnu::cold]] static std::size_t continue_slow(signal_state& state,
                                                                thread_record& me, slot_span rest,
                                                                Args... args) {
    slow_send send(state, me, rest);
    std::size_t called = 0;
    while (send.next()) called += loop::call(send, false, nullptr, args...);
    return called;
  }

  [[gnu::noinline, gnu::cold]] static std::size_t retract_and_send(signal_state* state,
                                                                   thread_record* me,
                                                                   Args... args) {
    retract_hazard(*me);
    return send_slow(state, args...);
  }

  /// Takes the arguments by value: the fast path would have to keep them in memory otherwise.
  [[gnu::noinline]] static std::size_t send_slow(signal_state* state, Args... args) {
    return loop::call_all(state, args...);
  }
};

}  // namespace aldis::detail

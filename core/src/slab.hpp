#pragma once

// Allocation of slots, and the references that keep them.

#include <aldis/detail/engine.hpp>

#include "signal_impl.hpp"
#include "slot.hpp"

#include <cstdint>

namespace aldis::detail {

/// A slot with two references: one for the slot lists and the body, one for the caller. Under the
/// signal's mutex.
receiver_slot& allocate_slot(signal_impl& signal);
/// Gives one reference back. Under the signal's mutex.
void release_locked(receiver_slot& slot) noexcept;
/// The same for a caller that holds no lock. May free a signal that was destroyed.
void release(receiver_slot& slot) noexcept;
receiver_slot* refer(receiver_slot& slot) noexcept;
/// One more reference, by a caller that owns none: `replies` keep the slot.
void refer_borrowed(receiver_slot& slot) noexcept;
void free_slabs(signal_impl& signal, slab_list& list) noexcept;
/// Gives an empty slab memory for its slots, slots_size(capacity) bytes.
void set_memory(slab& home, void* memory, std::uint32_t capacity) noexcept;

/// Visits the connected receivers, in no order. Under the signal's mutex; `visit` may not
/// disconnect.
template <class Visit>
void each_connected(const signal_impl& signal, const Visit& visit) {
  for (const slab_list* list : {&signal.slabs, &signal.full_slabs}) {
    for (const slab& home : *list) {
      for (std::uint32_t i = 0; i < home.made; ++i) {
        if (home.metadata[i].alive.load_relaxed()) visit(home.slots[i]);
      }
    }
  }
}

}  // namespace aldis::detail

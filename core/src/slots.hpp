#pragma once

// Where receivers live: slabs of slots, and the references that keep them.

#include <aldis/detail/engine.hpp>

#include "signal_impl.hpp"
#include "slot.hpp"

#include <cstdint>

namespace aldis::detail {

receiver_slot& allocate_slot(signal_impl& signal);
/// Gives one reference back. With the signal's mutex held, or not.
void release_locked(receiver_slot& slot) noexcept;
void release(receiver_slot& slot) noexcept;
receiver_slot* refer(receiver_slot& slot) noexcept;

/// The connected ones, in no order. Under the mutex; nothing may be marked disconnected meanwhile.
template <class Visit>
void each_connected(const signal_impl& signal, const Visit& visit) {
  for (const slab* row : {signal.slabs, signal.full_slabs}) {
    for (const slab* s = row; s; s = s->next) {
      for (std::uint32_t i = 0; i < s->capacity; ++i) {
        if (s->metadata[i].alive.load_relaxed()) visit(s->slots[i]);
      }
    }
  }
}

}  // namespace aldis::detail

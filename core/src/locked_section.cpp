#include "locked_section.hpp"

#include "disconnect.hpp"
#include "slab.hpp"
#include "slot.hpp"

#include <utility>

namespace aldis::detail {

void locked_section::disconnect(receiver_slot& slot, notification notify) {
  if (!mark_disconnected(*this, slot)) return;
  slot.metadata->notify = notify;
  slot.metadata->next_disconnected = disconnected_;
  disconnected_ = refer(slot);
}

void locked_section::close() noexcept {
  any_weak_pointer* lifetimes = std::exchange(signal_.retired_lifetimes, nullptr);
  lock_.unlock();
  while (lifetimes) delete std::exchange(lifetimes, lifetimes->next);
  while (disconnected_) {
    receiver_slot& slot = *std::exchange(disconnected_, disconnected_->metadata->next_disconnected);
    finish_disconnect(slot, true, {.wait = false}, slot.metadata->notify);
    release(slot);
  }
}

}  // namespace aldis::detail

#include "locked_section.hpp"

#include "disconnect.hpp"
#include "slots.hpp"

#include <utility>

namespace aldis::detail {

void locked_section::disconnect(receiver_slot& slot, bool tell) {
  if (!mark_disconnected(*this, slot)) return;
  slot.metadata->tell = tell;
  slot.metadata->next_disconnected = disconnected_;
  disconnected_ = refer(slot);
}

void locked_section::close() noexcept {
  any_weak_pointer* deferred_owners = std::exchange(signal_.deferred_owners, nullptr);
  lock_.unlock();
  while (deferred_owners) delete std::exchange(deferred_owners, deferred_owners->next);
  while (disconnected_) {
    receiver_slot& slot = *std::exchange(disconnected_, disconnected_->metadata->next_disconnected);
    finish(slot, true, {.wait = false}, slot.metadata->tell);
    release(slot);
  }
}

}  // namespace aldis::detail

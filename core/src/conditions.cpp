// Conditions that are checked at each call: tracking, not_from, when, times.

#include <aldis/detail/request.hpp>

#include "disconnect.hpp"
#include "library_state.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"

#include <cstdint>
#include <utility>

namespace aldis::detail {

bool claim_call(receiver_slot& slot, slot_conditions& conditions) noexcept {
  std::uint64_t left = conditions.remaining.load();
  while (left != 0) {
    if (!conditions.remaining.compare_exchange(left, left - 1)) continue;
    if (left == 1) disconnect_slot(slot, {.wait = false});
    return true;
  }
  return false;
}

slot_conditions& conditions_of(const receiver_slot& slot) noexcept {
  return *slot.metadata->options;
}

bool excludes(const slot_conditions& conditions, const key_view& sender) noexcept {
  for (const sender_filter* each = conditions.not_from; each; each = each->next) {
    if (equal(each->key, sender) && !(each->lifetime && each->lifetime->expired())) return true;
  }
  return false;
}

bool tracked_objects::lock_more(const any_weak_pointer* trackers) {
  held* last = &first_;
  for (const any_weak_pointer* tracker = trackers; tracker; tracker = tracker->next) {
    last = last->next = new held;
    if (!tracker->lock(last->room)) return false;
    last->tracker = tracker;
  }
  return true;
}

void tracked_objects::unlock_more() noexcept {
  for (held* each = first_.next; each;) {
    if (each->tracker) each->tracker->unlock(each->room);
    delete std::exchange(each, each->next);
  }
}

void reject(receiver_slot& slot) noexcept {
  existing_record(library_of(signal_of(slot)))->flags |= thread_rejected;
}

}  // namespace aldis::detail

// Conditions that are checked at each call: tracking, not_from, when, times.

#include "conditions.hpp"

#include "disconnect.hpp"
#include "library_state.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"

#include <cstdint>

namespace aldis::detail {

namespace {

/// Claims one of the calls that are left. The thread that claims the last disconnects the receiver.
bool claim_call(receiver_slot& slot, slot_options& options) noexcept {
  std::uint64_t left = options.remaining.load();
  while (left != 0) {
    if (!options.remaining.compare_exchange(left, left - 1)) continue;
    if (left == 1) disconnect_slot(slot, {.wait = false});
    return true;
  }
  return false;
}

bool is_refused(const slot_options& options, void* const* arguments) {
  for (filter* each = options.filters; each; each = each->next) {
    if (!each->test(arguments)) return true;
  }
  return false;
}

}  // namespace

bool excludes(const slot_options& options, const key_view& sender) noexcept {
  for (const sender_filter* each = options.not_from; each; each = each->next) {
    if (equal(each->key, sender) && !(each->lifetime && each->lifetime->expired())) return true;
  }
  return false;
}

bool tracked_objects::lock(const any_weak_pointer* trackers) {
  held* last = &first_;
  for (const any_weak_pointer* tracker = trackers; tracker; tracker = tracker->next) {
    if (last->tracker) last = last->next = new held;
    if (!tracker->lock(last->room)) return false;
    last->tracker = tracker;
  }
  return true;
}

tracked_objects::~tracked_objects() {
  for (held* each = &first_; each;) {
    if (each->tracker) each->tracker->unlock(each->room);
    held* const done = each;
    each = each->next;
    if (done != &first_) delete done;
  }
}

call_guard::call_guard(receiver_slot& slot, const key_view& sender, void* const* arguments) {
  slot_options& options = *slot.metadata->options;
  if (!objects_.lock(options.trackers)) {
    disconnect_expired(slot);
  } else {
    allowed_ = !excludes(options, sender) && !is_refused(options, arguments) &&
               (!options.limited || claim_call(slot, options));
  }
}

void reject(receiver_slot& slot) noexcept {
  existing_record(library_of(signal_of(slot)))->flags |= thread_rejected;
}

}  // namespace aldis::detail

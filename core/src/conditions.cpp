// Receivers that decide at the call: trackers, exclusions, predicates, numbered calls.

#include "conditions.hpp"

#include "disconnect.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "threads.hpp"

namespace aldis::detail {

namespace {

/// One of the calls that are left; the one who takes the last disconnects.
bool claim_call(receiver_slot& slot, slot_options& options) noexcept {
  std::uint64_t left = options.remaining.load();
  while (left != 0) {
    if (!options.remaining.compare_exchange(left, left - 1)) continue;
    if (left == 1) disconnect_slot(slot, {.wait = false});
    return true;
  }
  return false;
}

bool refused(const slot_options& options, void* const* arguments) {
  for (filter* each = options.filters; each; each = each->next) {
    if (!each->test(arguments)) return true;
  }
  return false;
}

}  // namespace

bool excludes(const slot_options& options, const key_view& sender) noexcept {
  for (const sender_filter* each = options.not_from; each; each = each->next) {
    if (equal(each->key, sender) && !(each->owner && each->owner->expired())) return true;
  }
  return false;
}

bool tracked_objects::lock(const any_weak_pointer* trackers) {
  held* at = &first_;
  for (const any_weak_pointer* tracker = trackers; tracker; tracker = tracker->next) {
    if (at->owner) at = at->next = new held;
    if (!tracker->lock(at->room)) return false;
    at->owner = tracker;
  }
  return true;
}

tracked_objects::~tracked_objects() {
  for (held* at = &first_; at;) {
    if (at->owner) at->owner->unlock(at->room);
    held* const done = at;
    at = at->next;
    if (done != &first_) delete done;
  }
}

call_guard::call_guard(receiver_slot& to, const key_view& sender, void* const* arguments) {
  slot_options& options = *to.metadata->options;
  if (!objects_.lock(options.trackers)) {
    end_expired(to);
  } else {
    allowed_ = !excludes(options, sender) && !refused(options, arguments) &&
               (!options.numbered || claim_call(to, options));
  }
}

void reject(receiver_slot& slot) noexcept { known_record(*signal_of(slot).home)->rejected = true; }

}  // namespace aldis::detail

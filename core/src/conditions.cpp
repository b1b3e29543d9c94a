// Receivers that decide at the call: trackers, exclusions, predicates, numbered calls.

#include "state.hpp"

namespace aldis::detail {

namespace {

/// One of the calls that are left; the one who takes the last disconnects.
bool claim_call(place& p, place_extras& x) noexcept {
  std::uint64_t left = x.remaining.load();
  while (left != 0) {
    if (!x.remaining.compare_exchange(left, left - 1)) continue;
    if (left == 1) disconnect_place(p, {.wait = false});
    return true;
  }
  return false;
}

bool refused(const place_extras& x, void* const* arguments) {
  for (filter* each = x.filters; each; each = each->next) {
    if (!each->test(arguments)) return true;
  }
  return false;
}

}  // namespace

bool excludes(const place_extras& x, const key_view& sender) noexcept {
  for (const sender_choice* each = x.not_from; each; each = each->next) {
    if (equal(each->key, sender) && !(each->owner && each->owner->expired())) return true;
  }
  return false;
}

bool tracked_objects::lock(const weak_owner* trackers) {
  held* at = &first_;
  for (const weak_owner* t = trackers; t; t = t->next) {
    if (at->owner) at = at->next = new held;
    if (!t->lock(at->room)) return false;
    at->owner = t;
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

admission::admission(place& to, const key_view& sender, void* const* arguments) {
  place_extras& x = *to.details->extras;
  if (!objects_.lock(x.trackers)) {
    end_expired(to);
  } else {
    granted_ = !excludes(x, sender) && !refused(x, arguments) && (!x.numbered || claim_call(to, x));
  }
}

void decline(place& p) noexcept { known_record(*core_of(p).home)->skipped = true; }

}  // namespace aldis::detail

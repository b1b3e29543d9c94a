// For receivers that are called after the send.

#include <aldis/detail/delivery.hpp>

#include "state.hpp"

#include <stdexcept>
#include <utility>

namespace aldis::detail {

walk* send_calling(const place& p) noexcept {
  frame* at = known_record(*core_of(p).home)->top;
  // Frames behind the send's may have been used, and given back, for other things.
  while (!in_use(*at) && at->previous) at = at->previous;
  return at->by;
}

attachment* attached_to(const connection& c) noexcept {
  const place* const p = connection_access::get(c);
  if (!p) return nullptr;
  const std::lock_guard lock(core_of(*p).mutex);
  return p->details->extras ? p->details->extras->attached : nullptr;
}

void may_decline(const connection& c) noexcept {
  const place& p = *connection_access::get(c);
  full_core& of = core_of(p);
  const std::lock_guard lock(of.mutex);
  // Its details say nothing of it any more once it was condemned.
  if (!p.details->alive.load_relaxed()) return;
  attachment& late = *p.details->extras->attached;
  if (std::exchange(late.picky, true)) return;
  ++of.keeping;
  add_mode(of, mode_keeping);
}

const weak_owner* trackers_of(const place& p) noexcept {
  const place_extras* const x = p.details->extras;
  return x ? x->trackers : nullptr;
}

void end_expired(place& p) noexcept {
  section s(core_of(p));
  s.fell(p, false);
}

void tell_failed(place& p, const std::exception_ptr& error) noexcept {
  meta_signals* const meta = core_of(p).meta.load_acquire();
  if (!meta) return;
  try {
    meta->failed.send_robust(connection_access::adopt(refer(p)), error);
  } catch (...) {
    // No memory for the outcomes; who counts failures has counted this one.
  }
}

void throw_needs_async_send() {
  throw std::logic_error(
      "aldis: a receiver of this signal is connected with on(executor), and its answer comes later "
      "than send could return; use async_send");
}

}  // namespace aldis::detail

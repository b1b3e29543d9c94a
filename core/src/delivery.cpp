// For receivers that are called after the send.

#include <aldis/detail/delivery.hpp>

#include "locked_section.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "slots.hpp"
#include "threads.hpp"

#include <stdexcept>
#include <utility>

namespace aldis::detail {

slow_send* send_calling(const receiver_slot& slot) noexcept {
  send_frame* at = known_record(*signal_of(slot).home)->top;
  // Frames behind the send's may have been used, and given back, for other things.
  while (!in_use(*at) && at->previous) at = at->previous;
  return at->by;
}

slot_extension* extension_of(const connection& c) noexcept {
  const receiver_slot* const slot = connection_access::get(c);
  if (!slot) return nullptr;
  const std::lock_guard lock(signal_of(*slot).mutex);
  return slot->metadata->options ? slot->metadata->options->extension : nullptr;
}

void allow_rejection(const connection& c) noexcept {
  const receiver_slot& slot = *connection_access::get(c);
  signal_impl& of = signal_of(slot);
  const std::lock_guard lock(of.mutex);
  // Its details say nothing of it any more once it was disconnected.
  if (!slot.metadata->alive.load_relaxed()) return;
  slot_extension& late = *slot.metadata->options->extension;
  if (std::exchange(late.may_reject, true)) return;
  ++of.queued_weight;
  add_slow_path(of, slow_path_sharing);
}

const any_weak_pointer* trackers_of(const receiver_slot& slot) noexcept {
  const slot_options* const options = slot.metadata->options;
  return options ? options->trackers : nullptr;
}

void end_expired(receiver_slot& slot) noexcept {
  locked_section section(signal_of(slot));
  section.disconnect(slot, false);
}

void tell_failed(receiver_slot& slot, const std::exception_ptr& error) noexcept {
  meta_signals* const meta = signal_of(slot).meta.load_acquire();
  if (!meta) return;
  try {
    meta->failed.send_robust(connection_access::adopt(refer(slot)), error);
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

// What core offers for receivers that are called after the send.

#include <aldis/detail/slot_extension.hpp>

#include "library_state.hpp"
#include "locked_section.hpp"
#include "signal_impl.hpp"
#include "slab.hpp"
#include "slot.hpp"

#include <exception>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace aldis::detail {

slow_send* running_send(const receiver_slot& slot) noexcept {
  hazard_frame* frame = existing_record(library_of(signal_of(slot)))->top;
  // Frames after the send's may have been used since, and released.
  while (!in_use(*frame) && frame->previous) frame = frame->previous;
  return static_cast<slow_send*>(frame->operation);
}

slot_extension* extension_of(const connection& c) noexcept {
  const receiver_slot* const slot = connection_access::get(c);
  if (!slot) return nullptr;
  const std::lock_guard lock(signal_of(*slot).mutex);
  return slot->metadata->options ? slot->metadata->options->extension : nullptr;
}

void allow_rejection(const connection& c) noexcept {
  const receiver_slot& slot = *connection_access::get(c);
  signal_impl& signal = signal_of(slot);
  const std::lock_guard lock(signal.mutex);
  // A disconnect has already subtracted its weight.
  if (!slot.metadata->alive.load_relaxed()) return;
  slot_extension& extension = *slot.metadata->options->extension;
  if (std::exchange(extension.may_reject, true)) return;
  ++signal.queued_weight;
  add_slow_path(signal, slow_path_sharing);
}

const any_weak_pointer* trackers_of(const receiver_slot& slot) noexcept {
  const slot_options* const options = slot.metadata->options;
  return options ? options->trackers : nullptr;
}

void disconnect_expired(receiver_slot& slot) noexcept {
  locked_section section(signal_of(slot));
  section.disconnect(slot, notification::none);
}

void notify_failed(receiver_slot& slot, const std::exception_ptr& error) noexcept {
  meta_signals* const meta = signal_of(slot).meta.load_acquire();
  if (!meta) return;
  try {
    meta->failed.send_robust(connection_access::adopt(refer(slot)), error);
  } catch (...) {
    // No memory for the outcomes; the failure has been counted.
  }
}

void throw_needs_async_send() {
  throw std::logic_error(
      "aldis: a receiver of this signal is connected with on(executor), and its answer comes later "
      "than send could return; use async_send");
}

}  // namespace aldis::detail

// Signals as receivers of other signals.

#include <aldis/detail/signal_link.hpp>

#include "library_state.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"

#include <mutex>

namespace aldis::detail {

namespace {

/// Tracks a signal as a smart pointer would: a link expires when its target is destroyed.
class signal_lifetime final : public any_weak_pointer {
 public:
  explicit signal_lifetime(signal_state& state) noexcept : signal_(state) {}

  bool expired() const noexcept override { return has_ended(*signal_.get()); }
  // Keeps nothing alive: a send of a signal that is destroyed meanwhile calls no receiver.
  bool lock(void*) const noexcept override { return !expired(); }
  void unlock(void*) const noexcept override {}
  any_weak_pointer* copy() const override { return new signal_lifetime(*signal_.get()); }

 private:
  held_signal signal_;
};

}  // namespace

held_signal::held_signal(signal_base& signal)
    : held_signal(get_or_make_signal(signal_base_access::state_of(signal))) {}

held_signal::held_signal(signal_state& state) noexcept : state_(&state) {
  signal_impl& signal = impl_of(state);
  const std::lock_guard lock(signal.mutex);
  ++signal.holders;
}

held_signal::~held_signal() {
  if (state_) release_holder(impl_of(*state_));
}

bool held_signal::is_in_circle() const noexcept {
  if (own_record->registry != &the_library) return false;
  const auto& me = static_cast<const thread_record_impl&>(*own_record);
  for (const hazard_frame* frame = me.top; frame; frame = frame->previous) {
    const receiver_slot* const slot = protected_receiver(*frame);
    if (!slot || is_tombstone(*slot)) continue;
    if (!slot->metadata->identity.is_signal_link()) return false;
    if (&signal_of(*slot) == state_) return true;
  }
  return false;
}

any_weak_pointer* lifetime_of(signal_state& state) { return new signal_lifetime(state); }

}  // namespace aldis::detail

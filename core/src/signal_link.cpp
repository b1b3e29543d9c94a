// Signals as receivers of others: they hold the state of the one that they send.

#include <aldis/detail/signal_link.hpp>

#include "locked_section.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "threads.hpp"

namespace aldis::detail {

namespace {

bool is_signal_link(const receiver_slot& slot) noexcept {
  const char* const kind = slot.metadata->identity.kind;
  return kind && text_view(kind) == text_view(signal_link_kind);
}

/// The signal's life, for those who link to it.
class signal_lifetime final : public any_weak_pointer {
 public:
  explicit signal_lifetime(signal_state& of) noexcept : of_(of) {}

  bool expired() const noexcept override {
    return (of_.get()->slow_path.load_acquire() & slow_path_ended) != 0;
  }
  // Nothing is kept alive: a send of a signal that ends meanwhile finds nobody.
  bool lock(void*) const noexcept override { return !expired(); }
  void unlock(void*) const noexcept override {}
  any_weak_pointer* copy() const override { return new signal_lifetime(*of_.get()); }

 private:
  held_signal of_;
};

}  // namespace

held_signal::held_signal(signal_base& of)
    : held_signal(made_signal(signal_base_access::signal_of(of))) {}

held_signal::held_signal(signal_state& of) noexcept : state_(&of) {
  signal_impl& signal = impl_of(of);
  const std::lock_guard lock(signal.mutex);
  ++signal.holders;
}

held_signal::~held_signal() {
  if (state_) release_holder(impl_of(*state_));
}

bool held_signal::comes_round() const noexcept {
  if (own_record->home != &the_domain) return false;
  const auto& me = static_cast<const thread_record_impl&>(*own_record);
  for (const send_frame* at = me.top; at; at = at->previous) {
    const receiver_slot* const slot = at->inside.load_relaxed();
    if (!slot || is_tombstone(*slot)) continue;
    if (!is_signal_link(*slot)) return false;
    if (&signal_of(*slot) == state_) return true;
  }
  return false;
}

any_weak_pointer* life_of(signal_state& of) { return new signal_lifetime(of); }

}  // namespace aldis::detail

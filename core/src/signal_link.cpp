// Signals as receivers of others: they hold the core of the one that they send.

#include <aldis/detail/signal_link.hpp>

#include "state.hpp"

namespace aldis::detail {

namespace {

bool is_link(const place& p) noexcept {
  const char* const kind = p.details->identity.kind;
  return kind && text_view(kind) == text_view(link_kind);
}

/// The signal's life, for whoever links to it.
class signal_life final : public weak_owner {
 public:
  explicit signal_life(core& of) noexcept : of_(of) {}

  bool expired() const noexcept override {
    return (of_.get()->mode.load_acquire() & mode_ended) != 0;
  }
  // Nothing is kept alive: a send of a signal that ends meanwhile finds nobody.
  bool lock(void*) const noexcept override { return !expired(); }
  void unlock(void*) const noexcept override {}
  weak_owner* copy() const override { return new signal_life(*of_.get()); }

 private:
  held_core of_;
};

}  // namespace

held_core::held_core(signal_base& of) : held_core(core_made(signal_base_access::core_of(of))) {}

held_core::held_core(core& of) noexcept : core_(&of) {
  full_core& c = full(of);
  const std::lock_guard lock(c.mutex);
  ++c.holders;
}

held_core::~held_core() {
  if (core_) let_go(full(*core_));
}

bool held_core::comes_round() const noexcept {
  if (own_record->home != &the_domain) return false;
  const auto& me = static_cast<const full_record&>(*own_record);
  for (const frame* at = me.top; at; at = at->previous) {
    const place* const p = at->inside.load_relaxed();
    if (!p || is_gap(*p)) continue;
    if (!is_link(*p)) return false;
    if (&core_of(*p) == core_) return true;
  }
  return false;
}

weak_owner* life_of(core& of) { return new signal_life(of); }

}  // namespace aldis::detail

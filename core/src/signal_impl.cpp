// The life of a signal's core, and the protocol's side of whoever changes it.

#include "signal_impl.hpp"

#include <aldis/engine.hpp>

#include "barrier.hpp"
#include "locked_section.hpp"
#include "reclaim.hpp"
#include "sender_index.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "threads.hpp"
#include "topics.hpp"
#include "watch.hpp"

#include <new>

namespace aldis::detail {

namespace {

void unlink_signal(hazard_domain& domain, signal_impl& signal) noexcept {
  (signal.previous ? signal.previous->next : domain.signals) = signal.next;
  if (signal.next) signal.next->previous = signal.previous;
}

bool held_by(const signal_impl& signal, const block* retired) noexcept {
  if (retired == signal.unfiltered.load_relaxed()) return true;
  for (const block* each_block = signal.retired; each_block;
       each_block = each_block->next_retired) {
    if (each_block == retired) return true;
  }
  return false;
}

// Frames are compared with the signal's own slot lists, never followed: they may belong to another
// signal that is being freed.
bool inside_signal(const signal_impl& signal, const thread_record& thread) noexcept {
  return any_frame(thread,
                   [&](const send_frame& frame) { return held_by(signal, frame.held.load()); });
}

// Their bits stay set when threads end: nobody then knows every signal they sent.
void forget_ended_threads(signal_impl& signal) noexcept {
  hazard_domain& domain = *signal.home;
  // Tried only, since it comes before the signal's mutex. While it is held no thread gets or gives
  // back a record; whoever gets one later sees that its bit is not set here, and sets it.
  const std::unique_lock lock(domain.mutex, std::try_to_lock);
  if (!lock.owns_lock()) return;
  std::uint64_t living = 0;
  any_record(domain, [&](const thread_record_impl& thread) {
    if (thread.owned) living |= thread.bit;
    return false;
  });
  signal.sending_threads.fetch_and(living);
}

/// `asked`: one of those inside did not know yet that somebody wants it to leave.
bool can_be_freed(signal_impl& signal, hazard_domain& domain, bool& asked) noexcept {
  const std::lock_guard lock(signal.mutex);
  bool pinned = false;
  any_record(domain, [&](thread_record_impl& thread) {
    if (inside_signal(signal, thread)) {
      pinned = true;
      if (mark_pending_work(thread)) asked = true;
    }
    return false;
  });
  if (pinned) return false;
  // Only dead receivers are left in it, and nobody reads it any more.
  reclaim(signal);
  empty_topics(signal);
  release_detached(signal);
  empty(*signal.unfiltered.load());
  return signal.slots_in_use == 0 && signal.holders == 0;
}

}  // namespace

signal_impl& make_signal(atomic<signal_state*>& owner) {
  hazard_domain& domain = the_domain;
  auto made = std::make_unique<signal_impl>();
  made->home = &domain;
  const std::lock_guard lock(domain.mutex);
  prepare(domain);
  if (signal_state* const state = owner.load_acquire()) return impl_of(*state);
  made->unfiltered.store(make_slot_list(*made, nullptr, 4));
  if (!domain.asymmetric_fence.load_relaxed()) made->slow_path.store(slow_path_fenced);
  update_fast_list(*made);
  made->next = domain.signals;
  if (domain.signals) domain.signals->previous = made.get();
  domain.signals = made.get();
  owner.store(made.get());
  return *made.release();
}

void update_fast_list(signal_impl& signal) noexcept {
  signal.fast_list.store(signal.slow_path.load() == 0 ? signal.unfiltered.load() : nullptr);
  update_only_slot(signal);
}

void update_only_slot(signal_impl& signal) noexcept {
  receiver_slot* only_slot = nullptr;
  if (signal.live.load_relaxed() == 1 && signal.slow_path.load_relaxed() == 0) {
    const slot_list& all = *signal.unfiltered.load_relaxed();
    for (std::uint32_t i = all.count.load_relaxed(); !only_slot && i-- > 0;) {
      receiver_slot* const slot = all.entries[i].load_relaxed();
      if (slot != &signal.tombstone && slot->metadata->alive.load_relaxed()) only_slot = slot;
    }
  }
  // Whoever needs it to be seen at once brings the barrier.
  if (signal.only_slot.load_relaxed() != only_slot) signal.only_slot.store_release(only_slot);
}

std::uint32_t add_slow_path(signal_impl& signal, std::uint32_t bits) noexcept {
  const std::uint32_t before = signal.slow_path.fetch_or(bits);
  update_fast_list(signal);
  return before;
}

void remove_slow_path(signal_impl& signal, std::uint32_t bits) noexcept {
  signal.slow_path.fetch_and(~bits);
  update_fast_list(signal);
}

bool inside_send(const signal_impl& signal, const thread_record_impl& me) noexcept {
  return any_frame(me, [&](const send_frame& frame) {
    const slot_list* const held = frame.held.load_relaxed();
    const receiver_slot* const inside = frame.inside.load_relaxed();
    return held ? held->owner == &signal : inside && &signal_of(*inside) == &signal;
  });
}

void synchronize(signal_impl& signal) noexcept {
  ++signal.disconnects;
  if (!others_send(signal)) return;
  // Before the barrier is paid for, and now and then where there is none: is there anybody left?
  if ((signal.slow_path.load() & slow_path_fenced) == 0 || signal.disconnects % 64 == 0)
    forget_ended_threads(signal);
  if (!others_send(signal)) return;
  // A read-modify-write, so also the full fence that fenced senders need on this side.
  if ((add_slow_path(signal, slow_path_fenced) & slow_path_fenced) == 0)
    heavy_barrier(*signal.home);
}

void release_holder(signal_impl& signal) noexcept {
  hazard_domain& domain = *signal.home;
  bool abandoned;
  {
    const std::lock_guard lock(signal.mutex);
    --signal.holders;
    abandoned = signal.abandoned;
  }
  if (abandoned) {
    abandoned_signals gone;
    const std::lock_guard lock(domain.mutex);
    gone.take_from(domain);
  }
}

signal_impl::~signal_impl() {
  // Its receivers are gone, and nobody is inside.
  for (block* each_block = retired; each_block;) {
    block* const after = each_block->next_retired;
    free_block(each_block);
    each_block = after;
  }
  if (sender_index* const senders = table.load_relaxed()) free_block(senders);
  if (slot_list* const list = unfiltered.load_relaxed()) free_block(list);
  delete_topics(patterns.load_relaxed());
  for (slab* row : {slabs, full_slabs, spare_slabs}) {
    while (row) ::operator delete(std::exchange(row, row->next), std::align_val_t(64));
  }
  while (deferred_owners) delete std::exchange(deferred_owners, deferred_owners->next);
  delete meta.load_relaxed();
  release_watch(post.load_relaxed());
}

abandoned_signals::~abandoned_signals() {
  while (first_) delete std::exchange(first_, first_->next_abandoned);
}

void abandoned_signals::take_from(hazard_domain& domain) noexcept {
  for (bool asked = true; asked;) {
    asked = false;
    for (signal_impl** at = &domain.abandoned_signals; *at;) {
      signal_impl* const signal = *at;
      if (can_be_freed(*signal, domain, asked)) {
        *at = signal->next_abandoned;
        unlink_signal(domain, *signal);
        signal->next_abandoned = first_;
        first_ = signal;
      } else {
        at = &signal->next_abandoned;
      }
    }
    // Whoever left between the look and the request does not know of it: once more. Those who are
    // still inside then will see it, those without fences because of the barrier.
    if (asked && domain.ever_asymmetric.load()) heavy_barrier(domain);
  }
}

void register_sender(signal_impl& signal, const thread_record_impl& me) {
  // Under the mutex, so that whoever changes things in place knows everybody who reads them.
  const std::lock_guard lock(signal.mutex);
  signal.sending_threads.fetch_or(me.bit);
}

}  // namespace aldis::detail

namespace aldis {

void use_fences() noexcept {
  using namespace detail;
  hazard_domain& domain = the_domain;
  const std::lock_guard lock(domain.mutex);
  domain.asymmetric_fence.store(false);
  for (signal_impl* signal = domain.signals; signal; signal = signal->next) {
    const std::lock_guard inner(signal->mutex);
    add_slow_path(*signal, slow_path_fenced);
  }
  if (domain.ever_asymmetric.load()) heavy_barrier(domain);
}

bool light_sends() noexcept { return detail::the_domain.asymmetric_fence.load(); }

}  // namespace aldis

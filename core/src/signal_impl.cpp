// The life of a signal's state, and the hazard pointer protocol on the side of threads that change
// it.

#include "signal_impl.hpp"

#include <aldis/engine.hpp>

#include "barrier.hpp"
#include "reclaim.hpp"
#include "sender_index.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "threads.hpp"
#include "topic_trie.hpp"
#include "watch.hpp"

#include <memory>
#include <new>
#include <utility>

namespace aldis::detail {

namespace {

void unlink_signal(hazard_domain& domain, signal_impl& signal) noexcept {
  (signal.previous ? signal.previous->next : domain.signals) = signal.next;
  if (signal.next) signal.next->previous = signal.previous;
}

bool is_list_of(const signal_impl& signal, const slot_list* list) noexcept {
  if (list == signal.unfiltered.load_relaxed()) return true;
  for (const reclaimable* old = signal.retired; old; old = old->next_retired) {
    if (old == list) return true;
  }
  return false;
}

// Compares addresses, never reads a list that a frame refers to: it may belong to another signal,
// which is being freed.
bool is_inside_signal(const signal_impl& signal, const thread_record& thread) noexcept {
  return any_frame(thread,
                   [&](const send_frame& frame) { return is_list_of(signal, frame.held.load()); });
}

// When a thread ends, its bits stay set: there is no list of the signals that it sent.
void forget_ended_threads(signal_impl& signal) noexcept {
  hazard_domain& domain = *signal.domain;
  // Only tried, since the lock order has it before the signal's mutex, which the caller holds.
  // While it is held, no thread takes or gives back a record. A thread that takes one later finds
  // its bit cleared, and registers.
  const std::unique_lock lock(domain.mutex, std::try_to_lock);
  if (!lock.owns_lock()) return;
  std::uint64_t living = 0;
  any_record(domain, [&](const thread_record_impl& thread) {
    if (thread.owned) living |= thread.bit;
    return false;
  });
  signal.sending_threads.fetch_and(living);
}

/// Empties an abandoned signal that no send is in; true if nothing refers to it any more. Else
/// threads inside are marked; `newly_marked` is set if one of them was not before.
bool can_be_freed(signal_impl& signal, hazard_domain& domain, bool& newly_marked) noexcept {
  const std::lock_guard lock(signal.mutex);
  bool occupied = false;
  any_record(domain, [&](thread_record_impl& thread) {
    if (is_inside_signal(signal, thread)) {
      occupied = true;
      if (set_pending_work(thread)) newly_marked = true;
    }
    return false;
  });
  if (occupied) return false;
  // Only disconnected receivers are left, and no send is reading.
  reclaim(signal);
  free_retired_in_trie(signal);
  release_detached(signal);
  empty(*signal.unfiltered.load());
  return signal.slots_in_use == 0 && signal.holders == 0;
}

}  // namespace

signal_impl& make_signal(atomic<signal_state*>& owner) {
  hazard_domain& domain = the_domain;
  auto made = std::make_unique<signal_impl>();
  made->domain = &domain;
  const std::lock_guard lock(domain.mutex);
  initialize(domain);
  if (signal_state* const state = owner.load_acquire()) return impl_of(*state);
  made->unfiltered.store(make_slot_list(*made, nullptr, 4));
  if (!domain.asymmetric_fence.load_relaxed()) made->slow_path_reasons.store(slow_path_fenced);
  update_fast_list(*made);
  made->next = domain.signals;
  if (domain.signals) domain.signals->previous = made.get();
  domain.signals = made.get();
  owner.store(made.get());
  return *made.release();
}

void update_fast_list(signal_impl& signal) noexcept {
  signal.fast_list.store(signal.slow_path_reasons.load() == 0 ? signal.unfiltered.load() : nullptr);
  update_only_slot(signal);
}

void update_only_slot(signal_impl& signal) noexcept {
  receiver_slot* only_slot = nullptr;
  if (signal.live.load_relaxed() == 1 && signal.slow_path_reasons.load_relaxed() == 0) {
    const slot_list& all = *signal.unfiltered.load_relaxed();
    for (std::uint32_t i = all.count.load_relaxed(); !only_slot && i-- > 0;) {
      receiver_slot* const slot = all.entries[i].load_relaxed();
      if (slot != &signal.tombstone && slot->metadata->alive.load_relaxed()) only_slot = slot;
    }
  }
  // Release: the slot was filled before. A caller that needs the change to be seen at once runs the
  // barrier.
  if (signal.only_slot.load_relaxed() != only_slot) signal.only_slot.store_release(only_slot);
}

std::uint32_t add_slow_path(signal_impl& signal, std::uint32_t bits) noexcept {
  const std::uint32_t before = signal.slow_path_reasons.fetch_or(bits);
  update_fast_list(signal);
  return before;
}

void remove_slow_path(signal_impl& signal, std::uint32_t bits) noexcept {
  signal.slow_path_reasons.fetch_and(~bits);
  update_fast_list(signal);
}

bool is_inside_send(const signal_impl& signal, const thread_record_impl& me) noexcept {
  return any_frame(me, [&](const send_frame& frame) {
    const slot_list* const held = frame.held.load_relaxed();
    const receiver_slot* const inside = frame.inside.load_relaxed();
    return held ? held->owner == &signal : inside && &signal_of(*inside) == &signal;
  });
}

void synchronize(signal_impl& signal) noexcept {
  ++signal.disconnects;
  if (!other_threads_send(signal)) return;
  // Before paying for the barrier; and every 64th time where sends are always fenced, so that
  // threads which have ended do not tax disconnects for ever.
  if ((signal.slow_path_reasons.load() & slow_path_fenced) == 0 || signal.disconnects % 64 == 0)
    forget_ended_threads(signal);
  if (!other_threads_send(signal)) return;
  // Its read-modify-write is also the full fence that this side needs if sends are fenced already.
  if ((add_slow_path(signal, slow_path_fenced) & slow_path_fenced) == 0)
    heavy_barrier(*signal.domain);
}

void release_holder(signal_impl& signal) noexcept {
  hazard_domain& domain = *signal.domain;
  bool abandoned;
  {
    const std::lock_guard lock(signal.mutex);
    --signal.holders;
    abandoned = signal.abandoned;
  }
  if (abandoned) {
    abandoned_signals freed;
    const std::lock_guard lock(domain.mutex);
    freed.collect(domain);
  }
}

signal_impl::~signal_impl() {
  // Its receivers are gone, and no thread is inside.
  for (reclaimable* each = retired; each;) {
    reclaimable* const after = each->next_retired;
    free_retired(each);
    each = after;
  }
  if (sender_index* const table = senders.load_relaxed()) free_retired(table);
  if (slot_list* const list = unfiltered.load_relaxed()) free_retired(list);
  delete_trie(trie.load_relaxed());
  for (slab* list : {slabs, full_slabs, spare_slabs}) {
    while (list) ::operator delete(std::exchange(list, list->next), std::align_val_t(64));
  }
  while (retired_lifetimes) delete std::exchange(retired_lifetimes, retired_lifetimes->next);
  delete meta.load_relaxed();
  release_watch(watch.load_relaxed());
}

abandoned_signals::~abandoned_signals() {
  while (first_) delete std::exchange(first_, first_->next_abandoned);
}

void abandoned_signals::collect(hazard_domain& domain) noexcept {
  for (bool newly_marked = true; newly_marked;) {
    newly_marked = false;
    for (signal_impl** link = &domain.abandoned_signals; *link;) {
      signal_impl* const signal = *link;
      if (can_be_freed(*signal, domain, newly_marked)) {
        *link = signal->next_abandoned;
        unlink_signal(domain, *signal);
        signal->next_abandoned = first_;
        first_ = signal;
      } else {
        link = &signal->next_abandoned;
      }
    }
    // A thread that left before it was marked does not know, so check once more. Threads that are
    // still inside then will see the mark; unfenced sends because of the barrier.
    if (newly_marked && domain.ever_asymmetric.load()) heavy_barrier(domain);
  }
}

void register_sender(signal_impl& signal, const thread_record_impl& me) {
  // Under the mutex, so that a thread which changes something in place knows all that may be
  // reading it.
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

// The life of a signal's state, and its fast path.

#include "signal_impl.hpp"

#include <aldis/engine.hpp>

#include "library_state.hpp"
#include "reclaim.hpp"
#include "sender_index.hpp"
#include "slab.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "topic_trie.hpp"
#include "watch.hpp"

#include <memory>
#include <new>
#include <utility>

namespace aldis::detail {

namespace {

bool is_list_of(const signal_impl& signal, const void* list) noexcept {
  if (list == signal.unfiltered.load_relaxed()) return true;
  for (const reclaimable& old : signal.writer.retired()) {
    if (&old == list) return true;
  }
  return false;
}

// Compares addresses, never reads a list that a frame refers to: it may belong to another signal,
// which is being freed.
bool is_inside_signal(const signal_impl& signal, const thread_record& thread) noexcept {
  return any_frame(thread, [&](const hazard_frame& frame) {
    return is_list_of(signal, frame[hazard::list].load());
  });
}

void make_first_slab(signal_impl& signal) noexcept {
  signal.first_slab.owner = &signal;
  set_memory(signal.first_slab, signal.slab_room, signal_impl::first_slots);
  signal.slabs.push_front(signal.first_slab);
}

/// What keeps an abandoned signal in memory.
enum class kept_by { threads, references, nothing };

/// Empties an abandoned signal that no send is in. Threads inside are marked; `newly_marked` is set
/// if one of them was not before.
kept_by try_to_empty(signal_impl& signal, library_state& library, bool& newly_marked) noexcept {
  const std::lock_guard lock(signal.mutex);
  signal.abandoned = true;
  signal.awaits_threads = false;
  const auto mark_if_inside = [&](thread_record_impl& thread) {
    if (is_inside_signal(signal, thread)) {
      signal.awaits_threads = true;
      if (set_pending_work(thread)) newly_marked = true;
    }
    return false;
  };
  if (!is_quiescent(signal)) any_record(library, mark_if_inside);
  if (signal.awaits_threads) return kept_by::threads;
  // Only disconnected receivers are left, and no send is reading.
  signal.writer.reclaim();
  free_retired_in_trie(signal);
  release_detached(signal);
  empty(*signal.unfiltered.load());
  return is_forgotten(signal) ? kept_by::nothing : kept_by::references;
}

}  // namespace

signal_impl& make_signal(atomic<signal_state*>& owner) {
  library_state& library = the_library;
  // Not zeroed: its members initialize themselves, and the memory of slots is written when used.
  auto made = std::make_unique_for_overwrite<signal_impl>();
  made->registry = &library;
  const std::lock_guard lock(library.mutex);
  initialize(library);
  if (signal_state* const state = owner.load_acquire()) return impl_of(*state);
  make_first_slab(*made);
  made->unfiltered.store_relaxed(&make_first_list(*made));
  if (!library.fence.enabled.load_relaxed()) {
    made->slow_path_reasons.store_relaxed(slow_path_fenced);
  } else {
    made->fast_list.store_relaxed(made->unfiltered.load_relaxed());
  }
  library.signals.push_front(*made);
  // Release: a send that reads it sees the signal made.
  owner.store_release(made.get());
  return *made.release();
}

void update_fast_list(signal_impl& signal) noexcept {
  signal.fast_list.store(
      signal.slow_path_reasons.load_relaxed() == 0 ? signal.unfiltered.load_relaxed() : nullptr);
  update_only_slot(signal);
}

void update_only_slot(signal_impl& signal) noexcept {
  receiver_slot* only_slot = nullptr;
  if (signal.live.load_relaxed() == 1 && signal.slow_path_reasons.load_relaxed() == 0) {
    const slot_list& all = *signal.unfiltered.load_relaxed();
    for (std::uint32_t i = all.count.load_relaxed(); !only_slot && i-- > 0;) {
      receiver_slot* const slot = all.entries[i].load_relaxed();
      if (slot != &tombstone_of(signal) && slot->metadata->alive.load_relaxed()) only_slot = slot;
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

void synchronize(signal_impl& signal) noexcept {
  signal.writer.synchronize([&] { return add_slow_path(signal, slow_path_fenced); });
}

bool become_reader(signal_state& state) { return &reader_record(impl_of(state)) == own_record; }

void release_holder(signal_impl& signal) noexcept {
  bool forgotten;
  {
    const std::lock_guard lock(signal.mutex);
    --signal.holders;
    forgotten = is_forgotten(signal);
  }
  if (forgotten) abandon(signal);
}

void abandon(signal_impl& signal) noexcept {
  abandoned_signals freed;
  library_state& library = library_of(signal);
  const std::lock_guard lock(library.mutex);
  signal.next_abandoned = library.abandoned_signals;
  library.abandoned_signals = &signal;
  freed.collect(library);
}

signal_impl::~signal_impl() {
  // Its receivers are gone, and no thread is inside.
  writer.free_all();
  if (sender_index* const table = senders.load_relaxed()) dispose(*table);
  if (slot_list* const list = unfiltered.load_relaxed()) dispose(*list);
  delete_trie(trie.load_relaxed());
  for (slab_list* list : {&slabs, &full_slabs, &spare_slabs}) free_slabs(*this, *list);
  while (retired_lifetimes) delete std::exchange(retired_lifetimes, retired_lifetimes->next);
  delete meta.load_relaxed();
  release_watch(watch.load_relaxed());
}

abandoned_signals::~abandoned_signals() {
  while (first_) delete std::exchange(first_, first_->next_abandoned);
}

void abandoned_signals::collect(library_state& library) noexcept {
  for (bool newly_marked = true; newly_marked;) {
    newly_marked = false;
    for (signal_impl** link = &library.abandoned_signals; *link;) {
      signal_impl* const signal = *link;
      const kept_by reason = try_to_empty(*signal, library, newly_marked);
      if (reason == kept_by::threads) {
        link = &signal->next_abandoned;
        continue;
      }
      *link = signal->next_abandoned;
      if (reason == kept_by::references) continue;
      library.signals.erase(*signal);
      signal->next_abandoned = first_;
      first_ = signal;
    }
    // A thread that left before it was marked does not know, so check once more. Threads that are
    // still inside then will see the mark; unfenced sends because of the barrier.
    if (newly_marked && library.fence.ever_enabled.load()) library.fence.heavy();
  }
}

}  // namespace aldis::detail

namespace aldis {

void use_fences() noexcept {
  using namespace detail;
  library_state& library = the_library;
  const std::lock_guard lock(library.mutex);
  library.fence.enabled.store(false);
  for (signal_impl& signal : library.signals) {
    const std::lock_guard inner(signal.mutex);
    if ((add_slow_path(signal, slow_path_fenced) & slow_path_fenced) != 0) continue;
    // Before the mutex is unlocked: a disconnect that finds the bit set relies on the barrier.
    if (signal.writer.others_read()) library.fence.heavy();
  }
}

bool light_sends() noexcept { return detail::the_library.fence.enabled.load(); }

}  // namespace aldis

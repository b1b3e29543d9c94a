// Allocation of slots, and the references that keep them.

#include "slab.hpp"

#include "library_state.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "topic_trie.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

namespace aldis::detail {

namespace {

constexpr std::uint32_t largest_slab = 64;

slab& new_slab(signal_impl& signal) {
  const std::uint32_t capacity = signal.next_slab_capacity;
  // Not by an aligned new, which takes a multiple of the time.
  auto* const made = ::new (::operator new(sizeof(slab) + slots_size(capacity))) slab{};
  made->owner = &signal;
  set_memory(*made, made + 1, capacity);
  if (signal.next_slab_capacity < largest_slab) signal.next_slab_capacity *= 2;
  return *made;
}

void free_slab(slab* home) noexcept { ::operator delete(home); }

/// For a slab that is empty and in no list. It is kept while a send remembers slots of the signal
/// without references (docs/design/topics.md).
void recycle_slab(signal_impl& signal, slab& empty) noexcept {
  if (has_remembered_matches(signal)) {
    signal.spare_slabs.push_front(empty);
    return;
  }
  free_slabs(signal, signal.spare_slabs);
  free_slab(&empty);
}

/// One empty slab is kept for the next connects, besides the signal's own.
bool is_kept_empty(const signal_impl& signal, const slab& empty) noexcept {
  if (&empty == &signal.first_slab) return true;
  for (const slab& each : signal.slabs) {
    if (&each != &empty && &each != &signal.first_slab) return false;
  }
  return true;
}

receiver_slot& take_free(slab& home) noexcept {
  receiver_slot& slot = *home.free;
  home.free = slot.metadata->next;
  return slot;
}

/// Only when it is needed: most signals have few receivers, and a slab has up to 64 slots.
receiver_slot& make_slot(slab& home) noexcept {
  auto* const slot = ::new (home.slots + home.made) receiver_slot{};
  slot->metadata = ::new (home.metadata + home.made) slot_metadata(home);
  ++home.made;
  return *slot;
}

/// A bit of signal_impl::lent: slots are in `kept_for_replies`. While it is set, the number is not
/// 0, and changes downwards only under the mutex.
constexpr std::uint32_t lent_and_kept = std::uint32_t{1} << 31;

/// True if some `replies` may name the slot: it is then recycled when the last of them is gone.
bool keep_for_replies(signal_impl& signal, receiver_slot& slot) noexcept {
  if (!is_lent(signal)) return false;
  // The list's, until the last of them is gone.
  slot.references.store_relaxed(1);
  slot.metadata->next = signal.kept_for_replies;
  signal.kept_for_replies = &slot;
  return true;
}

void recycle(signal_impl& signal, receiver_slot& slot) noexcept {
  slot_metadata& metadata = *slot.metadata;
  slab& home = *metadata.home;
  delete metadata.options;
  metadata.options = nullptr;
  --signal.slots_in_use;
  if (home.is_full()) {
    signal.full_slabs.erase(home);
    signal.slabs.push_front(home);
  }
  metadata.next = home.free;
  home.free = &slot;
  if (--home.used == 0 && !is_kept_empty(signal, home)) {
    signal.slabs.erase(home);
    recycle_slab(signal, home);
  }
}

/// True if it was the last one. New references are made from existing ones only, or under the
/// signal's mutex, which is locked here; so the owner of the only one needs no read-modify-write.
/// Acquire: what former owners did to the slot happens before it is used again.
bool drop_reference(receiver_slot& slot) noexcept {
  return slot.references.load_acquire() == 1 || slot.references.fetch_sub(1) == 1;
}

}  // namespace

void free_slabs(signal_impl& signal, slab_list& list) noexcept {
  while (slab* const each = list.pop_front()) {
    if (each != &signal.first_slab) free_slab(each);
  }
}

void set_memory(slab& home, void* memory, std::uint32_t capacity) noexcept {
  std::size_t room = slots_size(capacity);
  home.slots = static_cast<receiver_slot*>(
      std::align(alignof(receiver_slot), capacity * sizeof(receiver_slot), memory, room));
  home.metadata = reinterpret_cast<slot_metadata*>(home.slots + capacity);
  home.capacity = capacity;
}

receiver_slot& allocate_slot(signal_impl& signal) {
  if (signal.detached_count != 0) release_detached(signal);
  if (signal.slabs.empty()) {
    slab* const spare = signal.spare_slabs.pop_front();
    signal.slabs.push_front(spare ? *spare : new_slab(signal));
  }
  slab& home = *signal.slabs.first();
  receiver_slot& slot = home.free ? take_free(home) : make_slot(home);
  ++home.used;
  ++signal.slots_in_use;
  if (home.is_full()) {
    signal.slabs.erase(home);
    signal.full_slabs.push_front(home);
  }
  slot_metadata& metadata = *slot.metadata;
  slot.references.store_relaxed(2);
  slot.body.store_relaxed(body_whole);
  slot.lists = 0;
  slot.priority = 0;
  metadata.blocks = 0;
  metadata.mergeable = false;
  metadata.deferred = false;
  metadata.has_guarded_uses = false;
  metadata.next = nullptr;
  metadata.next_disconnected = nullptr;
  metadata.calls.store_relaxed(0);
  metadata.nanoseconds.store_relaxed(0);
  return slot;
}

receiver_slot* refer(receiver_slot& slot) noexcept {
  slot.references.fetch_add(1);
  return &slot;
}

void refer_borrowed(receiver_slot& slot) noexcept {
  const std::lock_guard lock(signal_of(slot).mutex);
  refer(slot);
}

void release_locked(receiver_slot& slot) noexcept {
  signal_impl& signal = signal_of(slot);
  if (drop_reference(slot) && !keep_for_replies(signal, slot)) recycle(signal, slot);
}

void release(receiver_slot& slot) noexcept {
  // The last reference is given back under the mutex: under it a borrowed connection may be copied.
  std::uint32_t seen = slot.references.load_acquire();
  while (seen > 1) {
    if (slot.references.compare_exchange(seen, seen - 1)) return;
  }
  signal_impl& signal = signal_of(slot);
  bool forgotten;
  {
    const std::lock_guard lock(signal.mutex);
    release_locked(slot);
    forgotten = is_forgotten(signal);
  }
  if (forgotten) abandon(signal);
}

bool is_lent(signal_impl& signal) noexcept {
  if (signal.lent.load() == 0) return false;
  if ((signal.lent.fetch_or(lent_and_kept) & ~lent_and_kept) != 0) return true;
  signal.lent.fetch_and(~lent_and_kept);
  return false;
}

void lend_connections(signal_state& state) noexcept { impl_of(state).lent.fetch_add(1); }

void return_connections(signal_state& state) noexcept {
  signal_impl& signal = impl_of(state);
  std::uint32_t seen = signal.lent.load_relaxed();
  while ((seen & lent_and_kept) == 0) {
    if (signal.lent.compare_exchange(seen, seen - 1)) return;
  }
  bool forgotten;
  {
    const std::lock_guard lock(signal.mutex);
    if (signal.lent.fetch_sub(1) == (lent_and_kept | 1)) {
      signal.lent.fetch_and(~lent_and_kept);
      while (receiver_slot* const slot = signal.kept_for_replies) {
        signal.kept_for_replies = slot->metadata->next;
        if (drop_reference(*slot)) recycle(signal, *slot);
      }
    }
    forgotten = is_forgotten(signal);
  }
  if (forgotten) abandon(signal);
}

}  // namespace aldis::detail

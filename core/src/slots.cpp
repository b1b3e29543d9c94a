// Where receivers live: slabs of slots, and the references that keep them.

#include "slots.hpp"

#include "disconnect.hpp"
#include "locked_section.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "threads.hpp"
#include "topics.hpp"

#include <new>

namespace aldis::detail {

namespace {

constexpr std::uint32_t largest_slab = 64;

slab& new_slab(signal_impl& signal) {
  const std::uint32_t capacity = signal.next_slab;
  const std::size_t slots_at = (sizeof(slab) + 63) / 64 * 64;
  const std::size_t metadata_at = slots_at + capacity * sizeof(receiver_slot);
  const std::size_t size = metadata_at + capacity * sizeof(slot_metadata);
  auto* const memory = static_cast<unsigned char*>(::operator new(size, std::align_val_t(64)));
  auto* const row = ::new (memory) slab{};
  row->owner = &signal;
  row->capacity = capacity;
  row->slots = reinterpret_cast<receiver_slot*>(memory + slots_at);
  row->metadata = reinterpret_cast<slot_metadata*>(memory + metadata_at);
  for (std::uint32_t i = capacity; i-- > 0;) {
    receiver_slot* const slot = ::new (row->slots + i) receiver_slot{};
    slot->metadata = ::new (row->metadata + i) slot_metadata{};
    slot->metadata->home = row;
    slot->metadata->next = row->free;
    row->free = slot;
  }
  if (signal.next_slab < largest_slab) signal.next_slab *= 2;
  return *row;
}

void link_front(slab*& row, slab& s) noexcept {
  s.previous = nullptr;
  s.next = row;
  if (row) row->previous = &s;
  row = &s;
}

void unlink(slab*& row, slab& s) noexcept {
  (s.previous ? s.previous->next : row) = s.next;
  if (s.next) s.next->previous = s.previous;
}

void free_slab(slab* row) noexcept { ::operator delete(row, std::align_val_t(64)); }

/// An empty one, in no row.
void recycle_slab(signal_impl& signal, slab& row) noexcept {
  if (remembered(signal)) {
    row.next = signal.spare_slabs;
    signal.spare_slabs = &row;
    return;
  }
  while (signal.spare_slabs) free_slab(std::exchange(signal.spare_slabs, signal.spare_slabs->next));
  free_slab(&row);
}

void recycle(signal_impl& signal, receiver_slot& slot) noexcept {
  slot_metadata& metadata = *slot.metadata;
  slab& row = *metadata.home;
  delete metadata.options;
  metadata.options = nullptr;
  --signal.slots_in_use;
  if (!row.free) {
    unlink(signal.full_slabs, row);
    link_front(signal.slabs, row);
  }
  metadata.next = row.free;
  row.free = &slot;
  // One empty slab is kept, for what comes next.
  if (--row.used == 0 && (row.next || row.previous)) {
    unlink(signal.slabs, row);
    recycle_slab(signal, row);
  }
}

/// References are made from references: who has the only one may give it back without a locked
/// instruction.
bool gives_last(receiver_slot& slot) noexcept {
  return slot.references.load_acquire() == 1 || slot.references.fetch_sub(1) == 1;
}

}  // namespace

receiver_slot& allocate_slot(signal_impl& signal) {
  if (signal.detached_count != 0) release_detached(signal);
  if (!signal.slabs) {
    slab* const spare = signal.spare_slabs;
    if (spare) signal.spare_slabs = spare->next;
    link_front(signal.slabs, spare ? *spare : new_slab(signal));
  }
  slab& row = *signal.slabs;
  // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a slab in this row has a free one
  receiver_slot& slot = *row.free;
  slot_metadata& metadata = *slot.metadata;
  row.free = metadata.next;
  ++row.used;
  ++signal.slots_in_use;
  if (!row.free) {
    unlink(signal.slabs, row);
    link_front(signal.full_slabs, row);
  }
  slot.references.store_relaxed(2);
  slot.body.store_relaxed(body_whole);
  slot.lists = 0;
  slot.priority = 0;
  metadata.blocks = 0;
  metadata.mergeable = false;
  metadata.queued = false;
  metadata.followed = false;
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

void release_locked(receiver_slot& slot) noexcept {
  if (gives_last(slot)) recycle(signal_of(slot), slot);
}

void release(receiver_slot& slot) noexcept {
  if (!gives_last(slot)) return;
  signal_impl& signal = signal_of(slot);
  hazard_domain& domain = *signal.home;
  bool abandoned;
  {
    const std::lock_guard lock(signal.mutex);
    abandoned = signal.abandoned;
    recycle(signal, slot);
  }
  if (abandoned) {
    abandoned_signals gone;
    const std::lock_guard lock(domain.mutex);
    gone.take_from(domain);
  }
}

}  // namespace aldis::detail

// Ordered lists of slots that are read without locks while they change.

#include "slot_list.hpp"

#include "reclaim.hpp"
#include "signal_impl.hpp"
#include "slab.hpp"
#include "slot.hpp"
#include "topic_trie.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <new>

namespace aldis::detail {

namespace {

bool is_dead(const signal_impl& signal, const receiver_slot* entry) noexcept {
  return entry == &tombstone_of(signal) || is_removed(entry) ||
         !entry->metadata->alive.load_relaxed();
}

/// Whether the entry is no tombstone. Reads slots only if a dead one is listed: they may be many,
/// and not in the cache.
bool is_live(const signal_impl& signal, const slot_list& list,
             const receiver_slot* entry) noexcept {
  return list.dead_entries != 0 ? !is_dead(signal, entry)
                                : entry != &tombstone_of(signal) && !is_removed(entry);
}

/// To be called when a list no longer names the slot.
void drop_entry(const signal_impl& signal, receiver_slot* entry) noexcept {
  if (entry == &tombstone_of(signal)) return;
  receiver_slot& slot = *unmarked(entry);
  // One reference stands for all slot lists and the body together.
  if (--slot.lists == 0 && slot.body.load() == body_destroyed) release_locked(slot);
}

void set_entry(slot_list& list, std::uint32_t index, receiver_slot& slot) noexcept {
  // Release: the slot was filled before.
  list.entries[index].store_release(&slot);
  if (!list.group) slot.metadata->position = index + list.shift;
}

void add_entry(slot_list& list, std::uint32_t index, receiver_slot& slot) noexcept {
  ++slot.lists;
  list.lowest = std::min(list.lowest, slot.priority);
  set_entry(list, index, slot);
}

/// The slot's entry in signal_state::unfiltered. Null if it has none: connect found no memory for
/// it.
atomic<receiver_slot*>* entry_of(slot_list& list, const receiver_slot& slot) noexcept {
  const std::uint32_t index = slot.metadata->position - list.shift;
  return index < list.count.load_relaxed() && list.entries[index].load_relaxed() == &slot
             ? &list.entries[index]
             : nullptr;
}

/// Removes a slot from a list that no send is reading. The list's reference is given back when the
/// mutex is held another time: by then it is often the last one, so that the slot is used again.
void detach(signal_impl& signal, slot_list& list, receiver_slot& slot,
            atomic<receiver_slot*>& entry) noexcept {
  entry.store_release(&tombstone_of(signal));
  if (signal.detached_count == std::size(signal.detached)) release_detached(signal);
  signal.detached[signal.detached_count++] = &slot;
  std::uint32_t count = list.count.load_relaxed();
  for (; count > 0 && list.entries[count - 1].load_relaxed() == &tombstone_of(signal); --count)
    --list.tombstones;
  list.count.store_release(count);
}

/// The index at which the slot keeps the list in order.
std::uint32_t insertion_index(const signal_impl& signal, const slot_list& list,
                              const receiver_slot& slot) noexcept {
  const std::uint32_t count = list.count.load_relaxed();
  // The common case, without reading any slot.
  if (slot.priority <= list.lowest && slot.serial.load_relaxed() == signal.serial) return count;
  std::uint32_t index = count;
  for (std::uint32_t i = count; i > 0; --i) {
    const receiver_slot* const other = unmarked(list.entries[i - 1].load_relaxed());
    if (other == &tombstone_of(signal)) continue;
    if (!before(slot, *other)) break;
    index = i - 1;
  }
  return index;
}

/// Makes sends use the fresh list, and retires the old one.
void replace(signal_impl& signal, atomic<slot_list*>& current, slot_list& fresh) noexcept {
  slot_list* const old = current.exchange(&fresh);
  update_fast_list(signal);
  if (is_quiescent(signal)) {
    dispose(*old);
    return;
  }
  synchronize(signal);
  retire(signal, *old);
}

slot_list& make_in(void* memory, signal_impl& signal, const subscriber_group* group,
                   std::uint32_t capacity) noexcept {
  auto* const list = ::new (memory) slot_list{};
  list->owner = &signal;
  list->kind = list_of_slots;
  list->capacity = capacity;
  list->lowest = std::numeric_limits<std::int32_t>::max();
  list->group = group;
  for (std::uint32_t i = 1; i < capacity; ++i) ::new (list->entries + i) atomic<receiver_slot*>;
  return *list;
}

}  // namespace

slot_list* make_slot_list(signal_impl& signal, const subscriber_group* group,
                          std::uint32_t capacity) {
  return &make_in(::operator new(slot_list::size_for(capacity)), signal, group, capacity);
}

slot_list& make_first_list(signal_impl& signal) noexcept {
  return make_in(signal.list_room, signal, nullptr, signal_impl::first_entries);
}

bool is_first_list(const slot_list& list) noexcept {
  return static_cast<const void*>(&list) == impl_of(*list.owner).list_room;
}

void compact(signal_impl& signal, atomic<slot_list*>& current, std::uint32_t room) {
  slot_list& old = *current.load_relaxed();
  const std::uint32_t count = old.count.load_relaxed();
  const std::uint32_t living = count - old.tombstones;
  const std::uint32_t capacity = std::max<std::uint32_t>(4, (living + room) * 2);
  if (is_quiescent(signal) && old.capacity >= living + room && old.capacity <= capacity * 2) {
    // In place. Tombstones at the front, where the oldest receivers leave, only change `shift`, so
    // the slots behind them keep their positions.
    std::uint32_t in_front = 0;
    while (in_front < count && old.entries[in_front].load_relaxed() == &tombstone_of(signal))
      ++in_front;
    old.shift += in_front;
    const bool elsewhere = old.tombstones != in_front;
    std::uint32_t kept = 0;
    for (std::uint32_t i = in_front; i < count; ++i) {
      receiver_slot* const slot = old.entries[i].load_relaxed();
      if (elsewhere && !is_live(signal, old, slot)) {
        drop_entry(signal, slot);
      } else if (i - kept == in_front) {
        old.entries[kept++].store_relaxed(slot);
      } else {
        set_entry(old, kept++, *slot);
      }
    }
    old.tombstones = old.dead_entries = 0;
    old.count.store_release(kept);
    return;
  }
  slot_list& fresh = *make_slot_list(signal, old.group, capacity);
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    receiver_slot* const slot = old.entries[i].load_relaxed();
    if (is_live(signal, old, slot)) add_entry(fresh, kept++, *slot);
  }
  fresh.count.store_relaxed(kept);
  replace(signal, current, fresh);
}

void insert(signal_impl& signal, atomic<slot_list*>& current, receiver_slot& slot) {
  slot_list* list = current.load_relaxed();
  if (list->count.load_relaxed() == list->capacity) {
    compact(signal, current, 1);
    list = current.load_relaxed();
  }
  const std::uint32_t count = list->count.load_relaxed();
  const std::uint32_t index = insertion_index(signal, *list, slot);
  if (index == count) {
    add_entry(*list, count, slot);
    // Release: a send that reads the count sees the entry.
    list->count.store_release(count + 1);
    return;
  }
  if (is_quiescent(signal)) {
    for (std::uint32_t i = count; i > index; --i) {
      receiver_slot* const moved = list->entries[i - 1].load_relaxed();
      list->entries[i].store_relaxed(moved);
      // The receiver of an entry that is marked removed may have another one, at its position.
      if (!list->group && moved != &tombstone_of(signal) && !is_removed(moved))
        moved->metadata->position = i + list->shift;
    }
    add_entry(*list, index, slot);
    list->count.store_release(count + 1);
    return;
  }
  slot_list& fresh = *make_slot_list(signal, list->group, list->capacity);
  std::uint32_t kept = 0;
  bool entered = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i == index) {
      add_entry(fresh, kept++, slot);
      entered = true;
    }
    receiver_slot* const other = list->entries[i].load_relaxed();
    if (is_live(signal, *list, other)) add_entry(fresh, kept++, *other);
  }
  if (!entered) add_entry(fresh, kept++, slot);
  fresh.count.store_relaxed(kept);
  replace(signal, current, fresh);
}

void erase_entry(signal_impl& signal, atomic<slot_list*>& current, receiver_slot& slot,
                 bool unread) {
  slot_list& list = *current.load_relaxed();
  atomic<receiver_slot*>* const entry = list.group ? nullptr : entry_of(list, slot);
  if (!list.group && !entry) return;
  ++list.tombstones;
  if (unread && entry) {
    detach(signal, list, slot, *entry);
  } else {
    ++list.dead_entries;
  }
  compact_if_sparse(signal, current, unread);
}

void compact_if_sparse(signal_impl& signal, atomic<slot_list*>& current, bool unread) {
  const slot_list& list = *current.load_relaxed();
  const std::uint32_t count = list.count.load_relaxed();
  // A short list that no thread reads stays without tombstones. Otherwise many disconnects share
  // the cost of compacting.
  const bool many = list.tombstones >= 16 && list.tombstones * 2 >= count;
  if (!many && !(unread && list.tombstones != 0 && count <= 8)) return;
  // The end of a signal needs no memory for lists that are not read again.
  if (has_ended(signal)) return;
  try {
    compact(signal, current, 0);
  } catch (const std::bad_alloc&) {
    // The tombstones stay until a later call finds memory.
  }
}

void release_detached(signal_impl& signal) noexcept {
  while (signal.detached_count != 0) drop_entry(signal, signal.detached[--signal.detached_count]);
}

void mark_removed(signal_impl& signal, atomic<slot_list*>& current, receiver_slot& slot) {
  const auto mark_in = [&](slot_list& list, bool counted) {
    const std::uint32_t count = list.count.load_relaxed();
    for (std::uint32_t i = 0; i < count; ++i) {
      if (list.entries[i].load_relaxed() != &slot) continue;
      list.entries[i].store(marked_removed(&slot));
      if (counted) ++list.tombstones;
      return;
    }
  };
  slot_list& listed = *current.load_relaxed();
  mark_in(listed, true);
  for (reclaimable& each : signal.writer.retired()) {
    if (each.kind != list_of_slots) continue;
    auto& old = static_cast<slot_list&>(each);
    if (old.group == listed.group) mark_in(old, false);
  }
}

void retire(signal_impl& signal, slot_list& list) noexcept {
  if (list.group && list.group->of_pattern()) {
    retire_in_trie(signal, list);
  } else {
    signal.writer.retire(list);
  }
}

void empty(slot_list& list) noexcept {
  const std::uint32_t count = list.count.load_relaxed();
  list.count.store_relaxed(0);
  const auto& signal = static_cast<const signal_impl&>(*list.owner);
  for (std::uint32_t i = 0; i < count; ++i) drop_entry(signal, list.entries[i].load_relaxed());
  list.tombstones = list.dead_entries = 0;
}

}  // namespace aldis::detail

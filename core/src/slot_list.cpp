// Ordered lists of slots that are read without locks while they change.

#include "slot_list.hpp"

#include "reclaim.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "slots.hpp"
#include "threads.hpp"
#include "topics.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <new>

namespace aldis::detail {

namespace {

bool dead(const signal_impl& signal, const receiver_slot* entry) noexcept {
  return entry == &signal.tombstone || is_removed(entry) || !entry->metadata->alive.load_relaxed();
}

/// Whether the entry counts. Looks at slots only where something died in them: they may be many,
/// and far away.
bool counts(const signal_impl& signal, const slot_list& list, const receiver_slot* entry) noexcept {
  return list.dead_entries != 0 ? !dead(signal, entry)
                                : entry != &signal.tombstone && !is_removed(entry);
}

/// A slot list no longer names the slot.
void drop_entry(const signal_impl& signal, receiver_slot* entry) noexcept {
  if (entry == &signal.tombstone) return;
  receiver_slot& slot = *unmarked(entry);
  // One reference stands for all slot lists and the body.
  if (--slot.lists == 0 && slot.body.load() == body_destroyed) release_locked(slot);
}

void put(slot_list& list, std::uint32_t at, receiver_slot& slot) noexcept {
  list.entries[at].store_release(&slot);
  if (!list.group) slot.metadata->at = at + list.shift;
}

void enter(slot_list& list, std::uint32_t at, receiver_slot& slot) noexcept {
  ++slot.lists;
  list.lowest = std::min(list.lowest, slot.priority);
  put(list, at, slot);
}

/// Where a slot stands in signal_state::unfiltered; null if it does not, because there was no
/// memory for it.
atomic<receiver_slot*>* entry_of(slot_list& list, const receiver_slot& slot) noexcept {
  const std::uint32_t at = slot.metadata->at - list.shift;
  return at < list.count.load_relaxed() && list.entries[at].load_relaxed() == &slot
             ? &list.entries[at]
             : nullptr;
}

/// Nobody reads the slot list: the slot leaves it at once. Its reference is given back under a
/// later stay under the mutex: by then it is often the last one, and the slot can be used again.
void clear(signal_impl& signal, slot_list& list, receiver_slot& slot,
           atomic<receiver_slot*>& entry) noexcept {
  entry.store_release(&signal.tombstone);
  if (signal.detached_count == std::size(signal.detached)) release_detached(signal);
  signal.detached[signal.detached_count++] = &slot;
  std::uint32_t count = list.count.load_relaxed();
  for (; count > 0 && list.entries[count - 1].load_relaxed() == &signal.tombstone; --count)
    --list.tombstones;
  list.count.store_release(count);
}

/// Where it belongs.
std::uint32_t find_room(const signal_impl& signal, const slot_list& list,
                        const receiver_slot& slot) noexcept {
  const std::uint32_t count = list.count.load_relaxed();
  // The common case, without a look at any slot.
  if (slot.priority <= list.lowest && slot.serial.load_relaxed() == signal.serial) return count;
  std::uint32_t at = count;
  for (std::uint32_t i = count; i > 0; --i) {
    const receiver_slot* const each = unmarked(list.entries[i - 1].load_relaxed());
    if (each == &signal.tombstone) continue;
    if (!before(slot, *each)) break;
    at = i - 1;
  }
  return at;
}

void replace(signal_impl& signal, atomic<slot_list*>& list, slot_list& fresh) noexcept {
  slot_list* const old = list.exchange(&fresh);
  update_fast_list(signal);
  if (is_quiescent(signal)) {
    free_block(old);
    return;
  }
  synchronize(signal);
  retire(signal, old);
}

}  // namespace

slot_list* make_slot_list(signal_impl& signal, const subscriber_group* of, std::uint32_t capacity) {
  const std::size_t size = sizeof(slot_list) + (capacity - 1) * sizeof(atomic<receiver_slot*>);
  auto* const list = ::new (::operator new(size)) slot_list{};
  list->owner = &signal;
  list->what = block::kind::slot_list;
  list->capacity = capacity;
  list->lowest = std::numeric_limits<std::int32_t>::max();
  list->group = of;
  for (std::uint32_t i = 1; i < capacity; ++i) ::new (list->entries + i) atomic<receiver_slot*>;
  return list;
}

void compact(signal_impl& signal, atomic<slot_list*>& list, std::uint32_t room) {
  slot_list& old = *list.load_relaxed();
  const std::uint32_t count = old.count.load_relaxed();
  const std::uint32_t living = count - old.tombstones;
  const std::uint32_t capacity = std::max<std::uint32_t>(4, (living + room) * 2);
  if (is_quiescent(signal) && old.capacity >= living + room && old.capacity <= capacity * 2) {
    // Gaps in front, which is where the oldest leave: those behind are not told that they move.
    std::uint32_t in_front = 0;
    while (in_front < count && old.entries[in_front].load_relaxed() == &signal.tombstone)
      ++in_front;
    old.shift += in_front;
    const bool elsewhere = old.tombstones != in_front;
    std::uint32_t kept = 0;
    for (std::uint32_t i = in_front; i < count; ++i) {
      receiver_slot* const slot = old.entries[i].load_relaxed();
      if (elsewhere && !counts(signal, old, slot)) {
        drop_entry(signal, slot);
      } else if (i - kept == in_front) {
        old.entries[kept++].store_relaxed(slot);
      } else {
        put(old, kept++, *slot);
      }
    }
    old.tombstones = old.dead_entries = 0;
    old.count.store(kept);
    return;
  }
  slot_list& fresh = *make_slot_list(signal, old.group, capacity);
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    receiver_slot* const slot = old.entries[i].load_relaxed();
    if (counts(signal, old, slot)) enter(fresh, kept++, *slot);
  }
  fresh.count.store(kept);
  replace(signal, list, fresh);
}

void insert(signal_impl& signal, atomic<slot_list*>& list, receiver_slot& slot) {
  slot_list* current_list = list.load_relaxed();
  if (current_list->count.load_relaxed() == current_list->capacity) {
    compact(signal, list, 1);
    current_list = list.load_relaxed();
  }
  const std::uint32_t count = current_list->count.load_relaxed();
  const std::uint32_t at = find_room(signal, *current_list, slot);
  if (at == count) {
    enter(*current_list, count, slot);
    current_list->count.store_release(count + 1);
    return;
  }
  if (is_quiescent(signal)) {
    for (std::uint32_t i = count; i > at; --i) {
      receiver_slot* const each = current_list->entries[i - 1].load_relaxed();
      current_list->entries[i].store_relaxed(each);
      // Who is marked removed here may stand elsewhere.
      if (!current_list->group && each != &signal.tombstone && !is_removed(each))
        each->metadata->at = i + current_list->shift;
    }
    enter(*current_list, at, slot);
    current_list->count.store(count + 1);
    return;
  }
  slot_list& fresh = *make_slot_list(signal, current_list->group, current_list->capacity);
  std::uint32_t kept = 0;
  bool entered = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i == at) {
      enter(fresh, kept++, slot);
      entered = true;
    }
    receiver_slot* const each = current_list->entries[i].load_relaxed();
    if (counts(signal, *current_list, each)) enter(fresh, kept++, *each);
  }
  if (!entered) enter(fresh, kept++, slot);
  fresh.count.store(kept);
  replace(signal, list, fresh);
}

void erase_entry(signal_impl& signal, atomic<slot_list*>& list, receiver_slot& slot, bool unread) {
  slot_list& current_list = *list.load_relaxed();
  atomic<receiver_slot*>* const entry = current_list.group ? nullptr : entry_of(current_list, slot);
  if (!current_list.group && !entry) return;
  ++current_list.tombstones;
  if (unread && entry) {
    clear(signal, current_list, slot, *entry);
  } else {
    ++current_list.dead_entries;
  }
  compact_if_sparse(signal, list, unread);
}

void compact_if_sparse(signal_impl& signal, atomic<slot_list*>& list, bool unread) {
  const slot_list& current_list = *list.load_relaxed();
  const std::uint32_t count = current_list.count.load_relaxed();
  // A short list that nobody reads stays without tombstones; else compaction is paid for by many
  // disconnects.
  const bool many = current_list.tombstones >= 16 && current_list.tombstones * 2 >= count;
  if (!many && !(unread && current_list.tombstones != 0 && count <= 8)) return;
  try {
    compact(signal, list, 0);
  } catch (const std::bad_alloc&) {
    // The tombstones stay until a later call finds memory.
  }
}

void release_detached(signal_impl& signal) noexcept {
  while (signal.detached_count != 0) drop_entry(signal, signal.detached[--signal.detached_count]);
}

void mark_removed(signal_impl& signal, atomic<slot_list*>& list, receiver_slot& slot) {
  const auto mark_in = [&](slot_list& current_list, bool counted) {
    const std::uint32_t count = current_list.count.load_relaxed();
    for (std::uint32_t i = 0; i < count; ++i) {
      if (current_list.entries[i].load_relaxed() != &slot) continue;
      current_list.entries[i].store(marked_removed(&slot));
      if (counted) ++current_list.tombstones;
      return;
    }
  };
  slot_list* const current = list.load_relaxed();
  mark_in(*current, true);
  for (block* retired = signal.retired; retired; retired = retired->next_retired) {
    if (retired->what != block::kind::slot_list) continue;
    auto& old = *static_cast<slot_list*>(retired);
    if (old.group == current->group) mark_in(old, false);
  }
}

void empty(slot_list& list) noexcept {
  const std::uint32_t count = list.count.exchange(0);
  const auto& signal = static_cast<const signal_impl&>(*list.owner);
  for (std::uint32_t i = 0; i < count; ++i) drop_entry(signal, list.entries[i].load_relaxed());
  list.tombstones = list.dead_entries = 0;
}

}  // namespace aldis::detail

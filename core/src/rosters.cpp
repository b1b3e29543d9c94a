// Ordered lists of places that are read without locks while they change.

#include "state.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <new>

namespace aldis::detail {

namespace {

bool dead(const full_core& c, const place* entry) noexcept {
  return entry == &c.nowhere || is_struck(entry) || !entry->details->alive.load_relaxed();
}

/// Whether the entry counts. Looks at places only where something died in them: they may be many,
/// and far away.
bool counts(const full_core& c, const roster& r, const place* entry) noexcept {
  return r.corpses != 0 ? !dead(c, entry) : entry != &c.nowhere && !is_struck(entry);
}

/// A roster no longer names the place.
void drop_entry(const full_core& c, place* entry) noexcept {
  if (entry == &c.nowhere) return;
  place& p = *listed(entry);
  // One reference stands for all rosters and the body.
  if (--p.rosters == 0 && p.body.load() == body_destroyed) release_locked(p);
}

void put(roster& r, std::uint32_t at, place& p) noexcept {
  r.places[at].store_release(&p);
  if (!r.list_of) p.details->at = at + r.shift;
}

void enter(roster& r, std::uint32_t at, place& p) noexcept {
  ++p.rosters;
  r.lowest = std::min(r.lowest, p.priority);
  put(r, at, p);
}

/// Where a place stands in core::everyone; null if it does not, because there was no memory for it.
atomic<place*>* entry_of(roster& r, const place& p) noexcept {
  const std::uint32_t at = p.details->at - r.shift;
  return at < r.count.load_relaxed() && r.places[at].load_relaxed() == &p ? &r.places[at] : nullptr;
}

/// Nobody reads the roster: the place leaves it at once. Its reference is given back under a later
/// stay under the mutex: by then it is often the last one, and the place can be used again.
void clear(full_core& c, roster& r, place& p, atomic<place*>& entry) noexcept {
  entry.store_release(&c.nowhere);
  if (c.left_count == std::size(c.left)) drop_left(c);
  c.left[c.left_count++] = &p;
  std::uint32_t count = r.count.load_relaxed();
  for (; count > 0 && r.places[count - 1].load_relaxed() == &c.nowhere; --count) --r.gaps;
  r.count.store_release(count);
}

/// Where it belongs.
std::uint32_t find_room(const full_core& c, const roster& r, const place& p) noexcept {
  const std::uint32_t count = r.count.load_relaxed();
  // The common case, without a look at any place.
  if (p.priority <= r.lowest && p.serial.load_relaxed() == c.serial) return count;
  std::uint32_t at = count;
  for (std::uint32_t i = count; i > 0; --i) {
    const place* const each = listed(r.places[i - 1].load_relaxed());
    if (each == &c.nowhere) continue;
    if (!before(p, *each)) break;
    at = i - 1;
  }
  return at;
}

void replace(full_core& c, atomic<roster*>& list, roster& fresh) noexcept {
  roster* const old = list.exchange(&fresh);
  follow_mode(c);
  if (quiet(c)) {
    free_block(old);
    return;
  }
  expose(c);
  retire(c, old);
}

}  // namespace

roster* make_roster(full_core& c, const bucket* of, std::uint32_t capacity) {
  const std::size_t size = sizeof(roster) + (capacity - 1) * sizeof(atomic<place*>);
  auto* const r = ::new (::operator new(size)) roster{};
  r->owner = &c;
  r->what = block::kind::roster;
  r->capacity = capacity;
  r->lowest = std::numeric_limits<std::int32_t>::max();
  r->list_of = of;
  for (std::uint32_t i = 1; i < capacity; ++i) ::new (r->places + i) atomic<place*>;
  return r;
}

void squeeze(full_core& c, atomic<roster*>& list, std::uint32_t room) {
  roster& old = *list.load_relaxed();
  const std::uint32_t count = old.count.load_relaxed();
  const std::uint32_t living = count - old.gaps;
  const std::uint32_t capacity = std::max<std::uint32_t>(4, (living + room) * 2);
  if (quiet(c) && old.capacity >= living + room && old.capacity <= capacity * 2) {
    // Gaps in front, which is where the oldest leave: those behind are not told that they move.
    std::uint32_t in_front = 0;
    while (in_front < count && old.places[in_front].load_relaxed() == &c.nowhere) ++in_front;
    old.shift += in_front;
    const bool elsewhere = old.gaps != in_front;
    std::uint32_t kept = 0;
    for (std::uint32_t i = in_front; i < count; ++i) {
      place* const p = old.places[i].load_relaxed();
      if (elsewhere && !counts(c, old, p)) {
        drop_entry(c, p);
      } else if (i - kept == in_front) {
        old.places[kept++].store_relaxed(p);
      } else {
        put(old, kept++, *p);
      }
    }
    old.gaps = old.corpses = 0;
    old.count.store(kept);
    return;
  }
  roster& fresh = *make_roster(c, old.list_of, capacity);
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    place* const p = old.places[i].load_relaxed();
    if (counts(c, old, p)) enter(fresh, kept++, *p);
  }
  fresh.count.store(kept);
  replace(c, list, fresh);
}

void insert(full_core& c, atomic<roster*>& list, place& p) {
  roster* r = list.load_relaxed();
  if (r->count.load_relaxed() == r->capacity) {
    squeeze(c, list, 1);
    r = list.load_relaxed();
  }
  const std::uint32_t count = r->count.load_relaxed();
  const std::uint32_t at = find_room(c, *r, p);
  if (at == count) {
    enter(*r, count, p);
    r->count.store_release(count + 1);
    return;
  }
  if (quiet(c)) {
    for (std::uint32_t i = count; i > at; --i) {
      place* const each = r->places[i - 1].load_relaxed();
      r->places[i].store_relaxed(each);
      // Who is struck out here may stand elsewhere.
      if (!r->list_of && each != &c.nowhere && !is_struck(each)) each->details->at = i + r->shift;
    }
    enter(*r, at, p);
    r->count.store(count + 1);
    return;
  }
  roster& fresh = *make_roster(c, r->list_of, r->capacity);
  std::uint32_t kept = 0;
  bool entered = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i == at) {
      enter(fresh, kept++, p);
      entered = true;
    }
    place* const each = r->places[i].load_relaxed();
    if (counts(c, *r, each)) enter(fresh, kept++, *each);
  }
  if (!entered) enter(fresh, kept++, p);
  fresh.count.store(kept);
  replace(c, list, fresh);
}

void leave_gap(full_core& c, atomic<roster*>& list, place& p, bool unread) {
  roster& r = *list.load_relaxed();
  atomic<place*>* const entry = r.list_of ? nullptr : entry_of(r, p);
  if (!r.list_of && !entry) return;
  ++r.gaps;
  if (unread && entry) {
    clear(c, r, p, *entry);
  } else {
    ++r.corpses;
  }
  tidy(c, list, unread);
}

void tidy(full_core& c, atomic<roster*>& list, bool unread) {
  const roster& r = *list.load_relaxed();
  const std::uint32_t count = r.count.load_relaxed();
  // A short list that nobody reads stays without gaps; else squeezing is paid for by many
  // disconnects.
  const bool many = r.gaps >= 16 && r.gaps * 2 >= count;
  if (!many && !(unread && r.gaps != 0 && count <= 8)) return;
  try {
    squeeze(c, list, 0);
  } catch (const std::bad_alloc&) {
    // The gaps stay until a later call finds memory.
  }
}

void drop_left(full_core& c) noexcept {
  while (c.left_count != 0) drop_entry(c, c.left[--c.left_count]);
}

void strike(full_core& c, atomic<roster*>& list, place& p) {
  const auto strike_in = [&](roster& r, bool counted) {
    const std::uint32_t count = r.count.load_relaxed();
    for (std::uint32_t i = 0; i < count; ++i) {
      if (r.places[i].load_relaxed() != &p) continue;
      r.places[i].store(struck(&p));
      if (counted) ++r.gaps;
      return;
    }
  };
  roster* const current = list.load_relaxed();
  strike_in(*current, true);
  for (block* b = c.retired; b; b = b->next_retired) {
    if (b->what != block::kind::roster) continue;
    auto& old = *static_cast<roster*>(b);
    if (old.list_of == current->list_of) strike_in(old, false);
  }
}

void retire(full_core& c, block* b) noexcept {
  if (of_patterns(*b)) return retire_topic_block(c, *b);
  b->next_retired = c.retired;
  c.retired = b;
  reclaim(c);
}

void reclaim(full_core& c) noexcept {
  for (block** at = &c.retired; *at;) {
    block* const b = *at;
    const bool pinned = any_record(*c.home, [&](const full_record& r) {
      return any_frame(r, [&](const frame& f) {
        return f.held.load() == b || f.selected.load() == b || f.via.load() == b ||
               f.table.load() == b;
      });
    });
    if (pinned) {
      at = &b->next_retired;
    } else {
      *at = b->next_retired;
      free_block(b);
    }
  }
}

void empty(roster& r) noexcept {
  const std::uint32_t count = r.count.exchange(0);
  const auto& c = static_cast<const full_core&>(*r.owner);
  for (std::uint32_t i = 0; i < count; ++i) drop_entry(c, r.places[i].load_relaxed());
  r.gaps = r.corpses = 0;
}

void free_block(block* b) noexcept {
  switch (b->what) {
    case block::kind::roster: {
      auto* const r = static_cast<roster*>(b);
      empty(*r);
      ::operator delete(r);
      break;
    }
    case block::kind::bucket: {
      auto* const old = static_cast<sender_bucket*>(b);
      if (weak_owner* const owner = old->lives_with.load_relaxed())
        append(old->owner_core().debris, owner);
      delete old;
      break;
    }
    case block::kind::table:
      ::operator delete(static_cast<selection_table*>(b));
      break;
    case block::kind::pattern:
    case block::kind::topic_node:
    case block::kind::topic_table:
      free_topic_block(b);
      break;
  }
}

}  // namespace aldis::detail

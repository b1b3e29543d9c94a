// Ordered lists of places that are read without locks while they change.

#include "state.hpp"

#include <algorithm>
#include <new>

namespace aldis::detail {

namespace {

bool dead(const place* entry) noexcept {
  return is_struck(entry) || !entry->details->alive.load_relaxed();
}

/// A roster no longer names the place.
void drop_entry(place* entry) noexcept {
  place& p = *listed(entry);
  // One reference stands for all rosters and the body.
  if (--p.rosters == 0 && p.body.load() == body_destroyed) release_locked(p);
}

void enter(roster& r, std::uint32_t at, place& p) noexcept {
  ++p.rosters;
  r.places[at].store_release(&p);
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

/// The same list without its gaps, and room for more.
void squeeze(full_core& c, atomic<roster*>& list, std::uint32_t room) {
  roster& old = *list.load_relaxed();
  const std::uint32_t count = old.count.load_relaxed();
  const std::uint32_t living = count - old.gaps;
  const std::uint32_t capacity = std::max<std::uint32_t>(4, (living + room) * 2);
  if (quiet(c) && old.capacity >= living + room && old.capacity <= capacity * 2) {
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      place* const p = old.places[i].load_relaxed();
      if (dead(p)) {
        drop_entry(p);
      } else {
        old.places[kept++].store_relaxed(p);
      }
    }
    old.gaps = 0;
    old.count.store(kept);
    return;
  }
  roster& fresh = *make_roster(c, old.list_of, capacity);
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    place* const p = old.places[i].load_relaxed();
    if (!dead(p)) enter(fresh, kept++, *p);
  }
  fresh.count.store(kept);
  replace(c, list, fresh);
}

}  // namespace

roster* make_roster(full_core& c, const bucket* of, std::uint32_t capacity) {
  const std::size_t size = sizeof(roster) + (capacity - 1) * sizeof(atomic<place*>);
  auto* const r = ::new (::operator new(size)) roster{};
  r->owner = &c;
  r->what = block::kind::roster;
  r->capacity = capacity;
  r->list_of = of;
  for (std::uint32_t i = 1; i < capacity; ++i) ::new (r->places + i) atomic<place*>;
  return r;
}

void insert(full_core& c, atomic<roster*>& list, place& p) {
  roster* r = list.load_relaxed();
  if (r->count.load_relaxed() == r->capacity) {
    squeeze(c, list, 1);
    r = list.load_relaxed();
  }
  const std::uint32_t count = r->count.load_relaxed();
  std::uint32_t at = count;
  while (at > 0 && before(p, *listed(r->places[at - 1].load_relaxed()))) --at;
  if (at == count) {
    enter(*r, count, p);
    r->count.store_release(count + 1);
    return;
  }
  if (quiet(c)) {
    for (std::uint32_t i = count; i > at; --i) {
      r->places[i].store_relaxed(r->places[i - 1].load_relaxed());
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
    if (!dead(each)) enter(fresh, kept++, *each);
  }
  if (!entered) enter(fresh, kept++, p);
  fresh.count.store(kept);
  replace(c, list, fresh);
}

void leave_gap(full_core& c, atomic<roster*>& list) {
  roster& r = *list.load_relaxed();
  ++r.gaps;
  const std::uint32_t count = r.count.load_relaxed();
  // A short list that nobody reads stays without gaps; else squeezing is paid for by many
  // disconnects.
  const bool many = r.gaps >= 16 && r.gaps * 2 >= count;
  if (!many && !(count <= 8 && quiet(c))) return;
  try {
    squeeze(c, list, 0);
  } catch (const std::bad_alloc&) {
    // The gaps stay until a later call finds memory.
  }
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
  for (std::uint32_t i = 0; i < count; ++i) drop_entry(r.places[i].load_relaxed());
  r.gaps = 0;
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

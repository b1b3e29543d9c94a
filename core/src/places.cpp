// Where receivers live: slabs of places, and the references that keep them.

#include "state.hpp"

#include <new>

namespace aldis::detail {

namespace {

constexpr std::uint32_t largest_slab = 64;

slab& new_slab(full_core& c) {
  const std::uint32_t capacity = c.next_slab;
  const std::size_t places_at = (sizeof(slab) + 63) / 64 * 64;
  const std::size_t details_at = places_at + capacity * sizeof(place);
  const std::size_t size = details_at + capacity * sizeof(place_details);
  auto* const memory = static_cast<unsigned char*>(::operator new(size, std::align_val_t(64)));
  auto* const s = ::new (memory) slab{};
  s->owner = &c;
  s->capacity = capacity;
  s->places = reinterpret_cast<place*>(memory + places_at);
  s->details = reinterpret_cast<place_details*>(memory + details_at);
  for (std::uint32_t i = capacity; i-- > 0;) {
    place* const p = ::new (s->places + i) place{};
    p->details = ::new (s->details + i) place_details{};
    p->details->home = s;
    p->details->next = s->free;
    s->free = p;
  }
  if (c.next_slab < largest_slab) c.next_slab *= 2;
  return *s;
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

void free_slab(slab* s) noexcept { ::operator delete(s, std::align_val_t(64)); }

/// An empty one, in no row.
void let_go(full_core& c, slab& s) noexcept {
  if (remembered(c)) {
    s.next = c.spare_slabs;
    c.spare_slabs = &s;
    return;
  }
  while (c.spare_slabs) free_slab(std::exchange(c.spare_slabs, c.spare_slabs->next));
  free_slab(&s);
}

void recycle(full_core& c, place& p) noexcept {
  place_details& d = *p.details;
  slab& s = *d.home;
  delete d.extras;
  d.extras = nullptr;
  --c.places_out;
  if (!s.free) {
    unlink(c.full_slabs, s);
    link_front(c.slabs, s);
  }
  d.next = s.free;
  s.free = &p;
  // One empty slab is kept, for what comes next.
  if (--s.used == 0 && (s.next || s.previous)) {
    unlink(c.slabs, s);
    let_go(c, s);
  }
}

/// References are made from references: who has the only one may give it back without a locked
/// instruction.
bool gives_last(place& p) noexcept {
  return p.references.load_acquire() == 1 || p.references.fetch_sub(1) == 1;
}

}  // namespace

place& take_place(full_core& c) {
  if (c.left_count != 0) drop_left(c);
  if (!c.slabs) {
    slab* const spare = c.spare_slabs;
    if (spare) c.spare_slabs = spare->next;
    link_front(c.slabs, spare ? *spare : new_slab(c));
  }
  slab& s = *c.slabs;
  // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a slab in this row has a free one
  place& p = *s.free;
  place_details& d = *p.details;
  s.free = d.next;
  ++s.used;
  ++c.places_out;
  if (!s.free) {
    unlink(c.slabs, s);
    link_front(c.full_slabs, s);
  }
  p.references.store_relaxed(2);
  p.body.store_relaxed(body_whole);
  p.rosters = 0;
  p.priority = 0;
  d.blocks = 0;
  d.mergeable = false;
  d.queued = false;
  d.followed = false;
  d.next = nullptr;
  d.next_fallen = nullptr;
  d.calls.store_relaxed(0);
  d.nanoseconds.store_relaxed(0);
  return p;
}

place* refer(place& p) noexcept {
  p.references.fetch_add(1);
  return &p;
}

void release_locked(place& p) noexcept {
  if (gives_last(p)) recycle(core_of(p), p);
}

void release(place& p) noexcept {
  if (!gives_last(p)) return;
  full_core& c = core_of(p);
  domain& d = *c.home;
  bool orphan;
  {
    const std::lock_guard lock(c.mutex);
    orphan = c.orphan;
    recycle(c, p);
  }
  if (orphan) {
    orphans gone;
    const std::lock_guard lock(d.mutex);
    gone.take_from(d);
  }
}

place_extras::~place_extras() {
  destroy_conditions();
  if (attached) attached->release();
}

void place_extras::destroy_conditions() noexcept {
  while (filters) delete std::exchange(filters, filters->next);
  while (trackers) delete std::exchange(trackers, trackers->next);
  while (not_from) delete std::exchange(not_from, not_from->next);
}

bool place_extras::expired() const noexcept {
  for (const weak_owner* t = trackers; t; t = t->next) {
    if (t->expired()) return true;
  }
  return false;
}

void section::fell(place& p, bool tell) {
  if (!condemn(*this, p)) return;
  p.details->tell = tell;
  p.details->next_fallen = fallen_;
  fallen_ = refer(p);
}

void section::close() noexcept {
  weak_owner* debris = std::exchange(core_.debris, nullptr);
  lock_.unlock();
  while (debris) delete std::exchange(debris, debris->next);
  while (fallen_) {
    place& p = *std::exchange(fallen_, fallen_->details->next_fallen);
    finish(p, true, {.wait = false}, p.details->tell);
    release(p);
  }
}

}  // namespace aldis::detail

// The life of a signal's core, and the protocol's side of whoever changes it.

#include <aldis/engine.hpp>

#include "state.hpp"

#include <new>

namespace aldis::detail {

namespace {

void unlink_core(domain& d, full_core& c) noexcept {
  (c.previous ? c.previous->next : d.cores) = c.next;
  if (c.next) c.next->previous = c.previous;
}

bool held_by(const full_core& c, const block* b) noexcept {
  if (b == c.everyone.load_relaxed()) return true;
  for (const block* r = c.retired; r; r = r->next_retired) {
    if (r == b) return true;
  }
  return false;
}

// Frames are compared with the core's own rosters, never followed: they may belong to another core
// that is being freed.
bool inside_core(const full_core& c, const record& r) noexcept {
  return any_frame(r, [&](const frame& f) { return held_by(c, f.held.load()); });
}

// Their bits stay set when threads end: nobody then knows every signal they sent.
void forget_ended_threads(full_core& c) noexcept {
  domain& d = *c.home;
  // Tried only, since it comes before the core's mutex. While it is held no thread gets or gives
  // back a record; whoever gets one later sees that its bit is not set here, and sets it.
  const std::unique_lock lock(d.mutex, std::try_to_lock);
  if (!lock.owns_lock()) return;
  std::uint64_t living = 0;
  any_record(d, [&](const full_record& r) {
    if (r.owned) living |= r.bit;
    return false;
  });
  c.announced.fetch_and(living);
}

/// `asked`: one of those inside did not know yet that somebody wants it to leave.
bool can_be_freed(full_core& c, domain& d, bool& asked) noexcept {
  const std::lock_guard lock(c.mutex);
  bool pinned = false;
  any_record(d, [&](full_record& r) {
    if (inside_core(c, r)) {
      pinned = true;
      if (ask(r)) asked = true;
    }
    return false;
  });
  if (pinned) return false;
  // Only dead receivers are left in it, and nobody reads it any more.
  reclaim(c);
  empty_topics(c);
  drop_left(c);
  empty(*c.everyone.load());
  return c.places_out == 0 && c.holders == 0;
}

}  // namespace

full_core& make_core(atomic<core*>& owner) {
  domain& d = the_domain;
  auto made = std::make_unique<full_core>();
  made->home = &d;
  const std::lock_guard lock(d.mutex);
  prepare(d);
  if (core* const c = owner.load_acquire()) return full(*c);
  made->everyone.store(make_roster(*made, nullptr, 4));
  if (!d.light.load_relaxed()) made->mode.store(mode_fenced);
  follow_mode(*made);
  made->next = d.cores;
  if (d.cores) d.cores->previous = made.get();
  d.cores = made.get();
  owner.store(made.get());
  return *made.release();
}

void follow_mode(full_core& c) noexcept {
  c.light.store(c.mode.load() == 0 ? c.everyone.load() : nullptr);
  follow_live(c);
}

void follow_live(full_core& c) noexcept {
  place* lone = nullptr;
  if (c.live.load_relaxed() == 1 && c.mode.load_relaxed() == 0) {
    const roster& all = *c.everyone.load_relaxed();
    for (std::uint32_t i = all.count.load_relaxed(); !lone && i-- > 0;) {
      place* const p = all.places[i].load_relaxed();
      if (p != &c.nowhere && p->details->alive.load_relaxed()) lone = p;
    }
  }
  // Whoever needs it to be seen at once brings the barrier.
  if (c.lone.load_relaxed() != lone) c.lone.store_release(lone);
}

std::uint32_t add_mode(full_core& c, std::uint32_t bits) noexcept {
  const std::uint32_t before = c.mode.fetch_or(bits);
  follow_mode(c);
  return before;
}

void remove_mode(full_core& c, std::uint32_t bits) noexcept {
  c.mode.fetch_and(~bits);
  follow_mode(c);
}

bool inside_send(const full_core& c, const full_record& me) noexcept {
  return any_frame(me, [&](const frame& f) {
    const roster* const held = f.held.load_relaxed();
    const place* const inside = f.inside.load_relaxed();
    return held ? held->owner == &c : inside && &core_of(*inside) == &c;
  });
}

void expose(full_core& c) noexcept {
  ++c.disconnects;
  if (!others_send(c)) return;
  // Before the barrier is paid for, and now and then where there is none: is there anybody left?
  if ((c.mode.load() & mode_fenced) == 0 || c.disconnects % 64 == 0) forget_ended_threads(c);
  if (!others_send(c)) return;
  // A read-modify-write, so also the full fence that fenced senders need on this side.
  if ((add_mode(c, mode_fenced) & mode_fenced) == 0) heavy_barrier(*c.home);
}

void let_go(full_core& c) noexcept {
  domain& d = *c.home;
  bool orphan;
  {
    const std::lock_guard lock(c.mutex);
    --c.holders;
    orphan = c.orphan;
  }
  if (orphan) {
    orphans gone;
    const std::lock_guard lock(d.mutex);
    gone.take_from(d);
  }
}

full_core::~full_core() {
  // Its receivers are gone, and nobody is inside.
  for (block* b = retired; b;) {
    block* const after = b->next_retired;
    free_block(b);
    b = after;
  }
  if (selection_table* const t = table.load_relaxed()) free_block(t);
  if (roster* const r = everyone.load_relaxed()) free_block(r);
  delete_topics(patterns.load_relaxed());
  for (slab* row : {slabs, full_slabs, spare_slabs}) {
    while (row) ::operator delete(std::exchange(row, row->next), std::align_val_t(64));
  }
  while (debris) delete std::exchange(debris, debris->next);
  delete meta.load_relaxed();
  release_post(post.load_relaxed());
}

orphans::~orphans() {
  while (first_) delete std::exchange(first_, first_->next_orphan);
}

void orphans::take_from(domain& d) noexcept {
  for (bool asked = true; asked;) {
    asked = false;
    for (full_core** at = &d.orphans; *at;) {
      full_core* const c = *at;
      if (can_be_freed(*c, d, asked)) {
        *at = c->next_orphan;
        unlink_core(d, *c);
        c->next_orphan = first_;
        first_ = c;
      } else {
        at = &c->next_orphan;
      }
    }
    // Whoever left between the look and the request does not know of it: once more. Those who are
    // still inside then will see it, light sends because of the barrier.
    if (asked && d.ever_light.load()) heavy_barrier(d);
  }
}

}  // namespace aldis::detail

namespace aldis {

void use_fences() noexcept {
  using namespace detail;
  domain& d = the_domain;
  const std::lock_guard lock(d.mutex);
  d.light.store(false);
  for (full_core* c = d.cores; c; c = c->next) {
    const std::lock_guard inner(c->mutex);
    add_mode(*c, mode_fenced);
  }
  if (d.ever_light.load()) heavy_barrier(d);
}

bool light_sends() noexcept { return detail::the_domain.light.load(); }

}  // namespace aldis

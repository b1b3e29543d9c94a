// The long way of a send: selection, conditions, counting, and the time around a disconnect.
// docs/life-of-a-send.md has the steps.

#include "state.hpp"

#include <chrono>

namespace aldis::detail {

namespace {

// After so many sends with fences and no disconnect in between, a barrier once in a while is
// cheaper.
constexpr std::uint32_t sends_until_calm = 256;

std::uint64_t now() noexcept {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                    std::chrono::nanoseconds(1));
}

/// The publication of everything that others may free or disconnect. While the mode is fenced the
/// store must be visible before what follows is read; else the one who changes something brings the
/// barrier. The mode is read after the store: a disconnect may have come just before it.
template <class T>
void publish(const core& c, atomic<T*>& where, T* what) noexcept {
  where.store_release(what);
  compiler_barrier();
  if ((c.mode.load_acquire() & mode_fenced) != 0) where.exchange(what);
}

/// Reads a pointer to something that may be replaced at any time, and keeps it from being freed.
template <class T>
T* pin(const core& c, const atomic<T*>& from, atomic<T*>& in) noexcept {
  for (;;) {
    T* const seen = from.load_acquire();
    publish(c, in, seen);
    if (from.load() == seen) return seen;
  }
}

/// Whose turn it is, and the entries that say so.
struct turn {
  place* who = nullptr;
  const atomic<place*>* plain = nullptr;
  const atomic<place*>* chosen = nullptr;

  /// After `who` was published: a disconnect that came before it has struck the entries.
  bool still_listed() const noexcept {
    return (plain && plain->load() == who) || (chosen && chosen->load() == who);
  }
};

place* first_of(stretch& s) noexcept {
  for (; s.next != s.end; ++s.next) {
    place* const p = s.next->load_acquire();
    if (!is_struck(p)) return p;
  }
  return nullptr;
}

/// Merges two rosters; a receiver in both has one turn.
turn take(stretch& plain, stretch& chosen) noexcept {
  place* const a = first_of(plain);
  place* const b = first_of(chosen);
  turn result;
  if (a && (!b || !before(*b, *a))) {
    result.who = a;
    result.plain = plain.next++;
  }
  if (b && (!a || !before(*a, *b))) {
    result.who = b;
    result.chosen = chosen.next++;
  }
  return result;
}

/// Back to light mode, unless somebody disconnected since the last time.
void calm(full_core& c) noexcept {
  const std::unique_lock lock(c.mutex, std::try_to_lock);
  if (!lock.owns_lock() || !c.home->light.load()) return;
  // Under the mutex: a disconnect is either before, and what it wrote is seen by whoever reads the
  // mode, or after, and pays for the barrier.
  if (c.disconnects == c.disconnects_seen) remove_mode(c, mode_fenced);
  c.disconnects_seen = c.disconnects;
}

}  // namespace

walk::walk(core& of, const key_view* sender) : core_(of), me_(attach(full(of))) {
  if ((of.mode.load_acquire() & (mode_muted | mode_ended)) != 0) return;
  frame_ = &claim_frame(static_cast<full_record&>(me_));
  frame_->inside.store_release(nullptr);
  roster* const through = pin(of, of.everyone, frame_->held);
  plain_ = {through->places, through->places + through->count.load_acquire()};
  if (sender && (of.mode.load_acquire() & mode_selective) != 0) select(*sender);
}

walk::~walk() {
  if (!frame_) return;
  if (started_ != 0) count_time();
  kept_arguments* const kept = std::exchange(frame_->kept, nullptr);
  const bool fenced = (core_.mode.load_acquire() & mode_fenced) != 0;
  auto& me = static_cast<full_record&>(me_);
  if (fenced && ++me.fenced_sends % sends_until_calm == 0) calm(full(core_));
  frame_->selected.store_release(nullptr);
  frame_->via.store_release(nullptr);
  // From here the core may be freed. Without a fence only where whoever waits brings the barrier.
  if (fenced) {
    frame_->held.exchange(nullptr);
  } else {
    frame_->held.store_release(nullptr);
    compiler_barrier();
  }
  if (me.attention.load() != 0) settle(me);
  if (kept) kept->release();
}

// The table leads to the sender's bucket, and that to its roster; each is published, then checked
// to be still the one in use.
void walk::select(const key_view& sender) {
  full_core& c = full(core_);
  const std::uint64_t hash = hash_of(sender);
  bucket* found = nullptr;
  for (bool changed = true; changed;) {
    changed = false;
    found = nullptr;
    selection_table* const t = pin(c, c.table, frame_->table);
    for (std::uint32_t i = static_cast<std::uint32_t>(hash) & t->mask; !found;
         i = (i + 1) & t->mask) {
      const std::uint64_t there = t->slots[i].hash.load_acquire();
      if (there == 0) break;
      if (there != hash) continue;
      bucket* const b = t->slots[i].found.load_acquire();
      if (!b) continue;
      publish(c, frame_->via, b);
      changed = t->slots[i].found.load() != b || c.table.load() != t;
      if (changed) break;
      if (equal(b->key, sender)) found = b;
    }
  }
  frame_->table.store_release(nullptr);
  const weak_owner* const owner = found ? found->lives_with.load_acquire() : nullptr;
  roster* const through =
      !found || (owner && owner->expired()) ? nullptr : pin(c, found->list, frame_->selected);
  if (!through) {
    frame_->via.store_release(nullptr);
    return;
  }
  chosen_ = {through->places, through->places + through->count.load_acquire()};
}

bool walk::next() {
  if (started_ != 0) count_time();
  place_ = nullptr;
  for (;;) {
    const turn now_is = take(plain_, chosen_);
    place* const p = now_is.who;
    if (!p) return false;

    // Sends that begin after a disconnect must not be found inside, or they could keep it waiting.
    if (!p->call.load_relaxed()) continue;
    publish(core_, frame_->inside, p);
    if (me_.attention.load() != 0) [[unlikely]] {
      // Somebody waits for this thread to leave the receiver before, which it has.
      frame_->inside.exchange(nullptr);
      settle(me_);
      if (!p->call.load_relaxed()) continue;
      publish(core_, frame_->inside, p);
    }
    if (!now_is.still_listed()) continue;
    call_ = p->call.load();
    if (!call_) continue;
    place_ = p;
    me_.skipped = false;
    if ((core_.mode.load_relaxed() & mode_counting) != 0) started_ = now();
    return true;
  }
}

bool walk::last() const noexcept {
  stretch plain = plain_;
  stretch chosen = chosen_;
  for (;;) {
    const place* const p = take(plain, chosen).who;
    if (!p) return true;
    if (p->call.load() != nullptr) return false;
  }
}

late_call::late_call(place& p) : place_(p), me_(attach(core_of(p))) {
  full_core& c = core_of(p);
  frame_ = &claim_frame(static_cast<full_record&>(me_));
  frame_->inside.store_release(nullptr);
  pin(c, c.everyone, frame_->held);
  publish(c, frame_->inside, &p);
}

late_call::~late_call() {
  // A full fence: this is not the short way of anything.
  frame_->held.exchange(nullptr);
  if (me_.attention.load() != 0) settle(me_);
}

// Read after the publication: whoever condemned it before it could see that is seen here.
bool late_call::alive() const noexcept { return place_.details->alive.load(); }

connection walk::receiver() const noexcept { return connection_of(place_); }

void walk::keep(kept_arguments& arguments) noexcept {
  if (frame_)
    frame_->kept = &arguments;
  else
    arguments.release();
}

void walk::count_time() noexcept {
  place_->details->calls.fetch_add(1);
  place_->details->nanoseconds.fetch_add(now() - started_);
  started_ = 0;
}

}  // namespace aldis::detail

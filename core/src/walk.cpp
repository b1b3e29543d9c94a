// The long way of a send: selection, conditions, counting, and the time around a disconnect.
// docs/life-of-a-send.md has the steps.

#include "topics.hpp"

#include <algorithm>
#include <chrono>
#include <type_traits>

namespace aldis::detail {

namespace {

// After so many sends with fences and no disconnect in between, a barrier once in a while is
// cheaper.
constexpr std::uint32_t sends_until_calm = 256;

/// The publication of everything that others may free or disconnect. While the mode is fenced the
/// store must be visible before what follows is read; else the one who changes something brings the
/// barrier. The mode is read after the store: a disconnect may have come just before it.
template <class T>
void publish(const core& c, atomic<T>& where, std::type_identity_t<T> what) noexcept {
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
  const match* matched = nullptr;
};

bool before(const match& a, const place& b) noexcept {
  return a.priority != b.priority ? a.priority > b.priority : a.serial < b.serial.load_relaxed();
}

place* first_of(stretch& s) noexcept {
  for (; s.next != s.end; ++s.next) {
    place* const p = s.next->load_acquire();
    if (!is_struck(p) && !is_gap(*p)) return p;
  }
  return nullptr;
}

/// Without the one that was served: several of its patterns may match.
const match* first_of(match_stretch& s, std::uint64_t served) noexcept {
  while (s.next != s.end && s.next->serial == served) ++s.next;
  return s.next != s.end ? s.next : nullptr;
}

/// Merges two rosters and what the topic matched; a receiver in several has one turn.
turn take(stretch& plain, stretch& chosen, match_stretch& matched, std::uint64_t served) noexcept {
  place* const a = first_of(plain);
  place* const b = first_of(chosen);
  const match* const m = first_of(matched, served);
  turn result;
  place* const listed = a && (!b || !before(*b, *a)) ? a : b;
  if (m && (!listed || before(*m, *listed))) {
    ++matched.next;
    return {m->who, nullptr, nullptr, m};
  }
  result.who = listed;
  if (!listed) return result;
  if (listed == a) result.plain = plain.next++;
  if (listed == b) result.chosen = chosen.next++;
  if (m && m->serial == listed->serial.load_relaxed()) result.matched = matched.next++;
  return result;
}

/// After its place was published and its call read: is it still this receiver's, and does the
/// receiver still hear the topic?
bool still_matches(full_core& c, const topic_search& search, const match& m) noexcept {
  // A place that is used again gets its new serial before its new call.
  if (m.who->serial.load() != m.serial) return false;
  const std::uint64_t began = search.unlinked;
  if (c.patterns.load_relaxed()->unlinked.load() == began) return true;
  const place_extras& x = *m.who->details->extras;
  if (x.unlinked.load() <= began) return true;
  // It has lost a link in the course of this very send: which one, only the mutex tells.
  const std::lock_guard lock(c.mutex);
  return std::any_of(x.links.begin(), x.links.end(),
                     [&](const link& l) { return l.to == m.via && l.serial <= search.latest; });
}

/// A disconnect that came before the publication has struck the entries.
bool still_listed(full_core& c, const frame& at, const turn& t) noexcept {
  return (t.plain && t.plain->load() == t.who) || (t.chosen && t.chosen->load() == t.who) ||
         (t.matched && still_matches(c, *at.search, *t.matched));
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

std::uint64_t now() noexcept {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                    std::chrono::nanoseconds(1));
}

walk::walk(core& of, const key_view* sender) : core_(of), me_(attach(full(of))) {
  try {
    if ((of.mode.load_acquire() & mode_watched) != 0 && !me_.telling) begin_report();
    if ((of.mode.load_acquire() & (mode_muted | mode_ended)) != 0) return;
    frame_ = &claim_frame(static_cast<full_record&>(me_));
    frame_->inside.store_release(nullptr);
    frame_->by = this;
    roster* const through = pin(of, of.everyone, frame_->held);
    plain_ = {through->places, through->places + through->count.load_acquire()};
    if (!sender || (of.mode.load_acquire() & mode_selective) == 0) return;
    if (full(of).table.load_acquire()) select(*sender);
    if (sender->what == key_view::kind::text && full(of).patterns.load_acquire()) {
      match_topic(*sender);
    }
  } catch (...) {
    leave();
    release_post(report_.post);
    throw;
  }
}

walk::~walk() {
  if (started_ != 0) count_time();
  kept_arguments* const kept = frame_ ? std::exchange(frame_->kept, nullptr) : nullptr;
  leave();
  if (kept) kept->release();
  if (report_.post) end_report();
}

void walk::leave() noexcept {
  auto& me = static_cast<full_record&>(me_);
  if (!frame_) {
    // Nobody was called, but the short way that led here may have been seen inside a receiver.
    if (me.attention.load() != 0) settle(me);
    return;
  }
  const bool fenced = (core_.mode.load_acquire() & mode_fenced) != 0;
  frame_->by = nullptr;
  if (fenced && ++me.fenced_sends % sends_until_calm == 0) calm(full(core_));
  frame_->selected.store_release(nullptr);
  frame_->via.store_release(nullptr);
  if (matched_.end) {
    frame_->matched.store_release(nullptr);
    frame_->matches_of.store_release(nullptr);
  }
  frame_->inside.store_release(nullptr);
  // From here the core may be freed. Without a fence only where whoever waits brings the barrier;
  // with one it covers `inside` too, for those who read `held` first.
  if (fenced) {
    frame_->held.exchange(nullptr);
  } else {
    frame_->held.store_release(nullptr);
    compiler_barrier();
  }
  if (me.attention.load() != 0) settle(me);
}

// The table leads to the sender's bucket, and that to its roster; each is published, then checked
// to be still the one in use.
void walk::select(const key_view& sender) {
  full_core& c = full(core_);
  const std::uint64_t hash = hash_of(sender);
  sender_bucket* found = nullptr;
  for (bool changed = true; changed;) {
    changed = false;
    found = nullptr;
    selection_table* const t = pin(c, c.table, frame_->table);
    for (std::uint32_t i = static_cast<std::uint32_t>(hash) & t->mask; !found;
         i = (i + 1) & t->mask) {
      const std::uint64_t there = t->slots[i].hash.load_acquire();
      if (there == 0) break;
      if (there != hash) continue;
      sender_bucket* const b = t->slots[i].found.load_acquire();
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

// The patterns are read in one go, during which none is freed, and what matches is remembered. Its
// places may be used for others before their turn, but their memory stays.
void walk::match_topic(const key_view& sender) {
  full_core& c = full(core_);
  topics& all = *c.patterns.load_acquire();
  if (!frame_->search) frame_->search = new topic_search;
  topic_search& search = *frame_->search;
  frame_->matches_of.store_release(&c);
  for (;;) {
    for (;;) {
      const std::uint64_t epoch = all.epoch.load_acquire();
      publish(c, frame_->reading, epoch);
      if (all.epoch.load() == epoch) break;
    }
    const bool complete = search.run(all, {sender.text, sender.size});
    frame_->reading.store_release(0);
    if (complete) break;
    try {
      search.grow();
    } catch (...) {
      frame_->matches_of.store_release(nullptr);
      throw;
    }
  }
  if (search.found.empty()) {
    frame_->matches_of.store_release(nullptr);
    return;
  }
  search.sort();
  matched_ = {search.found.data(), search.found.data() + search.found.size()};
}

bool walk::next() {
  if (started_ != 0) count_time();
  place_ = nullptr;
  for (;;) {
    const turn now_is = take(plain_, chosen_, matched_, served_);
    place* const p = now_is.who;
    if (!p) return false;

    // Sends that begin after a disconnect must not be found inside, or they could keep it waiting.
    if (!p->call.load_relaxed()) continue;
    // Before `inside`: who finds the one must not find an older other.
    if (matched_.end) frame_->matched.store_release(now_is.matched ? now_is.matched->via : nullptr);
    publish(core_, frame_->inside, p);
    if (me_.attention.load() != 0) [[unlikely]] {
      // Somebody waits for this thread to leave the receiver before, which it has. Not null, or a
      // send from a destructor that runs now would take this frame.
      frame_->inside.exchange(&full(core_).nowhere);
      settle(me_);
      if (!p->call.load_relaxed()) continue;
      publish(core_, frame_->inside, p);
    }
    call_ = p->call.load();
    if (!call_ || !still_listed(full(core_), *frame_, now_is)) continue;
    place_ = p;
    ++report_.receivers;
    if (now_is.matched) served_ = now_is.matched->serial;
    me_.skipped = false;
    if ((core_.mode.load_relaxed() & mode_counting) != 0) started_ = now();
    return true;
  }
}

bool walk::last() const noexcept {
  stretch plain = plain_;
  stretch chosen = chosen_;
  match_stretch matched = matched_;
  for (;;) {
    const place* const p = take(plain, chosen, matched, served_).who;
    if (!p) return true;
    // One that is blocked may be called after all when its turn comes.
    if (p->details->alive.load_acquire()) return false;
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
  free_frame(*frame_);
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

kept_arguments* walk::share_kept() noexcept {
  if (last()) return std::exchange(frame_->kept, nullptr);
  frame_->kept->refer();
  return frame_->kept;
}

void walk::count_time() noexcept {
  place_->details->calls.fetch_add(1);
  place_->details->nanoseconds.fetch_add(now() - started_);
  started_ = 0;
}

}  // namespace aldis::detail

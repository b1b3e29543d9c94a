// Disconnecting: who is inside, who waits for whom, and who destroys.
// docs/design/waiting.md has the rules and why they cannot deadlock by themselves.

#include "state.hpp"

#include <algorithm>
#include <chrono>

namespace aldis::detail {

namespace {

struct presence {
  bool me = false;
  full_record* other = nullptr;  ///< one of the other threads that are inside

  bool nobody() const noexcept { return !me && !other; }
};

/// Whom a disconnect looks for: calls of a receiver, or only those made for one sender.
struct target {
  const place& p;
  const bucket* via = nullptr;
};

bool is_inside(const record& r, const target& what) noexcept {
  return any_frame(r, [&](const frame& f) {
    return f.inside.load() == &what.p && (!what.via || f.via.load() == what.via);
  });
}

presence find(full_core& c, const target& what) noexcept {
  presence who;
  const record* const me = known_record(*c.home);
  if (me) who.me = is_inside(*me, what);
  if (!others_send(c)) return who;
  any_record(*c.home, [&](full_record& r) {
    if (&r != me && is_inside(r, what)) who.other = &r;
    return who.other != nullptr;
  });
  return who;
}

/// Being inside a receiver in order to destroy it: whoever looks for calls finds the destructor
/// too.
class destruction {
 public:
  destruction(full_core& c, place& p) : core_(c), me_(attach_destroyer(c)), at_(claim_frame(me_)) {
    at_.inside.store(&p);
    at_.held.store(c.everyone.load());
  }
  destruction(const destruction&) = delete;
  destruction& operator=(const destruction&) = delete;
  ~destruction() {
    free_frame(at_);
    core_.destroying.fetch_sub(1);
  }

  full_record& me() noexcept { return me_; }

 private:
  static full_record& attach_destroyer(full_core& c) {
    full_record& me = record_in(*c.home);
    c.destroying.fetch_add(1);
    return me;
  }

  full_core& core_;
  full_record& me_;
  frame& at_;
};

bool claim(place& p) noexcept {
  std::uint32_t expected = body_whole;
  return p.body.compare_exchange(expected, body_claimed);
}

bool trivial(const place& p) noexcept {
  return p.type->destroy == nullptr && !(p.details->extras && p.details->extras->conditional());
}

void destroy_body(place& p) noexcept {
  if (p.type->destroy) p.type->destroy(p.storage);
  if (p.details->extras) p.details->extras->destroy_conditions();
}

/// Nothing that belongs to the receiver's program or plugin remains. Under the core's mutex.
void bury(place& p) noexcept {
  p.type = nullptr;
  p.details->where = {"", 0};
  p.details->identity = {};
  p.body.store(body_destroyed);
  if (p.rosters == 0) release_locked(p);
}

/// The caller has claimed it, and holds no lock.
void destroy(full_core& c, place& p) noexcept {
  destroy_body(p);
  const std::lock_guard lock(c.mutex);
  bury(p);
}

/// While somebody waits or a receiver is to be destroyed, sends look after each call: the mode is
/// all that the short way looks at. Under domain::mutex.
void hold_attention(full_core& c) noexcept {
  const std::lock_guard lock(c.mutex);
  if (c.deferred++ == 0) add_mode(c, mode_attentive);
}

void drop_attention(full_core& c) noexcept {
  const std::lock_guard lock(c.mutex);
  if (--c.deferred == 0) remove_mode(c, mode_attentive);
}

/// False if it was not there; else the caller has the queue's reference.
bool unqueue(domain& d, place& p) noexcept {
  if (!p.details->queued) return false;
  place** at = &d.deferred;
  while (*at != &p) at = &(*at)->details->next;
  *at = p.details->next;
  p.details->next = nullptr;
  p.details->queued = false;
  drop_attention(core_of(p));
  return true;
}

void queue(domain& d, place& p) noexcept {
  if (p.details->queued || p.body.load() != body_whole) return;
  refer(p);
  p.details->queued = true;
  p.details->next = d.deferred;
  d.deferred = &p;
  hold_attention(core_of(p));
}

/// Everybody inside will look after leaving. After it, who is found inside has not left yet and
/// will see the request. Under domain::mutex.
void ask_for_attention(domain& d, const target& what) noexcept {
  any_record(d, [&](full_record& r) {
    if (is_inside(r, what)) r.attention.store(1);
    return false;
  });
  if (d.ever_light.load()) heavy_barrier(d);
}

/// Whether `start` waits, directly or not, for `me`. Under domain::mutex, where all waits begin.
bool waits_for(domain& d, const target& start, const full_record& me,
               std::uint32_t depth) noexcept {
  if (depth > d.record_count) return false;
  return any_record(d, [&](full_record& r) {
    if (!is_inside(r, start)) return false;
    return &r == &me || (r.waiting_for && waits_for(d, {*r.waiting_for}, me, depth + 1));
  });
}

/// Nobody is inside, and nobody can come: destroys it, unless another thread does. Under
/// domain::mutex, which is let go; true if it was destroyed here.
bool destroy_left(domain& d, place& p, std::unique_lock<std::mutex>& lock) {
  full_core& c = core_of(p);
  const destruction here(c, p);
  if (!claim(p)) return false;
  const bool queued = unqueue(d, p);
  lock.unlock();
  destroy(c, p);
  if (queued) release(p);
  return true;
}

/// One thread's wait until nobody is inside. Everything under domain::mutex.
class waiting {
 public:
  enum class round { left, again, given_up };

  waiting(domain& d, target what, patience how)
      : domain_(d), me_(record_in(d)), what_(what), how_(how) {
    if (how.nanoseconds > 0) deadline_ += std::chrono::nanoseconds(how.nanoseconds);
  }

  /// Looks, and waits for one of those inside. Why it gave up is in `why`.
  round look(std::unique_lock<std::mutex>& lock) {
    const presence who = find(core_of(what_.p), what_);
    if (who.nobody()) return round::left;
    // Those inside are asked for attention, and looked at once more: whoever is still there will
    // see the request when it leaves.
    if (who.other) who.other->attention.store(1);
    ask_for_attention(domain_, what_);
    if (!who.me && !is_inside(*who.other, what_)) return round::again;
    if (who.me || !how_.wait || exiting()) return give_up(disconnect_result::deferred);
    if (waits_for(domain_, what_, me_, 0)) return give_up(disconnect_result::would_deadlock);
    if (how_.nanoseconds >= 0 && clock::now() >= deadline_) {
      return give_up(disconnect_result::timed_out);
    }
    ++who.other->waiters;
    me_.waiting_for = &what_.p;
    if (how_.nanoseconds < 0) {
      who.other->left.wait(lock);
    } else {
      who.other->left.wait_until(lock, deadline_);
    }
    me_.waiting_for = nullptr;
    --who.other->waiters;
    return round::again;
  }

  disconnect_result why() const noexcept { return why_; }
  full_record& me() noexcept { return me_; }

 private:
  using clock = std::chrono::steady_clock;

  round give_up(disconnect_result why) noexcept {
    why_ = why;
    return round::given_up;
  }

  domain& domain_;
  full_record& me_;
  target what_;
  patience how_;
  clock::time_point deadline_ = clock::now();
  disconnect_result why_ = disconnect_result::deferred;
};

/// Somebody was inside when the receiver was condemned.
disconnect_result await(full_core& c, place& p, patience how, disconnect_result done) {
  domain& d = *c.home;
  waiting wait(d, {p}, how);
  disconnect_result result = done;
  {
    std::unique_lock lock(d.mutex);
    queue(d, p);
    while (p.body.load() != body_destroyed) {
      const waiting::round end = wait.look(lock);
      if (end == waiting::round::given_up) result = wait.why();
      // If another thread has claimed it meanwhile, that one is found inside on the next round.
      if (end == waiting::round::left && !destroy_left(d, p, lock)) continue;
      if (end != waiting::round::again) break;
    }
  }
  if (wait.me().attention.load() != 0) settle(wait.me());
  return result;
}

/// A link was taken back: waits until no call runs that was made for it.
disconnect_result await_link(full_core& c, place& p, const bucket* via, patience how) {
  domain& d = *c.home;
  waiting wait(d, {p, via}, how);
  waiting::round end = waiting::round::again;
  {
    std::unique_lock lock(d.mutex);
    hold_attention(c);
    while (end == waiting::round::again) end = wait.look(lock);
    drop_attention(c);
  }
  if (wait.me().attention.load() != 0) settle(wait.me());
  return end == waiting::round::left ? disconnect_result::disconnected : wait.why();
}

/// Tries without any wait or domain::mutex; under the core's mutex.
bool end_at_once(full_core& c, place& p) noexcept {
  return trivial(p) && find(c, {p}).nobody() && claim(p);
}

disconnect_result complete(full_core& c, place& p, bool was_alive, patience how) {
  const disconnect_result done =
      was_alive ? disconnect_result::disconnected : disconnect_result::not_connected;
  full_record& me = record_in(*c.home);
  {
    std::unique_lock lock(c.mutex);
    if (p.body.load() == body_destroyed) return done;
    if (end_at_once(c, p)) {
      bury(p);
      return done;
    }
    if (find(c, {p}).nobody()) {
      // Published before it is claimed, so that who finds it claimed also finds who destroys it.
      const destruction here(c, p);
      if (claim(p)) {
        lock.unlock();
        destroy(c, p);
        // The end of `here` may leave somebody waiting; see below.
      }
    }
  }
  if (p.body.load() == body_destroyed) {
    if (me.attention.load() != 0) settle(me);
    return done;
  }
  return await(c, p, how, done);
}

void tell_disconnected(full_core& c, place& p) noexcept {
  meta_signals* const meta = c.meta.load_acquire();
  if (!meta) return;
  try {
    meta->disconnected.send_robust(connection_access::adopt(refer(p)));
  } catch (...) {
    // No memory for the outcomes: a disconnect cannot fail.
  }
}

}  // namespace

bool condemn(section& s, place& p) {
  full_core& c = s.core();
  place_details& d = *p.details;
  if (!d.alive.load_relaxed()) return false;
  d.alive.store_release(false);
  if (others_send(c)) {
    p.call.exchange(nullptr);
  } else {
    p.call.store_release(nullptr);
  }
  if (d.identity.kind) c.index.erase(d.identity_hash, p);
  c.live.store_release(c.live.load_relaxed() - 1);
  if (!d.extras) {
    leave_gap(c, c.everyone);
  } else {
    if (!d.extras->id.empty()) {
      c.index.erase(hash_of(identity_words::of_id(d.extras->id.view())), p);
    }
    if (d.extras->trackers) --c.weak;
    for (const link& each : d.extras->links) {
      if (each.to && --each.to->live == 0) {
        bury_bucket(s, *each.to);
      } else {
        leave_gap(c, each.to ? each.to->list : c.everyone);
      }
    }
    d.extras->links.clear();
  }
  expose(c);
  if (c.retired) reclaim(c);
  return true;
}

disconnect_result finish(place& p, bool was_alive, patience how, bool tell) noexcept {
  full_core& c = core_of(p);
  // Before it is destroyed, so that whoever hears it can still ask who it was.
  if (was_alive && tell) tell_disconnected(c, p);
  return complete(c, p, was_alive, how);
}

disconnect_result disconnect_place(place& p, patience how) noexcept {
  full_core& c = core_of(p);
  bool was_alive = false;
  {
    section s(c);
    was_alive = condemn(s, p);
    if (!c.meta.load_relaxed() && p.body.load() == body_whole && end_at_once(c, p)) {
      bury(p);
      return was_alive ? disconnect_result::disconnected : disconnect_result::not_connected;
    }
  }
  return finish(p, was_alive, how, true);
}

disconnect_result disconnect_link(place& p, std::uint64_t serial, patience how) noexcept {
  full_core& c = core_of(p);
  std::vector<const bucket*> removed;
  bool fell = false;
  {
    section s(c);
    place_details& d = *p.details;
    if (!d.alive.load_relaxed()) {
      // Fell already; the truth about it is still wanted.
    } else if (d.extras) {
      auto& links = d.extras->links;
      for (std::size_t i = links.size(); i-- > 0 && d.alive.load_relaxed();) {
        if (links[i].serial != serial) continue;
        removed.push_back(links[i].to);
        if (!remove_link(s, p, i)) fell = condemn(s, p);
      }
    } else if (p.serial == serial) {
      fell = condemn(s, p);
    }
    if (removed.empty() && d.alive.load_relaxed()) return disconnect_result::not_connected;
  }
  if (!p.details->alive.load()) return finish(p, fell, how, true);
  disconnect_result result = disconnect_result::disconnected;
  for (const bucket* const via : removed) result = worse(result, await_link(c, p, via, how));
  return result;
}

void settle(record& r) noexcept {
  auto& me = static_cast<full_record&>(r);
  domain& d = *me.home;
  for (;;) {
    orphans gone;
    std::unique_lock lock(d.mutex);
    me.attention.store(0);
    place* left = nullptr;
    for (place* p = d.deferred; p && !left; p = p->details->next) {
      const presence who = find(core_of(*p), {*p});
      if (who.nobody()) left = p;
      if (who.me) me.attention.store(1);
    }
    if (left) {
      destroy_left(d, *left, lock);
      continue;
    }
    if (me.waiters != 0) {
      me.attention.store(1);
      me.left.notify_all();
    }
    gone.take_from(d);
    return;
  }
}

void tell_connected(full_core& c, place& p) {
  c.meta.load_acquire()->connected.send(connection_access::adopt(refer(p)));
}

disconnect_result worse(disconnect_result a, disconnect_result b) noexcept {
  // not_connected is as final as disconnected; a real disconnect is worth telling, though.
  const auto rank = [](disconnect_result r) {
    switch (r) {
      case disconnect_result::not_connected:
        return 0;
      case disconnect_result::disconnected:
        return 1;
      case disconnect_result::deferred:
        return 2;
      case disconnect_result::timed_out:
        return 3;
      case disconnect_result::would_deadlock:
        return 4;
    }
    return 0;
  };
  return rank(a) < rank(b) ? b : a;
}

}  // namespace aldis::detail

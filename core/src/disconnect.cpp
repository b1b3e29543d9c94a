// Disconnecting: who is inside, who waits for whom, and who destroys.
// docs/design/waiting-and-deadlocks.md has the rules and why they cannot deadlock by themselves.

#include "state.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

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
    // First, for the order alone: whoever leaves clears `inside`, then `held` by an exchange, then
    // looks at its attention. If that was before the caller asked for it, this reads what the
    // exchange wrote, or later, and the next line what was written before.
    static_cast<void>(f.held.load());
    return f.inside.load() == &what.p &&
           (!what.via || f.via.load() == what.via || f.matched.load() == what.via);
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
  /// Under the core's mutex, so that the roster which holds the core stays.
  destruction(full_core& c, place& p) : core_(c), at_(claim_frame(record_in(*c.home))) {
    core_.destroying.fetch_add(1);
    at_.inside.store(&p);
    at_.held.store(c.everyone.load());
  }
  destruction(const destruction&) = delete;
  destruction& operator=(const destruction&) = delete;
  ~destruction() {
    core_.destroying.fetch_sub(1);
    // From here the core may be freed.
    free_frame(at_);
  }

 private:
  full_core& core_;
  frame& at_;
};

/// Under the core's mutex.
bool claim(place& p) noexcept {
  if (p.body.load_relaxed() != body_whole) return false;
  p.body.store_release(body_claimed);
  return true;
}

bool trivial(const place& p) noexcept {
  return p.type->destroy == nullptr && !p.details->followed &&
         !(p.details->extras && p.details->extras->conditional());
}

void destroy_body(place& p) noexcept {
  if (p.type->destroy) p.type->destroy(p.storage);
  if (p.details->extras) p.details->extras->destroy_conditions();
}

/// The caller has claimed it, and holds no lock.
void destroy(full_core& c, place& p) noexcept {
  destroy_body(p);
  follower* after = nullptr;
  {
    const std::lock_guard lock(c.mutex);
    if (p.details->followed) after = take_followers(c, p);
    bury(p);
  }
  while (after) {
    const follower* const each = std::exchange(after, after->next);
    each->what->release();
    delete each;
  }
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

/// Everybody inside, and `first`, will look after leaving: who of them is found inside after it has
/// not left yet, and will see the request. True if anybody did not know of it. Under domain::mutex.
bool ask_for_attention(domain& d, const target& what, full_record* first) noexcept {
  bool asked = first && ask(*first);
  any_record(d, [&](full_record& r) {
    if (is_inside(r, what) && ask(r)) asked = true;
    return false;
  });
  if (asked && d.ever_light.load()) heavy_barrier(d);
  return asked;
}

/// Whether nobody is inside. Else whoever is will look again after leaving. Under domain::mutex.
bool is_left(domain& d, place& p) noexcept {
  for (;;) {
    const presence who = find(core_of(p), {p});
    if (who.nobody()) return true;
    // Whoever published it only to find it dead came after the disconnect had asked everybody, and
    // may be the last to leave.
    if (!ask_for_attention(d, {p}, who.other)) return false;
  }
}

/// Whether `start` waits, directly or not, for `me`. Under domain::mutex, where all waits begin.
bool waits_for(domain& d, const target& start, const full_record& me,
               std::uint32_t depth) noexcept {
  if (depth > d.record_count) return false;
  return any_record(d, [&](full_record& r) {
    if (!is_inside(r, start)) return false;
    return &r == &me ||
           (r.waiting_for && waits_for(d, {*r.waiting_for, r.waiting_via}, me, depth + 1));
  });
}

/// Nobody is inside, and nobody can come: destroys it, unless another thread does. Under
/// domain::mutex, which is let go; true if it was destroyed here.
bool destroy_left(domain& d, place& p, std::unique_lock<std::mutex>& lock) {
  full_core& c = core_of(p);
  std::optional<destruction> here;
  {
    const std::lock_guard inner(c.mutex);
    here.emplace(c, p);
    if (!claim(p)) return false;
  }
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
    // Longer than a program runs is for ever, and no sum that overflows.
    if (how.nanoseconds > std::chrono::nanoseconds(std::chrono::years(10)).count()) {
      how_.nanoseconds = -1;
    }
    if (how_.nanoseconds > 0) deadline_ += std::chrono::nanoseconds(how_.nanoseconds);
  }

  /// Looks, and waits for one of those inside. Why it gave up is in `why`.
  round look(std::unique_lock<std::mutex>& lock) {
    const presence who = find(core_of(what_.p), what_);
    if (who.nobody()) return round::left;
    // Those inside are asked for attention, and looked at once more: whoever is still there will
    // see the request when it leaves.
    ask_for_attention(domain_, what_, who.other);
    if (!who.me && !is_inside(*who.other, what_)) return round::again;
    if (who.me || !how_.wait) return give_up(disconnect_result::deferred);
    if (waits_for(domain_, what_, me_, 0)) return give_up(disconnect_result::would_deadlock);
    if (how_.nanoseconds >= 0 && clock::now() >= deadline_) {
      return give_up(disconnect_result::timed_out);
    }
    if (!exiting_) {
      // Slow, so only who is about to block asks; and without the mutex, because the dynamic loader
      // has a lock of its own.
      lock.unlock();
      exiting_ = exiting();
      lock.lock();
      return round::again;
    }
    if (*exiting_) return give_up(disconnect_result::deferred);
    ++who.other->waiters;
    me_.waiting_for = &what_.p;
    me_.waiting_via = what_.via;
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
  std::optional<bool> exiting_;
  disconnect_result why_ = disconnect_result::deferred;
};

/// Somebody was inside when the receiver was condemned.
disconnect_result await(full_core& c, place& p, patience how, disconnect_result done) {
  domain& d = *c.home;
  waiting wait(d, {p}, how);
  disconnect_result result = done;
  bool unqueued = false;
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
    // Another thread may have destroyed it without a look at the queue.
    if (lock.owns_lock() && p.body.load() == body_destroyed) unqueued = unqueue(d, p);
  }
  if (unqueued) release(p);
  if (wait.me().attention.load() != 0) settle(wait.me());
  return result;
}

/// A link was taken back: waits until no call runs that was made for it.
disconnect_result await_link(full_core& c, place& p, const bucket* via, patience how,
                             disconnect_result done) {
  domain& d = *c.home;
  {
    const std::lock_guard lock(c.mutex);
    if (quiet(c) || find(c, {p, via}).nobody()) return done;
  }
  waiting wait(d, {p, via}, how);
  waiting::round end = waiting::round::again;
  {
    std::unique_lock lock(d.mutex);
    hold_attention(c);
    while (end == waiting::round::again) end = wait.look(lock);
    drop_attention(c);
  }
  if (wait.me().attention.load() != 0) settle(wait.me());
  return end == waiting::round::left ? done : wait.why();
}

/// Tries without any wait or domain::mutex; under the core's mutex.
bool end_at_once(full_core& c, place& p) noexcept {
  return trivial(p) && (quiet(c) || find(c, {p}).nobody()) && claim(p);
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

void bury(place& p) noexcept {
  place_details& d = *p.details;
  (d.previous_dying ? d.previous_dying->details->next_dying : core_of(p).dying) = d.next_dying;
  if (d.next_dying) d.next_dying->details->previous_dying = d.previous_dying;
  d.next_dying = d.previous_dying = nullptr;
  p.type = nullptr;
  d.where = {"", 0};
  d.identity = {};
  p.body.store_release(body_destroyed);
  if (p.rosters == 0) release_locked(p);
}

void hand_over(place& p, handed_over& used) noexcept {
  full_core& c = core_of(p);
  const std::lock_guard lock(c.mutex);
  // A link that was taken back leaves the receiver to others, who answer for what it uses.
  if (p.details->alive.load_relaxed() || p.body.load_relaxed() == body_destroyed) return;
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without any memory the program ends
  c.followers = new follower{&p, &used, c.followers};
  p.details->followed = true;
  used.refer();
}

follower* take_followers(full_core& c, place& p) noexcept {
  follower* taken = nullptr;
  for (follower** at = &c.followers; *at;) {
    follower* const each = *at;
    if (each->after != &p) {
      at = &each->next;
      continue;
    }
    *at = each->next;
    each->next = taken;
    taken = each;
  }
  p.details->followed = false;
  return taken;
}

bool condemn(section& s, place& p) {
  full_core& c = s.core();
  place_details& d = *p.details;
  if (!d.alive.load_relaxed()) return false;
  d.alive.store_release(false);
  d.next_dying = c.dying;
  if (c.dying) c.dying->details->previous_dying = &p;
  c.dying = &p;
  const bool unread = quiet(c);
  if (unread) {
    p.call.store_release(nullptr);
  } else {
    p.call.exchange(nullptr);
  }
  if (d.identity.kind) c.index.erase(hash_of(d.identity), p);
  c.live.store_release(c.live.load_relaxed() - 1);
  if (!d.extras) {
    leave_gap(c, c.everyone, p, unread);
  } else {
    if (!d.extras->id.empty()) {
      c.index.erase(hash_of(identity_words::of_id(d.extras->id.view())), p);
    }
    if (d.extras->attached) {
      c.keeping -= weight_of(*d.extras->attached);
      if (c.keeping <= 1) remove_mode(c, mode_keeping);
    }
    if (d.extras->trackers) --c.weak;
    if (d.extras->conditional() && --c.conditional == 0) remove_mode(c, mode_conditional);
    for (const link& each : d.extras->links) {
      if (each.to && --each.to->live == 0) {
        bury_bucket(s, *each.to);
      } else {
        leave_gap(c, each.to ? each.to->list : c.everyone, p, unread);
      }
    }
    d.extras->links.clear();
    end_selection(c);
  }
  if (c.live.load_relaxed() <= 1) follow_live(c);
  if (unread) {
    ++c.disconnects;
  } else {
    expose(c);
  }
  if (c.retired) reclaim(c);
  return true;
}

disconnect_result finish(place& p, bool was_alive, patience how, bool tell) noexcept {
  full_core& c = core_of(p);
  // Before it is destroyed, so that whoever hears it can still ask who it was.
  if (was_alive && tell) tell_disconnected(c, p);
  // Whoever waits inside for room in a queue must not be waited for.
  if (was_alive && p.details->extras && p.details->extras->attached) {
    p.details->extras->attached->close();
  }
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

disconnect_result await_links(place& p, const std::vector<const bucket*>& vias, patience how,
                              disconnect_result done) noexcept {
  full_core& c = core_of(p);
  for (const bucket* const via : vias) done = worse(done, await_link(c, p, via, how, done));
  return done;
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
    } else if (p.serial.load_relaxed() == serial) {
      fell = condemn(s, p);
    }
    if (removed.empty() && d.alive.load_relaxed()) return disconnect_result::not_connected;
  }
  if (!p.details->alive.load()) return finish(p, fell, how, true);
  return await_links(p, removed, how, disconnect_result::disconnected);
}

void retract(record& r) noexcept {
  auto& me = static_cast<full_record&>(r);
  // A full fence: who waits for this thread sees that it left, or is seen by what is read next.
  me.first.inside.exchange(nullptr);
  if (me.attention.load() == 0) return;
  // The request stays: there may be something to destroy.
  const std::lock_guard lock(me.home->mutex);
  if (me.waiters != 0) me.left.notify_all();
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
      if (p->body.load() == body_destroyed || is_left(d, *p)) left = p;
    }
    if (left) {
      if (left->body.load() == body_destroyed) {
        unqueue(d, *left);
        lock.unlock();
        release(*left);
      } else {
        destroy_left(d, *left, lock);
      }
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

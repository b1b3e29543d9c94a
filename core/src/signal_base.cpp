#include <aldis/detail/signal_base.hpp>

#include "topics.hpp"

#include <algorithm>

namespace aldis {

using namespace detail;

namespace {

struct ending {
  connection where;
  bool was_alive;

  ending(place& p, bool alive) : where(connection_access::adopt(refer(p))), was_alive(alive) {}
  place& what() const noexcept { return *connection_access::get(where); }
};

/// All receivers, condemned; and those that are condemned already, but not destroyed.
std::vector<ending> condemn_all(full_core& c) {
  std::vector<ending> all;
  section s(c);
  for (place* p = c.dying; p; p = p->details->next_dying) all.emplace_back(*p, false);
  each_place(c, [&](place& p) { all.emplace_back(p, true); });
  for (const ending& each : all) {
    if (each.was_alive) condemn(s, each.what());
  }
  return all;
}

disconnect_result finish_all(const std::vector<ending>& all, bool tell) noexcept {
  disconnect_result result = disconnect_result::not_connected;
  for (const ending& each : all) {
    result = worse(result, finish(each.what(), each.was_alive, {}, tell));
  }
  return result;
}

void sweep_if_weak(full_core& c) {
  section s(c);
  if (c.weak != 0) sweep(s);
}

/// The equal receivers, and those of them that are not destroyed yet.
std::vector<ending> equal_receivers(section& s, const identity_words& who) {
  std::vector<ending> found;
  full_core& c = s.core();
  c.index.find(hash_of(who), [&](place& p) {
    if (is_receiver(p, who)) found.emplace_back(p, true);
    return false;
  });
  // Those whose object is gone are not connected, even if nobody has noticed yet.
  for (ending& each : found) {
    const place_extras* const x = each.what().details->extras;
    if (!x || !x->expired()) continue;
    s.fell(each.what(), false);
    each.was_alive = false;
  }
  for (place* p = c.dying; p; p = p->details->next_dying) {
    const auto known = [&](const ending& each) { return &each.what() == p; };
    if (is_receiver(*p, who) && std::none_of(found.begin(), found.end(), known)) {
      found.emplace_back(*p, false);
    }
  }
  return found;
}

/// False if there is no such link. With the last one the receiver is condemned.
bool take_link(section& s, place& p, const bucket& to) {
  if (!p.details->extras) return false;
  const auto& links = p.details->extras->links;
  const auto found =
      std::find_if(links.begin(), links.end(), [&](const link& l) { return l.to == &to; });
  if (found == links.end()) return false;
  if (!remove_link(s, p, static_cast<std::size_t>(found - links.begin()))) condemn(s, p);
  return true;
}

/// Whatever calls may have been made through: the sender's bucket, and those it had before.
std::vector<const bucket*> buckets_of(full_core& c, const key_view& sender) {
  std::vector<const bucket*> found;
  if (const bucket* const b = find_bucket(c, sender)) found.push_back(b);
  for (const block* b = c.retired; b; b = b->next_retired) {
    if (b->what != block::kind::bucket) continue;
    const auto* const old = static_cast<const sender_bucket*>(b);
    if (equal(old->key, sender)) found.push_back(old);
  }
  return found;
}

}  // namespace

namespace detail {

disconnect_result disconnect(core* from, const identity_words& receiver) {
  if (!from) return disconnect_result::not_connected;
  full_core& c = full(*from);
  std::vector<ending> found;
  {
    section s(c);
    found = equal_receivers(s, receiver);
    for (const ending& each : found) {
      if (each.was_alive) condemn(s, each.what());
    }
  }
  return finish_all(found, true);
}

namespace {

/// One link of each equal receiver. `all_of` finds the buckets that it had, `now` the one it has.
template <class AllOf, class Now>
disconnect_result disconnect_one(full_core& c, const identity_words& receiver, const AllOf& all_of,
                                 const Now& now) {
  std::vector<ending> found;
  std::vector<bool> linked;
  std::vector<const bucket*> vias;
  {
    section s(c);
    found = equal_receivers(s, receiver);
    vias = all_of();
    const bucket* const b = now();
    // From here on nothing is allocated: a link must not be gone and nobody told.
    linked.reserve(found.size());
    for (ending& each : found) {
      const bool was_linked = b && each.was_alive && take_link(s, each.what(), *b);
      linked.push_back(was_linked);
      // With its last link it falls.
      each.was_alive = was_linked && !each.what().details->alive.load_relaxed();
    }
  }
  disconnect_result result = disconnect_result::not_connected;
  for (std::size_t i = 0; i < found.size(); ++i) {
    place& p = found[i].what();
    if (found[i].was_alive) {
      result = worse(result, finish(p, true, {}, true));
    } else {
      // Calls that were made for the link, be it gone now or before, may still be running.
      result = worse(result, await_links(p, vias, {},
                                         linked[i] ? disconnect_result::disconnected
                                                   : disconnect_result::not_connected));
    }
  }
  return result;
}

}  // namespace

disconnect_result disconnect(core* from, const identity_words& receiver,
                             const sender_choice& sender) {
  if (!from) return disconnect_result::not_connected;
  full_core& c = full(*from);
  return disconnect_one(
      c, receiver, [&] { return buckets_of(c, sender.key); },
      [&] { return find_bucket(c, sender.key); });
}

disconnect_result disconnect(core* from, const identity_words& receiver, text_view pattern) {
  if (!from) return disconnect_result::not_connected;
  full_core& c = full(*from);
  return disconnect_one(
      c, receiver, [&] { return patterns_of(c, pattern); },
      [&] { return find_pattern(c, pattern); });
}

bool is_connected(core* to, const identity_words& receiver) {
  if (!to) return false;
  full_core& c = full(*to);
  const std::lock_guard lock(c.mutex);
  return c.index.find(hash_of(receiver), [&](place& p) {
    return is_receiver(p, receiver) && !(p.details->extras && p.details->extras->expired());
  }) != nullptr;
}

bool has_receivers_for(core* of, const key_view& sender) {
  if (!of) return false;
  full_core& c = full(*of);
  const std::lock_guard lock(c.mutex);
  if (c.mutes != 0) return false;
  const auto would_be_called = [&](const roster& r) {
    const std::uint32_t count = r.count.load_relaxed();
    return std::any_of(r.places, r.places + count, [&](const atomic<place*>& entry) {
      const place* const p = entry.load_relaxed();
      if (is_struck(p) || !p->call.load_relaxed()) return false;
      const place_extras* const x = p->details->extras;
      return !x || (!x->expired() && !excludes(*x, sender));
    });
  };
  if (would_be_called(*c.everyone.load_relaxed())) return true;
  if (sender.what == key_view::kind::text) {
    for (const roster* r : matching_rosters(c, {sender.text, sender.size})) {
      if (would_be_called(*r)) return true;
    }
  }
  const sender_bucket* const b = find_bucket(c, sender);
  if (!b) return false;
  const weak_owner* const owner = b->lives_with.load_relaxed();
  return !(owner && owner->expired()) && would_be_called(*b->list.load_relaxed());
}

connection connection_of(place* p) noexcept { return connection_access::adopt(refer(*p)); }

}  // namespace detail

namespace {

/// Neither it nor the sender of its first link has expired: for sure somebody.
bool surely_connected(const place_details& d) noexcept {
  if (!d.alive.load_relaxed()) return false;
  if (!d.extras) return true;
  if (d.extras->expired() || d.extras->links.empty()) return false;
  const sender_bucket* const b = as_sender(d.extras->links.front().to);
  const weak_owner* const owner = b ? b->lives_with.load_relaxed() : nullptr;
  return !owner || !owner->expired();
}

/// The first that is found will do, so that the weak ones behind it cost nothing.
bool any_surely_connected(full_core& c) {
  const std::lock_guard lock(c.mutex);
  for (const slab* row : {c.slabs, c.full_slabs}) {
    for (const slab* s = row; s; s = s->next) {
      for (std::uint32_t i = 0; i < s->capacity; ++i) {
        if (surely_connected(s->details[i])) return true;
      }
    }
  }
  return false;
}

}  // namespace

bool signal_base::has_receivers() const {
  core* const of = core_.load_acquire();
  if (!of || receivers_of(*of) == 0) return false;
  if ((of->mode.load_acquire() & (mode_conditional | mode_selective)) == 0) return true;
  return any_surely_connected(full(*of)) || size() != 0;
}

std::size_t signal_base::size() const {
  core* const of = core_.load_acquire();
  if (!of) return 0;
  full_core& c = full(*of);
  if ((c.mode.load_acquire() & (mode_conditional | mode_selective)) != 0) sweep_if_weak(c);
  return static_cast<std::size_t>(receivers_of(c));
}

disconnect_result signal_base::disconnect_all() {
  core* const of = core_.load_acquire();
  return of ? finish_all(condemn_all(full(*of)), true) : disconnect_result::not_connected;
}

signal_mute signal_base::mute() { return signal_mute(&core_made(core_)); }

bool signal_base::muted() const noexcept {
  const core* const of = core_.load_acquire();
  return of && (of->mode.load_acquire() & mode_muted) != 0;
}

void signal_base::count_calls(bool on) {
  full_core& c = core_made(core_);
  const std::lock_guard lock(c.mutex);
  if (on) {
    add_mode(c, mode_counting);
  } else {
    remove_mode(c, mode_counting);
  }
}

namespace {

meta_signals& meta_of(full_core& c) {
  if (meta_signals* const known = c.meta.load_acquire()) return *known;
  auto made = std::make_unique<meta_signals>();
  meta_signals* expected = nullptr;
  return c.meta.compare_exchange(expected, made.get()) ? *made.release() : *expected;
}

}  // namespace

signal<void(const connection&)>& signal_base::receiver_connected() {
  return meta_of(core_made(core_)).connected;
}

signal<void(const connection&)>& signal_base::receiver_disconnected() {
  return meta_of(core_made(core_)).disconnected;
}

signal<void(const connection&, std::exception_ptr)>& signal_base::receiver_failed() {
  return meta_of(core_made(core_)).failed;
}

signal_base& signal_base::operator=(signal_base&& other) noexcept {
  if (this != &other) {
    if (core_.load_relaxed() != nullptr) destroy();
    core_.store(other.core_.exchange(nullptr));
  }
  return *this;
}

namespace {

void end_core(full_core& c) noexcept {
  domain& d = *c.home;
  {
    const std::lock_guard lock(c.mutex);
    // Every send of it ends after the receiver that is running.
    add_mode(c, mode_ended);
  }
  finish_all(condemn_all(c), false);
  if (meta_signals* const meta = c.meta.load_acquire()) {
    // Now, not with the core: their receivers may hold connections, which hold the core.
    meta->connected.disconnect_all();
    meta->disconnected.disconnect_all();
    meta->failed.disconnect_all();
  }

  orphans gone;
  const std::lock_guard lock(d.mutex);
  {
    const std::lock_guard inner(c.mutex);
    c.orphan = true;
  }
  c.next_orphan = d.orphans;
  d.orphans = &c;
  gone.take_from(d);
}

}  // namespace

void signal_base::destroy() noexcept {
  // A receiver may connect while the others are waited for.
  while (core* const c = core_.exchange(nullptr)) end_core(full(*c));
}

}  // namespace aldis

#include <aldis/detail/signal_base.hpp>

#include "state.hpp"

#include <algorithm>

namespace aldis {

using namespace detail;

namespace {

/// All receivers, condemned and chained by place_details::next; each with a reference.
place* condemn_all(full_core& c) {
  section s(c);
  place* chain = nullptr;
  each_place(c, [&](place& p) {
    refer(p);
    p.details->next = chain;
    chain = &p;
  });
  for (place* p = chain; p; p = p->details->next) condemn(s, *p);
  return chain;
}

disconnect_result finish_all(place* chain, bool tell) noexcept {
  disconnect_result result = disconnect_result::not_connected;
  while (chain) {
    place& p = *std::exchange(chain, chain->details->next);
    p.details->next = nullptr;
    result = worse(result, finish(p, true, {}, tell));
    release(p);
  }
  return result;
}

void sweep_if_weak(full_core& c) {
  section s(c);
  if (c.weak != 0) sweep(s);
}

std::vector<place*> equal_receivers(section& s, const identity_words& who) {
  std::vector<place*> found;
  s.core().index.find(hash_of(who), [&](place& p) {
    if (is_receiver(p, who)) found.push_back(refer(p));
    return false;
  });
  // Those whose object is gone are not connected, even if nobody has noticed yet.
  std::erase_if(found, [&](place* p) {
    if (!p->details->extras || !p->details->extras->expired()) return false;
    s.fell(*p, false);
    release_locked(*p);
    return true;
  });
  return found;
}

}  // namespace

namespace detail {

disconnect_result disconnect(core* from, const identity_words& receiver) {
  if (!from) return disconnect_result::not_connected;
  full_core& c = full(*from);
  std::vector<place*> found;
  {
    section s(c);
    found = equal_receivers(s, receiver);
    for (place* const p : found) condemn(s, *p);
  }
  disconnect_result result = disconnect_result::not_connected;
  for (place* const p : found) {
    result = worse(result, finish(*p, true, {}, true));
    release(*p);
  }
  return result;
}

disconnect_result disconnect(core* from, const identity_words& receiver,
                             const sender_choice& sender) {
  if (!from) return disconnect_result::not_connected;
  full_core& c = full(*from);
  std::vector<std::pair<place*, std::uint64_t>> found;
  {
    section s(c);
    const bucket* const b = find_bucket(c, sender.key);
    for (place* const p : equal_receivers(s, receiver)) {
      std::uint64_t own = 0;
      if (b && p->details->extras) {
        for (link& each : p->details->extras->links) {
          // A serial of its own: links that one connect made share one.
          if (each.to == b) own = each.serial = ++c.serial;
        }
      }
      if (own != 0) {
        found.emplace_back(p, own);
      } else {
        release_locked(*p);
      }
    }
  }
  disconnect_result result = disconnect_result::not_connected;
  for (const auto& [p, link] : found) {
    result = worse(result, disconnect_link(*p, link, {}));
    release(*p);
  }
  return result;
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
  const bucket* const b = find_bucket(c, sender);
  if (!b) return false;
  const weak_owner* const owner = b->lives_with.load_relaxed();
  return !(owner && owner->expired()) && would_be_called(*b->list.load_relaxed());
}

connection connection_of(place* p) noexcept { return connection_access::adopt(refer(*p)); }

}  // namespace detail

bool signal_base::has_receivers() const { return size() != 0; }

std::size_t signal_base::size() const {
  core* const of = core_.load_acquire();
  if (!of) return 0;
  full_core& c = full(*of);
  if ((c.mode.load_acquire() & (mode_conditional | mode_selective)) != 0) sweep_if_weak(c);
  return static_cast<std::size_t>(c.live.load_acquire());
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

signal_base& signal_base::operator=(signal_base&& other) noexcept {
  if (this != &other) {
    if (core_.load_relaxed() != nullptr) destroy();
    core_.store(other.core_.exchange(nullptr));
  }
  return *this;
}

void signal_base::destroy() noexcept {
  full_core& c = full(*core_.exchange(nullptr));
  domain& d = *c.home;
  {
    const std::lock_guard lock(c.mutex);
    // Every send of it ends after the receiver that is running.
    add_mode(c, mode_ended);
  }
  finish_all(condemn_all(c), false);

  orphans gone;
  const std::lock_guard lock(d.mutex);
  {
    const std::lock_guard inner(c.mutex);
    c.orphan = true;
  }
  c.next_orphan = d.orphans;
  d.orphans = &c;
  gone.take_from(d);
  if (d.orphans && d.ever_light.load()) {
    // Somebody is inside, and asked to look after leaving; the request must reach light sends too.
    heavy_barrier(d);
    gone.take_from(d);
  }
}

}  // namespace aldis

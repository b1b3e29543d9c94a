// Connecting: places get their receivers, receivers their links.

#include "state.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace aldis::detail {

namespace {

bool needs_extras(const connect_request& request) noexcept {
  return request.filters || request.trackers || request.not_from || request.times != 0 ||
         request.from || !request.id.empty() || !request.label.empty();
}

std::unique_ptr<place_extras> make_extras(connect_request& request) {
  if (!needs_extras(request)) return nullptr;
  auto x = std::make_unique<place_extras>();
  x->id = std::move(request.id);
  x->label = std::move(request.label);
  x->filters = std::exchange(request.filters, nullptr);
  x->trackers = std::exchange(request.trackers, nullptr);
  x->not_from = std::exchange(request.not_from, nullptr);
  x->numbered = request.times != 0;
  x->remaining.store_relaxed(request.times);
  return x;
}

/// False if the receiver listens to `to` already.
bool add_link(full_core& c, place& p, bucket* to, std::uint64_t serial) {
  auto& links = p.details->extras->links;
  if (std::any_of(links.begin(), links.end(), [&](const link& l) { return l.to == to; })) {
    return false;
  }
  links.reserve(links.size() + 1);
  insert(c, to ? to->list : c.everyone, p);
  if (to) ++to->live;
  links.push_back({to, serial});
  return true;
}

/// To every sender, or to those that the request chose. The links share one serial; 0 if all were
/// there already.
std::uint64_t add_links(section& s, place& p, sender_choice* from) {
  full_core& c = s.core();
  const std::uint64_t serial = ++c.serial;
  if (!from) return add_link(c, p, nullptr, serial) ? serial : 0;
  bool added = false;
  for (sender_choice* choice = from; choice; choice = choice->next) {
    bucket& b = bucket_for(s, *choice);
    try {
      added |= add_link(c, p, &b, serial);
    } catch (...) {
      if (b.live == 0) bury_bucket(s, b);
      throw;
    }
  }
  return added ? serial : 0;
}

/// A plain receiver listens to everybody and has no list of links; now it needs one.
void list_links(place& p) {
  if (p.details->extras) return;
  auto x = std::make_unique<place_extras>();
  x->links.push_back({nullptr, p.serial});
  p.details->extras = x.release();
}

void drop_expired_links(section& s, place& p) {
  if (!p.details->extras) return;
  std::vector<bucket*> gone;
  for (const link& each : p.details->extras->links) {
    const weak_owner* const owner = each.to ? each.to->lives_with.load_relaxed() : nullptr;
    if (owner && owner->expired()) gone.push_back(each.to);
  }
  for (bucket* const b : gone) drop_bucket(s, *b);
}

/// An equal receiver that is connected already, to which links can be added.
place* known_receiver(section& s, const connect_request& request, std::uint64_t hash) {
  place* expired = nullptr;
  place* const known = s.core().index.find(hash, [&](place& p) {
    if (!p.details->mergeable || !is_receiver(p, request.identity)) return false;
    if (!p.details->extras || !p.details->extras->expired()) return true;
    expired = &p;
    return false;
  });
  // Objects and senders that are gone: others were made at their addresses.
  if (expired) s.fell(*expired, false);
  if (known) drop_expired_links(s, *known);
  return known && known->details->alive.load_relaxed() ? known : nullptr;
}

void replace_id(section& s, text_view id) {
  const identity_words who = identity_words::of_id(id);
  place* const old =
      s.core().index.find(hash_of(who), [&](place& p) { return is_receiver(p, who); });
  if (!old) return;
  s.fell(*old, true);
}

connected join_known(section& s, place& p, connect_request& request) {
  if (request.has_priority && request.priority != p.priority) {
    throw std::invalid_argument(
        "aldis: this receiver is connected with priority " + std::to_string(p.priority) +
        "; disconnect it before giving it priority " + std::to_string(request.priority));
  }
  // Listening to everybody includes each sender, but a link of its own can be taken back alone.
  if (request.from || p.details->extras) list_links(p);
  const std::uint64_t link = p.details->extras ? add_links(s, p, request.from) : 0;
  return {refer(p), link};
}

/// From here on a send may call it.
void open(full_core& c, place& p) {
  place_details& d = *p.details;
  d.call = d.extras && d.extras->conditional() ? d.call : p.type->call;
  p.call.store_release(d.call);
  c.live.store_release(c.live.load_relaxed() + 1);
}

void move_in(place& p, connect_request& request) noexcept {
  p.type = std::exchange(request.type, nullptr);
  if (p.type->relocate) {
    p.type->relocate(request.storage, p.storage);
  } else {
    p.storage[0] = request.storage[0];
    p.storage[1] = request.storage[1];
  }
}

/// Conditional receivers are never called the short way.
void turn_conditional(full_core& c) noexcept {
  if (c.conditional++ == 0 && (add_mode(c, mode_conditional) & mode_conditional) == 0) expose(c);
}

/// Nor are those that are called after the send: it must not end without what they keep.
void turn_keeping(full_core& c) noexcept {
  if (c.keeping++ == 0 && (add_mode(c, mode_keeping) & mode_keeping) == 0) expose(c);
}

connected join_new(section& s, connect_request& request, std::unique_ptr<place_extras> extras,
                   std::uint64_t hash, bool mergeable) {
  full_core& c = s.core();
  // Before anything is taken: its entries are then put in without allocating.
  if (request.identity.kind || extras) c.index.reserve(2);
  place& p = take_place(c);
  place_details& d = *p.details;
  d.where = request.where;
  d.extras = extras.release();
  d.mergeable = mergeable;
  d.attached = std::exchange(request.attached, nullptr);
  d.call = request.conditional_call;
  p.priority = request.priority;
  if (request.type->relocate) {
    // The receiver's own move constructor runs, so without the lock; the place is nobody else's
    // yet.
    s.unlocked([&] { move_in(p, request); });
  } else {
    move_in(p, request);
  }

  p.serial = ++c.serial;
  std::uint64_t link = p.serial;
  d.alive.store_release(true);
  if (d.extras && !d.extras->id.empty()) {
    const text_view id = d.extras->id.view();
    replace_id(s, id);
    c.index.insert(hash_of(identity_words::of_id(id)), p);
  }
  if (request.identity.kind) {
    d.identity = request.identity;
    d.identity_hash = hash;
    c.index.insert(hash, p);
  }
  if (d.extras && d.extras->trackers) ++c.weak;
  if (d.extras && d.extras->conditional()) turn_conditional(c);
  if (d.attached) turn_keeping(c);
  try {
    if (d.extras) {
      link = add_links(s, p, request.from);
    } else {
      insert(c, c.everyone, p);
    }
  } catch (...) {
    c.live.store_release(c.live.load_relaxed() + 1);
    s.fell(p, false);
    release_locked(p);
    throw;
  }
  open(c, p);
  return {&p, link};
}

}  // namespace

std::uint64_t hash_of(const identity_words& who) noexcept {
  if (who.is_id()) return hash_of({key_view::kind::text, 0, who.id().data, who.id().size});
  std::uint64_t h = 0;
  for (void* const word : who.words) {
    const auto bits = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(word));
    h = hash_of({key_view::kind::object, bits + h, nullptr, 0});
  }
  return h;
}

bool is_receiver(const place& p, const identity_words& who) noexcept {
  const place_details& d = *p.details;
  if (who.is_id()) return d.extras && !d.extras->id.empty() && d.extras->id.view() == who.id();
  return d.identity.kind && text_view(d.identity.kind) == text_view(who.kind) &&
         std::equal(std::begin(who.words), std::end(who.words), std::begin(d.identity.words));
}

connected connect(atomic<core*>& owner, connect_request& request) {
  full_core& c = core_made(owner);
  const bool mergeable = request.identity.kind && request.id.empty() && !request.filters &&
                         !request.not_from && request.times == 0 && !request.tracked &&
                         !request.apart;
  const std::uint64_t hash = request.identity.kind ? hash_of(request.identity) : 0;
  std::unique_ptr<place_extras> extras = make_extras(request);
  connected made;
  {
    section s(c);
    if (c.weak != 0 && c.serial >= c.sweep_at) sweep(s);
    if (place* const known = mergeable ? known_receiver(s, request, hash) : nullptr) {
      return join_known(s, *known, request);
    }
    made = join_new(s, request, std::move(extras), hash, mergeable);
  }
  if (c.meta.load_acquire()) {
    try {
      tell_connected(c, *made.where);
    } catch (...) {
      disconnect_place(*made.where, {});
      release(*made.where);
      throw;
    }
  }
  return made;
}

bool remove_link(section& s, place& p, std::size_t which) {
  full_core& c = s.core();
  auto& links = p.details->extras->links;
  if (links.size() == 1) return false;
  bucket* const to = links[which].to;
  links.erase(links.begin() + static_cast<std::ptrdiff_t>(which));
  strike(c, to ? to->list : c.everyone, p);
  expose(c);
  if (to && --to->live == 0) bury_bucket(s, *to);
  return true;
}

void sweep(section& s) {
  full_core& c = s.core();
  if (selection_table* const t = c.table.load_relaxed()) {
    std::vector<bucket*> gone;
    for (std::uint32_t i = 0; i <= t->mask; ++i) {
      bucket* const b = t->slots[i].found.load_relaxed();
      const weak_owner* const owner = b ? b->lives_with.load_relaxed() : nullptr;
      if (owner && owner->expired()) gone.push_back(b);
    }
    for (bucket* const b : gone) drop_bucket(s, *b);
  }
  // Gathered first: what falls may let slabs go.
  std::vector<place*> gone;
  each_place(c, [&](place& p) {
    if (p.details->extras && p.details->extras->expired()) gone.push_back(&p);
  });
  for (place* const p : gone) s.fell(*p, false);
  c.sweep_at = c.serial + c.live.load() + 8;
}

}  // namespace aldis::detail

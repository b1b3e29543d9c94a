// Connecting: places get their receivers, receivers their links.

#include <aldis/detail/signal_link.hpp>

#include "topics.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace aldis::detail {

namespace {

bool needs_extras(const connect_request& request) noexcept {
  return request.attached || request.filters || request.trackers || request.not_from ||
         request.times != 0 || request.from || request.topics || !request.id.empty() ||
         !request.label.empty();
}

std::unique_ptr<place_extras> make_extras(connect_request& request) {
  if (!needs_extras(request)) return nullptr;
  auto x = std::make_unique<place_extras>();
  x->id = std::move(request.id);
  x->label = std::move(request.label);
  x->filters = std::exchange(request.filters, nullptr);
  x->trackers = std::exchange(request.trackers, nullptr);
  x->not_from = std::exchange(request.not_from, nullptr);
  x->attached = std::exchange(request.attached, nullptr);
  x->numbered = request.times != 0;
  x->remaining.store_relaxed(request.times);
  return x;
}

bool listens(const place& p, const bucket* to) {
  const auto& links = p.details->extras->links;
  // One receiver may have very many senders, and one sender very many receivers; seldom both.
  const roster* const list = to ? to->list.load_relaxed() : nullptr;
  if (!list || links.size() < list->count.load_relaxed()) {
    return std::any_of(links.begin(), links.end(), [&](const link& l) { return l.to == to; });
  }
  return std::any_of(list->places, list->places + list->count.load_relaxed(),
                     [&](const atomic<place*>& each) { return each.load_relaxed() == &p; });
}

/// False if the receiver listens to `to` already.
bool add_link(full_core& c, place& p, bucket* to, std::uint64_t serial) {
  if (listens(p, to)) return false;
  auto& links = p.details->extras->links;
  if (links.size() == links.capacity()) links.reserve(links.size() * 2 + 1);
  insert(c, to ? to->list : c.everyone, p);
  if (to) ++to->live;
  links.push_back({to, serial});
  return true;
}

/// To every sender, or to those and the topics that the request chose. The links share one serial;
/// 0 if all were there already.
std::uint64_t add_links(section& s, place& p, const connect_request& request) {
  full_core& c = s.core();
  const std::uint64_t serial = ++c.serial;
  if (!request.from && !request.topics) return add_link(c, p, nullptr, serial) ? serial : 0;
  bool added = false;
  const auto add = [&](bucket& b) {
    try {
      added |= add_link(c, p, &b, serial);
    } catch (...) {
      if (b.live == 0) bury_bucket(s, b);
      throw;
    }
  };
  for (sender_choice* each = request.from; each; each = each->next) add(bucket_for(s, *each));
  for (const topic_choice* each = request.topics; each; each = each->next) {
    add(pattern_for(s, each->pattern.view()));
    c.patterns.load_relaxed()->latest.store_release(serial);
  }
  return added ? serial : 0;
}

/// A plain receiver listens to everybody and has no list of links; now it needs one.
void list_links(place& p) {
  if (p.details->extras) return;
  auto x = std::make_unique<place_extras>();
  x->links.push_back({nullptr, p.serial.load_relaxed()});
  p.details->extras = x.release();
}

void drop_expired_links(section& s, place& p) {
  if (!p.details->extras) return;
  std::vector<sender_bucket*> gone;
  for (const link& each : p.details->extras->links) {
    sender_bucket* const b = as_sender(each.to);
    const weak_owner* const owner = b ? b->lives_with.load_relaxed() : nullptr;
    if (owner && owner->expired()) gone.push_back(b);
  }
  for (sender_bucket* const b : gone) drop_bucket(s, *b);
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

place* find_id(const full_core& c, text_view id) {
  const identity_words who = identity_words::of_id(id);
  return c.index.find(hash_of(who), [&](place& p) { return is_receiver(p, who); });
}

connected join_known(section& s, place& p, connect_request& request) {
  if (request.has_priority && request.priority != p.priority) {
    throw std::invalid_argument(
        "aldis: this receiver is connected with priority " + std::to_string(p.priority) +
        "; disconnect it before giving it priority " + std::to_string(request.priority));
  }
  // Listening to everybody includes each sender, but a link of its own can be taken back alone.
  if (request.from || request.topics || p.details->extras) list_links(p);
  const std::uint64_t link = p.details->extras ? add_links(s, p, request) : 0;
  return {refer(p), link};
}

/// A place of its own for the receiver, which nobody calls yet.
place& move_in(section& s, moving_receiver& receiver) {
  full_core& c = s.core();
  place& p = take_place(c);
  place_details& d = *p.details;
  d.where = receiver.where;
  p.type = std::exchange(receiver.type, nullptr);
  if (p.type->relocate) {
    // The receiver's own move constructor runs, so without the lock; the place is nobody else's
    // yet.
    s.unlocked([&] { p.type->relocate(receiver.storage, p.storage); });
  } else {
    p.storage[0] = receiver.storage[0];
    p.storage[1] = receiver.storage[1];
  }
  p.serial.store_relaxed(++c.serial);
  d.alive.store_release(true);
  return p;
}

/// From here on a send may call it.
void open(full_core& c, place& p) {
  p.call.store_release(call_of(p));
  const std::uint64_t live = c.live.load_relaxed() + 1;
  c.live.store_release(live);
  if (live <= 2) follow_live(c);
}

/// It found no room in its rosters.
void move_out(section& s, place& p) {
  full_core& c = s.core();
  c.live.store_release(c.live.load_relaxed() + 1);
  s.fell(p, false);
  release_locked(p);
}

/// Conditional receivers are never called the short way.
void turn_conditional(full_core& c) noexcept {
  if (c.conditional++ == 0 && (add_mode(c, mode_conditional) & mode_conditional) == 0) expose(c);
}

/// Nor are those that share arguments. A send that is under way may still copy them for each.
void turn_keeping(full_core& c, const attachment& late) noexcept {
  c.keeping += weight_of(late);
  if (c.keeping > 1) add_mode(c, mode_keeping);
}

/// Takes the extras over once there is a place for them; they are the user's, and must not end
/// here, under the mutex.
connected join_new(section& s, connect_request& request, std::unique_ptr<place_extras>& extras,
                   std::uint64_t hash, bool mergeable) {
  full_core& c = s.core();
  place& p = move_in(s, request);
  place_details& d = *p.details;
  d.extras = extras.release();
  d.mergeable = mergeable;
  p.priority = request.priority;
  if (d.extras && d.extras->trackers) ++c.weak;
  if (d.extras && d.extras->conditional()) {
    d.extras->conditional_call = request.conditional_call;
    turn_conditional(c);
  }
  if (d.extras && d.extras->attached) {
    d.extras->attached->connected(p);
    turn_keeping(c, *d.extras->attached);
  }
  std::uint64_t link = p.serial.load_relaxed();
  place* replaced = nullptr;
  try {
    if (d.extras && !d.extras->id.empty()) {
      const text_view id = d.extras->id.view();
      replaced = find_id(c, id);
      c.index.insert(hash_of(identity_words::of_id(id)), p);
    }
    if (request.identity.kind) {
      c.index.insert(hash, p);
      d.identity = request.identity;
    }
    if (d.extras) {
      link = add_links(s, p, request);
    } else {
      insert(c, c.everyone, p);
    }
  } catch (...) {
    move_out(s, p);
    throw;
  }
  if (replaced) s.fell(*replaced, true);
  open(c, p);
  return {&p, link};
}

void sweep_if_due(section& s) {
  if (s.core().weak != 0 && s.core().serial >= s.core().sweep_at) sweep(s);
}

/// If a receiver of the meta-signal throws, nothing was connected.
void tell_or_undo(full_core& c, place& p) {
  try {
    tell_connected(c, p);
  } catch (...) {
    disconnect_place(p, {});
    release(p);
    throw;
  }
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
  if (request.identity.kind && text_view(request.identity.kind) == text_view(link_kind)) {
    core& target = *static_cast<core*>(request.identity.words[0]);
    if (&target == &c) {
      throw std::invalid_argument("aldis: a signal cannot be connected to itself");
    }
    append(request.trackers, life_of(target));
  }
  const bool mergeable = request.identity.kind && request.id.empty() && !request.filters &&
                         !request.not_from && request.times == 0 && !request.tracked &&
                         !request.apart;
  const std::uint64_t hash = request.identity.kind ? hash_of(request.identity) : 0;
  std::unique_ptr<place_extras> extras = make_extras(request);
  connected made;
  {
    section s(c);
    sweep_if_due(s);
    if (place* const known = mergeable ? known_receiver(s, request, hash) : nullptr) {
      return join_known(s, *known, request);
    }
    made = join_new(s, request, extras, hash, mergeable);
  }
  if (c.meta.load_acquire()) tell_or_undo(c, *made.where);
  return made;
}

connected connect_plain(atomic<core*>& owner, moving_receiver& plain) {
  full_core& c = core_made(owner);
  place* made;
  {
    section s(c);
    sweep_if_due(s);
    made = &move_in(s, plain);
    try {
      insert(c, c.everyone, *made);
    } catch (...) {
      move_out(s, *made);
      throw;
    }
    open(c, *made);
  }
  if (c.meta.load_acquire()) tell_or_undo(c, *made);
  return {made, made->serial.load_relaxed()};
}

bool remove_link(section& s, place& p, std::size_t which) {
  full_core& c = s.core();
  auto& links = p.details->extras->links;
  if (links.size() == 1) return false;
  bucket* const to = links[which].to;
  links.erase(links.begin() + static_cast<std::ptrdiff_t>(which));
  strike(c, to ? to->list : c.everyone, p);
  if (to && to->what == block::kind::pattern) forget_matches(c, p);
  expose(c);
  tidy(c, to ? to->list : c.everyone, quiet(c));
  if (to && --to->live == 0) bury_bucket(s, *to);
  end_selection(c);
  return true;
}

void sweep(section& s) {
  full_core& c = s.core();
  if (selection_table* const t = c.table.load_relaxed()) {
    std::vector<sender_bucket*> gone;
    for (std::uint32_t i = 0; i <= t->mask; ++i) {
      sender_bucket* const b = t->slots[i].found.load_relaxed();
      const weak_owner* const owner = b ? b->lives_with.load_relaxed() : nullptr;
      if (owner && owner->expired()) gone.push_back(b);
    }
    for (sender_bucket* const b : gone) drop_bucket(s, *b);
  }
  // Gathered first: what falls may let slabs go.
  std::vector<place*> gone;
  each_place(c, [&](place& p) {
    if (p.details->extras && p.details->extras->expired()) gone.push_back(&p);
  });
  for (place* const p : gone) s.fell(*p, false);
  c.sweep_at = c.serial + receivers_of(c) + 8;
}

}  // namespace aldis::detail

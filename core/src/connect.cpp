// Connecting: slots get their receivers, receivers their subscriptions.

#include "connect.hpp"

#include <aldis/detail/signal_link.hpp>

#include "disconnect.hpp"
#include "locked_section.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "slots.hpp"
#include "topics.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace aldis::detail {

namespace {

bool needs_options(const connect_request& request) noexcept {
  return request.extension || request.filters || request.trackers || request.not_from ||
         request.times != 0 || request.from || request.topics || !request.id.empty() ||
         !request.label.empty();
}

std::unique_ptr<slot_options> make_options(connect_request& request) {
  if (!needs_options(request)) return nullptr;
  auto x = std::make_unique<slot_options>();
  x->id = std::move(request.id);
  x->label = std::move(request.label);
  x->filters = std::exchange(request.filters, nullptr);
  x->trackers = std::exchange(request.trackers, nullptr);
  x->not_from = std::exchange(request.not_from, nullptr);
  x->extension = std::exchange(request.extension, nullptr);
  x->numbered = request.times != 0;
  x->remaining.store_relaxed(request.times);
  return x;
}

bool listens(const receiver_slot& slot, const subscriber_group* to) {
  const auto& subscriptions = slot.metadata->options->subscriptions;
  // One receiver may have very many senders, and one sender very many receivers; seldom both.
  const slot_list* const list = to ? to->list.load_relaxed() : nullptr;
  if (!list || subscriptions.size() < list->count.load_relaxed()) {
    return std::any_of(
        subscriptions.begin(), subscriptions.end(),
        [&](const subscription& each_subscription) { return each_subscription.to == to; });
  }
  return std::any_of(
      list->entries, list->entries + list->count.load_relaxed(),
      [&](const atomic<receiver_slot*>& each) { return each.load_relaxed() == &slot; });
}

/// False if the receiver listens to `to` already.
bool add_subscription(signal_impl& signal, receiver_slot& slot, subscriber_group* to,
                      std::uint64_t serial) {
  if (listens(slot, to)) return false;
  auto& subscriptions = slot.metadata->options->subscriptions;
  if (subscriptions.size() == subscriptions.capacity())
    subscriptions.reserve(subscriptions.size() * 2 + 1);
  insert(signal, to ? to->list : signal.unfiltered, slot);
  if (to) ++to->live;
  subscriptions.push_back({to, serial});
  return true;
}

/// To every sender, or to those and the topics that the request chose. The subscriptions share one
/// serial; 0 if all were there already.
std::uint64_t add_subscriptions(locked_section& section, receiver_slot& slot,
                                const connect_request& request) {
  signal_impl& signal = section.signal();
  const std::uint64_t serial = ++signal.serial;
  if (!request.from && !request.topics)
    return add_subscription(signal, slot, nullptr, serial) ? serial : 0;
  bool added = false;
  const auto add = [&](subscriber_group& group) {
    try {
      added |= add_subscription(signal, slot, &group, serial);
    } catch (...) {
      if (group.live == 0) retire_group(section, group);
      throw;
    }
  };
  for (sender_filter* each = request.from; each; each = each->next) add(group_for(section, *each));
  for (const topic_filter* each = request.topics; each; each = each->next) {
    add(pattern_group_for(section, each->pattern.view()));
    signal.patterns.load_relaxed()->latest.store_release(serial);
  }
  return added ? serial : 0;
}

/// A plain receiver listens to everybody and has no list of subscriptions; now it needs one.
void make_subscription_list(receiver_slot& slot) {
  if (slot.metadata->options) return;
  auto x = std::make_unique<slot_options>();
  x->subscriptions.push_back({nullptr, slot.serial.load_relaxed()});
  slot.metadata->options = x.release();
}

void drop_expired_subscriptions(locked_section& section, receiver_slot& slot) {
  if (!slot.metadata->options) return;
  std::vector<sender_group*> gone;
  for (const subscription& each : slot.metadata->options->subscriptions) {
    sender_group* const group = as_sender(each.to);
    const any_weak_pointer* const owner = group ? group->lives_with.load_relaxed() : nullptr;
    if (owner && owner->expired()) gone.push_back(group);
  }
  for (sender_group* const group : gone) remove_group(section, *group);
}

/// An equal receiver that is connected already, to which subscriptions can be added.
receiver_slot* known_receiver(locked_section& section, const connect_request& request,
                              std::uint64_t hash) {
  receiver_slot* expired = nullptr;
  receiver_slot* const known = section.signal().index.find(hash, [&](receiver_slot& slot) {
    if (!slot.metadata->mergeable || !is_receiver(slot, request.identity)) return false;
    if (!slot.metadata->options || !slot.metadata->options->expired()) return true;
    expired = &slot;
    return false;
  });
  // Objects and senders that are gone: others were made at their addresses.
  if (expired) section.disconnect(*expired, false);
  if (known) drop_expired_subscriptions(section, *known);
  return known && known->metadata->alive.load_relaxed() ? known : nullptr;
}

receiver_slot* find_id(const signal_impl& signal, text_view id) {
  const receiver_identity who = receiver_identity::of_id(id);
  return signal.index.find(hash_of(who),
                           [&](receiver_slot& slot) { return is_receiver(slot, who); });
}

connected join_known(locked_section& section, receiver_slot& slot, connect_request& request) {
  if (request.has_priority && request.priority != slot.priority) {
    throw std::invalid_argument(
        "aldis: this receiver is connected with priority " + std::to_string(slot.priority) +
        "; disconnect it before giving it priority " + std::to_string(request.priority));
  }
  // Listening to everybody includes each sender, but a subscription of its own can be taken back
  // alone.
  if (request.from || request.topics || slot.metadata->options) make_subscription_list(slot);
  const std::uint64_t subscription =
      slot.metadata->options ? add_subscriptions(section, slot, request) : 0;
  return {refer(slot), subscription};
}

/// A slot of its own for the receiver, which nobody calls yet.
receiver_slot& emplace(locked_section& section, unplaced_receiver& receiver) {
  signal_impl& signal = section.signal();
  receiver_slot& slot = allocate_slot(signal);
  slot_metadata& metadata = *slot.metadata;
  metadata.where = receiver.where;
  slot.type = std::exchange(receiver.type, nullptr);
  if (slot.type->relocate) {
    // The receiver's own move constructor runs, so without the lock; the slot is nobody else's
    // yet.
    section.unlocked([&] { slot.type->relocate(receiver.storage, slot.storage); });
  } else {
    slot.storage[0] = receiver.storage[0];
    slot.storage[1] = receiver.storage[1];
  }
  slot.serial.store_relaxed(++signal.serial);
  metadata.alive.store_release(true);
  return slot;
}

/// From here on a send may call it.
void enable(signal_impl& signal, receiver_slot& slot) {
  slot.call.store_release(call_of(slot));
  const std::uint64_t live = signal.live.load_relaxed() + 1;
  signal.live.store_release(live);
  if (live <= 2) update_only_slot(signal);
}

/// It found no room in its slot lists.
void discard(locked_section& section, receiver_slot& slot) {
  signal_impl& signal = section.signal();
  signal.live.store_release(signal.live.load_relaxed() + 1);
  section.disconnect(slot, false);
  release_locked(slot);
}

/// Conditional receivers are never called on the fast path.
void add_conditional(signal_impl& signal) noexcept {
  if (signal.conditional++ == 0 &&
      (add_slow_path(signal, slow_path_conditional) & slow_path_conditional) == 0)
    synchronize(signal);
}

/// Nor are those that share arguments. A send that is under way may still copy them for each.
void add_queued(signal_impl& signal, const slot_extension& late) noexcept {
  signal.queued_weight += queued_weight_of(late);
  if (signal.queued_weight > 1) add_slow_path(signal, slow_path_sharing);
}

/// Takes the options over once there is a slot for them; they are the user's, and must not end
/// here, under the mutex.
connected join_new(locked_section& section, connect_request& request,
                   std::unique_ptr<slot_options>& options, std::uint64_t hash, bool mergeable) {
  signal_impl& signal = section.signal();
  receiver_slot& slot = emplace(section, request);
  slot_metadata& metadata = *slot.metadata;
  metadata.options = options.release();
  metadata.mergeable = mergeable;
  slot.priority = request.priority;
  if (metadata.options && metadata.options->trackers) ++signal.weak;
  if (metadata.options && metadata.options->conditional()) {
    metadata.options->conditional_call = request.conditional_call;
    add_conditional(signal);
  }
  if (metadata.options && metadata.options->extension) {
    metadata.options->extension->connected(slot);
    add_queued(signal, *metadata.options->extension);
  }
  std::uint64_t subscription = slot.serial.load_relaxed();
  receiver_slot* replaced = nullptr;
  try {
    if (metadata.options && !metadata.options->id.empty()) {
      const text_view id = metadata.options->id.view();
      replaced = find_id(signal, id);
      signal.index.insert(hash_of(receiver_identity::of_id(id)), slot);
    }
    if (request.identity.kind) {
      signal.index.insert(hash, slot);
      metadata.identity = request.identity;
    }
    if (metadata.options) {
      subscription = add_subscriptions(section, slot, request);
    } else {
      insert(signal, signal.unfiltered, slot);
    }
  } catch (...) {
    discard(section, slot);
    throw;
  }
  if (replaced) section.disconnect(*replaced, true);
  enable(signal, slot);
  return {&slot, subscription};
}

void sweep_if_due(locked_section& section) {
  if (section.signal().weak != 0 && section.signal().serial >= section.signal().sweep_at)
    sweep(section);
}

/// If a receiver of the meta-signal throws, nothing was connected.
void tell_or_undo(signal_impl& signal, receiver_slot& slot) {
  try {
    tell_connected(signal, slot);
  } catch (...) {
    disconnect_slot(slot, {});
    release(slot);
    throw;
  }
}

}  // namespace

std::uint64_t hash_of(const receiver_identity& who) noexcept {
  if (who.is_id()) return hash_of({key_view::kind::text, 0, who.id().data, who.id().size});
  std::uint64_t h = 0;
  for (void* const word : who.words) {
    const auto bits = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(word));
    h = hash_of({key_view::kind::object, bits + h, nullptr, 0});
  }
  return h;
}

bool is_receiver(const receiver_slot& slot, const receiver_identity& who) noexcept {
  const slot_metadata& metadata = *slot.metadata;
  if (who.is_id())
    return metadata.options && !metadata.options->id.empty() &&
           metadata.options->id.view() == who.id();
  return metadata.identity.kind && text_view(metadata.identity.kind) == text_view(who.kind) &&
         std::equal(std::begin(who.words), std::end(who.words),
                    std::begin(metadata.identity.words));
}

connected connect(atomic<signal_state*>& owner, connect_request& request) {
  signal_impl& signal = made_signal(owner);
  if (request.identity.kind && text_view(request.identity.kind) == text_view(signal_link_kind)) {
    signal_state& target = *static_cast<signal_state*>(request.identity.words[0]);
    if (&target == &signal) {
      throw std::invalid_argument("aldis: a signal cannot be connected to itself");
    }
    append(request.trackers, life_of(target));
  }
  const bool mergeable = request.identity.kind && request.id.empty() && !request.filters &&
                         !request.not_from && request.times == 0 && !request.tracked &&
                         !request.apart;
  const std::uint64_t hash = request.identity.kind ? hash_of(request.identity) : 0;
  std::unique_ptr<slot_options> options = make_options(request);
  connected made;
  {
    locked_section section(signal);
    sweep_if_due(section);
    if (receiver_slot* const known = mergeable ? known_receiver(section, request, hash) : nullptr) {
      return join_known(section, *known, request);
    }
    made = join_new(section, request, options, hash, mergeable);
  }
  if (signal.meta.load_acquire()) tell_or_undo(signal, *made.where);
  return made;
}

connected connect_plain(atomic<signal_state*>& owner, unplaced_receiver& plain) {
  signal_impl& signal = made_signal(owner);
  receiver_slot* made;
  {
    locked_section section(signal);
    sweep_if_due(section);
    made = &emplace(section, plain);
    try {
      insert(signal, signal.unfiltered, *made);
    } catch (...) {
      discard(section, *made);
      throw;
    }
    enable(signal, *made);
  }
  if (signal.meta.load_acquire()) tell_or_undo(signal, *made);
  return {made, made->serial.load_relaxed()};
}

bool remove_subscription(locked_section& section, receiver_slot& slot, std::size_t which) {
  signal_impl& signal = section.signal();
  auto& subscriptions = slot.metadata->options->subscriptions;
  if (subscriptions.size() == 1) return false;
  subscriber_group* const to = subscriptions[which].to;
  subscriptions.erase(subscriptions.begin() + static_cast<std::ptrdiff_t>(which));
  mark_removed(signal, to ? to->list : signal.unfiltered, slot);
  if (to && to->what == block::kind::pattern) forget_matches(signal, slot);
  synchronize(signal);
  compact_if_sparse(signal, to ? to->list : signal.unfiltered, is_quiescent(signal));
  if (to && --to->live == 0) retire_group(section, *to);
  end_selection(signal);
  return true;
}

void sweep(locked_section& section) {
  signal_impl& signal = section.signal();
  if (sender_index* const senders = signal.table.load_relaxed()) {
    std::vector<sender_group*> gone;
    for (std::uint32_t i = 0; i <= senders->mask; ++i) {
      sender_group* const group = senders->entries[i].found.load_relaxed();
      const any_weak_pointer* const owner = group ? group->lives_with.load_relaxed() : nullptr;
      if (owner && owner->expired()) gone.push_back(group);
    }
    for (sender_group* const group : gone) remove_group(section, *group);
  }
  // Gathered first: what falls may let slabs go.
  std::vector<receiver_slot*> gone;
  each_connected(signal, [&](receiver_slot& slot) {
    if (slot.metadata->options && slot.metadata->options->expired()) gone.push_back(&slot);
  });
  for (receiver_slot* const slot : gone) section.disconnect(*slot, false);
  signal.sweep_at = signal.serial + receivers_of(signal) + 8;
}

}  // namespace aldis::detail

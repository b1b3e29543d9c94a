// Connecting: puts receivers into slots, and adds and removes their subscriptions.

#include "connect.hpp"

#include <aldis/detail/signal_link.hpp>

#include "disconnect.hpp"
#include "locked_section.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slab.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "topic_trie.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace aldis::detail {

namespace {

bool needs_options(const connect_request& request) noexcept {
  return request.extension || request.filters || request.trackers || request.not_from ||
         request.times != 0 || request.from || request.topics || !request.id.empty() ||
         !request.label.empty();
}

std::unique_ptr<slot_options> make_options(connect_request& request) {
  if (!needs_options(request)) return nullptr;
  auto options = std::make_unique<slot_options>();
  options->id = std::move(request.id);
  options->label = std::move(request.label);
  options->filters = std::exchange(request.filters, nullptr);
  options->trackers = std::exchange(request.trackers, nullptr);
  options->not_from = std::exchange(request.not_from, nullptr);
  options->extension = std::exchange(request.extension, nullptr);
  options->limited = request.times != 0;
  options->remaining.store_relaxed(request.times);
  return options;
}

bool is_subscribed(const receiver_slot& slot, const subscriber_group* group) {
  const auto& subscriptions = slot.metadata->options->subscriptions;
  // Searches the shorter one: a receiver may have very many senders, or a sender very many
  // receivers, but seldom both.
  const slot_list* const list = group ? group->list.load_relaxed() : nullptr;
  if (!list || subscriptions.size() < list->count.load_relaxed()) {
    return std::any_of(subscriptions.begin(), subscriptions.end(),
                       [&](const subscription& each) { return each.group == group; });
  }
  return std::any_of(
      list->entries, list->entries + list->count.load_relaxed(),
      [&](const atomic<receiver_slot*>& each) { return each.load_relaxed() == &slot; });
}

/// `group`: null for every sender. False if the receiver has this subscription already.
bool add_subscription(signal_impl& signal, receiver_slot& slot, subscriber_group* group,
                      std::uint64_t serial) {
  if (is_subscribed(slot, group)) return false;
  auto& subscriptions = slot.metadata->options->subscriptions;
  if (subscriptions.size() == subscriptions.capacity())
    subscriptions.reserve(subscriptions.size() * 2 + 1);
  insert(signal, group ? group->list : signal.unfiltered, slot);
  if (group) ++group->live;
  subscriptions.push_back({group, serial});
  return true;
}

/// Subscribes to the senders and topics that the request selects, or to every sender. Returns the
/// serial that the new subscriptions share; 0 if all were there already.
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
  for (sender_filter* each = request.from; each; each = each->next)
    add(sender_group_for(section, *each));
  for (const topic_filter* each = request.topics; each; each = each->next) {
    add(pattern_group_for(section, each->pattern.view()));
    signal.trie.load_relaxed()->latest.store_release(serial);
  }
  return added ? serial : 0;
}

void set_options(signal_impl& signal, receiver_slot& slot,
                 std::unique_ptr<slot_options> options) noexcept {
  slot.metadata->options = options.release();
  signal.with_options.push_front(slot);
  ++signal.with_options_count;
}

/// A receiver without options is subscribed to every sender, without a list that says so. Makes
/// that list.
void make_subscription_list(signal_impl& signal, receiver_slot& slot) {
  if (slot.metadata->options) return;
  auto options = std::make_unique<slot_options>();
  options->subscriptions.push_back({nullptr, slot.serial.load_relaxed()});
  set_options(signal, slot, std::move(options));
}

/// The newest ones only, up to one that has not expired: so a connect looks at each once. If all
/// have expired, the receiver is disconnected.
void drop_expired_subscriptions(locked_section& section, receiver_slot& slot) {
  if (!slot.metadata->options) return;
  const auto& subscriptions = slot.metadata->options->subscriptions;
  std::vector<sender_group*> expired;
  for (auto each = subscriptions.rbegin(); each != subscriptions.rend(); ++each) {
    if (!is_expired(each->group)) break;
    expired.push_back(as_sender_group(each->group));
  }
  for (sender_group* const group : expired) remove_group(section, *group);
}

/// The equal receiver that is connected already, to which subscriptions can be added; else null.
receiver_slot* known_receiver(locked_section& section, const receiver_identity& identity) {
  receiver_slot* expired = nullptr;
  receiver_slot* const known = section.signal().index.find(identity, [&](receiver_slot& slot) {
    if (!slot.metadata->mergeable) return false;
    if (!slot.metadata->options || !slot.metadata->options->expired()) return true;
    expired = &slot;
    return false;
  });
  // Its object or senders have died, and others were made at their addresses.
  if (expired) section.disconnect(*expired, notification::none);
  if (known) drop_expired_subscriptions(section, *known);
  return known && known->metadata->alive.load_relaxed() ? known : nullptr;
}

connect_result subscribe_known(locked_section& section, receiver_slot& slot,
                               connect_request& request) {
  if (request.has_priority && request.priority != slot.priority) {
    throw std::invalid_argument(
        "aldis: this receiver is connected with priority " + std::to_string(slot.priority) +
        "; disconnect it before giving it priority " + std::to_string(request.priority));
  }
  // A subscription to one sender adds nothing to that to every sender, but it can be removed alone.
  if (request.from || request.topics || slot.metadata->options)
    make_subscription_list(section.signal(), slot);
  const std::uint64_t subscription =
      slot.metadata->options ? add_subscriptions(section, slot, request) : 0;
  return {refer(slot), subscription};
}

/// Moves the receiver into a new slot, which no send calls yet.
receiver_slot& emplace(locked_section& section, erased_receiver& receiver) {
  signal_impl& signal = section.signal();
  receiver_slot& slot = allocate_slot(signal);
  slot_metadata& metadata = *slot.metadata;
  metadata.where = receiver.where;
  slot.type = std::exchange(receiver.type, nullptr);
  if (slot.type->relocate) {
    // Without the lock, because this runs the receiver's move constructor; no other thread knows
    // the slot yet.
    section.unlocked([&] { slot.type->relocate(receiver.storage, slot.storage); });
  } else {
    slot.storage[0] = receiver.storage[0];
    slot.storage[1] = receiver.storage[1];
  }
  slot.serial.store_relaxed(++signal.serial);
  metadata.alive.store_release(true);
  return slot;
}

/// For a receiver that can be compared: from here on the signal finds it.
void add_identity(signal_impl& signal, receiver_slot& slot, const receiver_identity& identity) {
  if (!identity.kind) return;
  signal.index.insert(identity, slot);
  slot.metadata->identity = identity;
}

/// From here on sends may call it.
void enable(signal_impl& signal, receiver_slot& slot) {
  // Release: the receiver was stored before.
  slot.call.store_release(call_of(slot));
  const std::uint64_t live = signal.live.load_relaxed() + 1;
  signal.live.store_release(live);
  if (live <= 2) update_only_slot(signal);
}

/// For a slot that could not be entered into its slot lists, for lack of memory.
void discard(locked_section& section, receiver_slot& slot) {
  signal_impl& signal = section.signal();
  signal.live.store_release(signal.live.load_relaxed() + 1);
  section.disconnect(slot, notification::none);
  release_locked(slot);
}

/// Receivers with conditions are never called on the fast path.
void add_conditional(signal_impl& signal) noexcept {
  if (signal.conditional++ == 0 &&
      (add_slow_path(signal, slow_path_conditional) & slow_path_conditional) == 0)
    synchronize(signal);
}

/// Nor are receivers that share arguments; but a send that is running may still copy them for each.
void add_queued(signal_impl& signal, const slot_extension& extension) noexcept {
  signal.queued_weight += queued_weight_of(extension);
  if (signal.queued_weight > 1) add_slow_path(signal, slow_path_sharing);
}

/// Takes the options over once there is a slot for them. Until then the caller owns them: they must
/// not be destroyed here, under the mutex, because that runs user code.
connect_result connect_new(locked_section& section, connect_request& request,
                           std::unique_ptr<slot_options>& options, bool mergeable) {
  signal_impl& signal = section.signal();
  receiver_slot& slot = emplace(section, request);
  slot_metadata& metadata = *slot.metadata;
  if (options) set_options(signal, slot, std::move(options));
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
      const receiver_identity id = receiver_identity::of_id(metadata.options->id.view());
      replaced = signal.index.find(id, [](receiver_slot&) { return true; });
      signal.index.insert(id, slot);
    }
    add_identity(signal, slot, request.identity);
    if (metadata.options) {
      subscription = add_subscriptions(section, slot, request);
    } else {
      insert(signal, signal.unfiltered, slot);
    }
  } catch (...) {
    discard(section, slot);
    throw;
  }
  if (replaced) section.disconnect(*replaced, notification::sent);
  enable(signal, slot);
  return {&slot, subscription};
}

void sweep_if_due(locked_section& section) {
  if (section.signal().weak != 0 && section.signal().serial >= section.signal().sweep_at)
    sweep(section);
}

/// If a receiver of the meta-signal throws, the connection is undone.
void notify_or_undo(signal_impl& signal, receiver_slot& slot) {
  try {
    notify_connected(signal, slot);
  } catch (...) {
    disconnect_slot(slot, {});
    release(slot);
    throw;
  }
}

}  // namespace

connect_result connect(atomic<signal_state*>& owner, connect_request& request) {
  signal_impl& signal = get_or_make_signal(owner);
  if (request.identity.is_signal_link()) {
    signal_state& target = *static_cast<signal_state*>(request.identity.words[0]);
    if (&target == &signal) {
      throw std::invalid_argument("aldis: a signal cannot be connected to itself");
    }
    append(request.trackers, lifetime_of(target));
  }
  const bool mergeable = request.identity.kind && request.id.empty() && !request.filters &&
                         !request.not_from && request.times == 0 && !request.tracked &&
                         !request.separate;
  std::unique_ptr<slot_options> options = make_options(request);
  connect_result made;
  {
    locked_section section(signal);
    sweep_if_due(section);
    if (receiver_slot* const known =
            mergeable ? known_receiver(section, request.identity) : nullptr) {
      return subscribe_known(section, *known, request);
    }
    made = connect_new(section, request, options, mergeable);
  }
  if (signal.meta.load_acquire()) notify_or_undo(signal, *made.slot);
  return made;
}

connect_result connect_plain(atomic<signal_state*>& owner, erased_receiver& receiver) {
  signal_impl& signal = get_or_make_signal(owner);
  receiver_slot* made;
  {
    locked_section section(signal);
    sweep_if_due(section);
    const bool comparable = receiver.identity.kind != nullptr;
    if (receiver_slot* const known =
            comparable ? known_receiver(section, receiver.identity) : nullptr) {
      connect_request no_options;
      return subscribe_known(section, *known, no_options);
    }
    made = &emplace(section, receiver);
    try {
      made->metadata->mergeable = comparable;
      add_identity(signal, *made, receiver.identity);
      insert(signal, signal.unfiltered, *made);
    } catch (...) {
      discard(section, *made);
      throw;
    }
    enable(signal, *made);
  }
  if (signal.meta.load_acquire()) notify_or_undo(signal, *made);
  return {made, made->serial.load_relaxed()};
}

namespace {

/// The receiver has lost these subscriptions, but keeps others: takes it out of their lists.
void leave_lists(locked_section& section, receiver_slot& slot,
                 std::span<subscriber_group* const> groups) {
  signal_impl& signal = section.signal();
  const auto list_of = [&](subscriber_group* group) -> atomic<slot_list*>& {
    return group ? group->list : signal.unfiltered;
  };
  for (subscriber_group* const group : groups) {
    mark_removed(signal, list_of(group), slot);
    if (group && group->of_pattern()) invalidate_matches(signal, slot);
  }
  synchronize(signal);
  const bool unread = is_quiescent(signal);
  for (subscriber_group* const group : groups) {
    compact_if_sparse(signal, list_of(group), unread);
    if (group && --group->live == 0) retire_group(section, *group);
  }
  end_selection(signal);
}

/// All in one go: a receiver may have very many senders.
void remove_expired_subscriptions(locked_section& section, receiver_slot& slot) {
  auto& subscriptions = slot.metadata->options->subscriptions;
  std::vector<subscriber_group*> expired;
  expired.reserve(subscriptions.size());
  auto kept = subscriptions.begin();
  for (const subscription& each : subscriptions) {
    if (is_expired(each.group))
      expired.push_back(each.group);
    else
      *kept++ = each;
  }
  if (kept == subscriptions.begin()) return section.disconnect(slot, notification::none);
  subscriptions.erase(kept, subscriptions.end());
  leave_lists(section, slot, expired);
}

std::vector<receiver_slot*> receivers_of_expired_senders(const signal_impl& signal) {
  std::vector<receiver_slot*> found;
  const sender_index* const senders = signal.senders.load_relaxed();
  if (!senders) return found;
  senders->each([&](std::uint64_t, sender_group& group) {
    if (!is_expired(&group)) return;
    const slot_list& list = *group.list.load_relaxed();
    for (std::uint32_t i = 0; i < list.count.load_relaxed(); ++i) {
      receiver_slot* const slot = list.entries[i].load_relaxed();
      if (!is_removed(slot) && !is_tombstone(*slot) && slot->metadata->alive.load_relaxed())
        found.push_back(slot);
    }
  });
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace

bool remove_subscription(locked_section& section, receiver_slot& slot, std::size_t index) {
  auto& subscriptions = slot.metadata->options->subscriptions;
  if (subscriptions.size() == 1) return false;
  subscriber_group* const group = subscriptions[index].group;
  subscriptions.erase(subscriptions.begin() + static_cast<std::ptrdiff_t>(index));
  leave_lists(section, slot, {&group, 1});
  return true;
}

void sweep(locked_section& section) {
  signal_impl& signal = section.signal();
  for (receiver_slot* const slot : receivers_of_expired_senders(signal))
    remove_expired_subscriptions(section, *slot);
  for (auto at = signal.with_options.begin(); at != signal.with_options.end();) {
    receiver_slot& slot = *at;
    ++at;  // before the slot leaves the list
    if (slot.metadata->options->expired()) section.disconnect(slot, notification::none);
  }
  // As many connects later as this has looked at, so that it costs each connect a constant time.
  const sender_index* const senders = signal.senders.load_relaxed();
  signal.sweep_at = signal.serial + receiver_count(signal) + (senders ? senders->live : 0) + 8;
}

}  // namespace aldis::detail

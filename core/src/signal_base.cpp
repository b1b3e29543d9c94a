#include <aldis/detail/signal_base.hpp>

#include "conditions.hpp"
#include "connect.hpp"
#include "disconnect.hpp"
#include "locked_section.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "slots.hpp"
#include "slow_send.hpp"
#include "threads.hpp"
#include "topics.hpp"

#include <algorithm>

namespace aldis {

using namespace detail;

namespace {

struct pending_end {
  connection where;
  bool was_alive;

  pending_end(receiver_slot& slot, bool alive)
      : where(connection_access::adopt(refer(slot))), was_alive(alive) {}
  receiver_slot& what() const noexcept { return *connection_access::get(where); }
};

/// All receivers, marked disconnected; and those that are marked disconnected already, but not
/// destroyed.
std::vector<pending_end> mark_all_disconnected(signal_impl& signal) {
  std::vector<pending_end> all;
  locked_section section(signal);
  for (receiver_slot* slot = signal.pending_destruction; slot; slot = slot->metadata->next_pending)
    all.emplace_back(*slot, false);
  each_connected(signal, [&](receiver_slot& slot) { all.emplace_back(slot, true); });
  for (const pending_end& each : all) {
    if (each.was_alive) mark_disconnected(section, each.what());
  }
  return all;
}

disconnect_result finish_all(const std::vector<pending_end>& all, bool tell) noexcept {
  disconnect_result result = disconnect_result::not_connected;
  for (const pending_end& each : all) {
    result = less_final(result, finish(each.what(), each.was_alive, {}, tell));
  }
  return result;
}

void sweep_if_weak(signal_impl& signal) {
  locked_section section(signal);
  if (signal.weak != 0) sweep(section);
}

/// The equal receivers, and those of them that are not destroyed yet.
std::vector<pending_end> equal_receivers(locked_section& section, const receiver_identity& who) {
  std::vector<pending_end> found;
  signal_impl& signal = section.signal();
  signal.index.find(hash_of(who), [&](receiver_slot& slot) {
    if (is_receiver(slot, who)) found.emplace_back(slot, true);
    return false;
  });
  // Those whose object is gone are not connected, even if nobody has noticed yet.
  for (pending_end& each : found) {
    const slot_options* const options = each.what().metadata->options;
    if (!options || !options->expired()) continue;
    section.disconnect(each.what(), false);
    each.was_alive = false;
  }
  for (receiver_slot* slot = signal.pending_destruction; slot;
       slot = slot->metadata->next_pending) {
    const auto known = [&](const pending_end& each) { return &each.what() == slot; };
    if (is_receiver(*slot, who) && std::none_of(found.begin(), found.end(), known)) {
      found.emplace_back(*slot, false);
    }
  }
  return found;
}

/// False if there is no such subscription. With the last one the receiver is marked disconnected.
bool take_subscription(locked_section& section, receiver_slot& slot, const subscriber_group& to) {
  if (!slot.metadata->options) return false;
  const auto& subscriptions = slot.metadata->options->subscriptions;
  const auto found = std::find_if(
      subscriptions.begin(), subscriptions.end(),
      [&](const subscription& each_subscription) { return each_subscription.to == &to; });
  if (found == subscriptions.end()) return false;
  if (!remove_subscription(section, slot, static_cast<std::size_t>(found - subscriptions.begin())))
    mark_disconnected(section, slot);
  return true;
}

/// Whatever calls may have been made through: the sender's group, and those it had before.
std::vector<const subscriber_group*> groups_of(signal_impl& signal, const key_view& sender) {
  std::vector<const subscriber_group*> found;
  if (const subscriber_group* const group = find_group(signal, sender)) found.push_back(group);
  for (const block* retired = signal.retired; retired; retired = retired->next_retired) {
    if (retired->what != block::kind::subscriber_group) continue;
    const auto* const old = static_cast<const sender_group*>(retired);
    if (equal(old->key, sender)) found.push_back(old);
  }
  return found;
}

}  // namespace

namespace detail {

disconnect_result disconnect(signal_state* from, const receiver_identity& receiver) {
  if (!from) return disconnect_result::not_connected;
  signal_impl& signal = impl_of(*from);
  std::vector<pending_end> found;
  {
    locked_section section(signal);
    found = equal_receivers(section, receiver);
    for (const pending_end& each : found) {
      if (each.was_alive) mark_disconnected(section, each.what());
    }
  }
  return finish_all(found, true);
}

namespace {

/// One subscription of each equal receiver. `all_of` finds the groups that it had, `now` the one it
/// has.
template <class AllOf, class Now>
disconnect_result disconnect_one(signal_impl& signal, const receiver_identity& receiver,
                                 const AllOf& all_of, const Now& now) {
  std::vector<pending_end> found;
  std::vector<bool> subscribed;
  std::vector<const subscriber_group*> vias;
  {
    locked_section section(signal);
    found = equal_receivers(section, receiver);
    vias = all_of();
    const subscriber_group* const group = now();
    // From here on nothing is allocated: a subscription must not be gone and nobody told.
    subscribed.reserve(found.size());
    for (pending_end& each : found) {
      const bool was_subscribed =
          group && each.was_alive && take_subscription(section, each.what(), *group);
      subscribed.push_back(was_subscribed);
      // With its last subscription it falls.
      each.was_alive = was_subscribed && !each.what().metadata->alive.load_relaxed();
    }
  }
  disconnect_result result = disconnect_result::not_connected;
  for (std::size_t i = 0; i < found.size(); ++i) {
    receiver_slot& slot = found[i].what();
    if (found[i].was_alive) {
      result = less_final(result, finish(slot, true, {}, true));
    } else {
      // Calls that were made for the subscription, be it gone now or before, may still be running.
      result =
          less_final(result, await_subscriptions(slot, vias, {},
                                                 subscribed[i] ? disconnect_result::disconnected
                                                               : disconnect_result::not_connected));
    }
  }
  return result;
}

}  // namespace

disconnect_result disconnect(signal_state* from, const receiver_identity& receiver,
                             const sender_filter& sender) {
  if (!from) return disconnect_result::not_connected;
  signal_impl& signal = impl_of(*from);
  return disconnect_one(
      signal, receiver, [&] { return groups_of(signal, sender.key); },
      [&] { return find_group(signal, sender.key); });
}

disconnect_result disconnect(signal_state* from, const receiver_identity& receiver,
                             text_view pattern) {
  if (!from) return disconnect_result::not_connected;
  signal_impl& signal = impl_of(*from);
  return disconnect_one(
      signal, receiver, [&] { return patterns_of(signal, pattern); },
      [&] { return find_pattern_group(signal, pattern); });
}

bool is_connected(signal_state* to, const receiver_identity& receiver) {
  if (!to) return false;
  signal_impl& signal = impl_of(*to);
  const std::lock_guard lock(signal.mutex);
  return signal.index.find(hash_of(receiver), [&](receiver_slot& slot) {
    return is_receiver(slot, receiver) &&
           !(slot.metadata->options && slot.metadata->options->expired());
  }) != nullptr;
}

bool has_receivers_for(signal_state* of, const key_view& sender) {
  if (!of) return false;
  signal_impl& signal = impl_of(*of);
  const std::lock_guard lock(signal.mutex);
  if (signal.mutes != 0) return false;
  const auto would_be_called = [&](const slot_list& list) {
    const std::uint32_t count = list.count.load_relaxed();
    return std::any_of(list.entries, list.entries + count,
                       [&](const atomic<receiver_slot*>& entry) {
                         const receiver_slot* const slot = entry.load_relaxed();
                         if (is_removed(slot) || !slot->call.load_relaxed()) return false;
                         const slot_options* const options = slot->metadata->options;
                         return !options || (!options->expired() && !excludes(*options, sender));
                       });
  };
  if (would_be_called(*signal.unfiltered.load_relaxed())) return true;
  if (sender.what == key_view::kind::text) {
    for (const slot_list* list : matching_lists(signal, {sender.text, sender.size})) {
      if (would_be_called(*list)) return true;
    }
  }
  const sender_group* const group = find_group(signal, sender);
  if (!group) return false;
  const any_weak_pointer* const owner = group->lives_with.load_relaxed();
  return !(owner && owner->expired()) && would_be_called(*group->list.load_relaxed());
}

connection connection_of(receiver_slot* slot) noexcept {
  return connection_access::adopt(refer(*slot));
}

}  // namespace detail

namespace {

/// Neither it nor the sender of its first subscription has expired: for sure somebody.
bool surely_connected(const slot_metadata& metadata) noexcept {
  if (!metadata.alive.load_relaxed()) return false;
  if (!metadata.options) return true;
  if (metadata.options->expired() || metadata.options->subscriptions.empty()) return false;
  const sender_group* const group = as_sender(metadata.options->subscriptions.front().to);
  const any_weak_pointer* const owner = group ? group->lives_with.load_relaxed() : nullptr;
  return !owner || !owner->expired();
}

/// The first that is found will do, so that the weak ones behind it cost nothing.
bool any_surely_connected(signal_impl& signal) {
  const std::lock_guard lock(signal.mutex);
  for (const slab* row : {signal.slabs, signal.full_slabs}) {
    for (const slab* s = row; s; s = s->next) {
      for (std::uint32_t i = 0; i < s->capacity; ++i) {
        if (surely_connected(s->metadata[i])) return true;
      }
    }
  }
  return false;
}

}  // namespace

bool signal_base::has_receivers() const {
  signal_state* const of = state_.load_acquire();
  if (!of || receivers_of(*of) == 0) return false;
  if ((of->slow_path.load_acquire() & (slow_path_conditional | slow_path_selective)) == 0)
    return true;
  return any_surely_connected(impl_of(*of)) || size() != 0;
}

std::size_t signal_base::size() const {
  signal_state* const of = state_.load_acquire();
  if (!of) return 0;
  signal_impl& signal = impl_of(*of);
  if ((signal.slow_path.load_acquire() & (slow_path_conditional | slow_path_selective)) != 0)
    sweep_if_weak(signal);
  return static_cast<std::size_t>(receivers_of(signal));
}

disconnect_result signal_base::disconnect_all() {
  signal_state* const of = state_.load_acquire();
  return of ? finish_all(mark_all_disconnected(impl_of(*of)), true)
            : disconnect_result::not_connected;
}

signal_mute signal_base::mute() { return signal_mute(&made_signal(state_)); }

bool signal_base::muted() const noexcept {
  const signal_state* const of = state_.load_acquire();
  return of && (of->slow_path.load_acquire() & slow_path_muted) != 0;
}

void signal_base::count_calls(bool on) {
  signal_impl& signal = made_signal(state_);
  const std::lock_guard lock(signal.mutex);
  if (on) {
    add_slow_path(signal, slow_path_counting);
  } else {
    remove_slow_path(signal, slow_path_counting);
  }
}

namespace {

meta_signals& meta_of(signal_impl& signal) {
  if (meta_signals* const known = signal.meta.load_acquire()) return *known;
  auto made = std::make_unique<meta_signals>();
  meta_signals* expected = nullptr;
  return signal.meta.compare_exchange(expected, made.get()) ? *made.release() : *expected;
}

}  // namespace

signal<void(const connection&)>& signal_base::receiver_connected() {
  return meta_of(made_signal(state_)).connected;
}

signal<void(const connection&)>& signal_base::receiver_disconnected() {
  return meta_of(made_signal(state_)).disconnected;
}

signal<void(const connection&, std::exception_ptr)>& signal_base::receiver_failed() {
  return meta_of(made_signal(state_)).failed;
}

signal_base& signal_base::operator=(signal_base&& other) noexcept {
  if (this != &other) {
    if (state_.load_relaxed() != nullptr) destroy();
    state_.store(other.state_.exchange(nullptr));
  }
  return *this;
}

namespace {

void end_signal(signal_impl& signal) noexcept {
  hazard_domain& domain = *signal.home;
  {
    const std::lock_guard lock(signal.mutex);
    // Every send of it ends after the receiver that is running.
    add_slow_path(signal, slow_path_ended);
  }
  finish_all(mark_all_disconnected(signal), false);
  if (meta_signals* const meta = signal.meta.load_acquire()) {
    // Now, not with the rest: their receivers may hold connections, which hold it.
    meta->connected.disconnect_all();
    meta->disconnected.disconnect_all();
    meta->failed.disconnect_all();
  }

  abandoned_signals gone;
  const std::lock_guard lock(domain.mutex);
  {
    const std::lock_guard inner(signal.mutex);
    signal.abandoned = true;
  }
  signal.next_abandoned = domain.abandoned_signals;
  domain.abandoned_signals = &signal;
  gone.take_from(domain);
}

}  // namespace

void signal_base::destroy() noexcept {
  // A receiver may connect while the others are waited for.
  while (signal_state* const state = state_.exchange(nullptr)) end_signal(impl_of(*state));
}

}  // namespace aldis

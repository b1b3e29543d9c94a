#include <aldis/detail/signal_base.hpp>

#include "connect.hpp"
#include "disconnect.hpp"
#include "library_state.hpp"
#include "locked_section.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slab.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "topic_trie.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace aldis {

using namespace detail;

namespace {

/// A receiver that is to be disconnected, kept by a reference.
struct pending_disconnect {
  connection receiver;
  bool was_alive;  ///< false: it had been disconnected before, but may not be destroyed yet

  pending_disconnect(receiver_slot& slot, bool alive)
      : receiver(connection_access::adopt(refer(slot))), was_alive(alive) {}
  receiver_slot& slot() const noexcept { return *connection_access::get(receiver); }
};

/// Marks all receivers disconnected. Returns them in a list that slot_metadata::next_disconnected
/// links, each with a reference: this needs no memory.
receiver_slot* mark_all_disconnected(locked_section& section) {
  signal_impl& signal = section.signal();
  receiver_slot* first = nullptr;
  if (receiver_count(signal) == 0) return first;
  // Collected first, because disconnecting may free slabs.
  receiver_slot** last = &first;
  each_connected(signal, [&](receiver_slot& slot) {
    *last = refer(slot);
    last = &slot.metadata->next_disconnected;
    *last = nullptr;
  });
  for (receiver_slot* slot = first; slot; slot = slot->metadata->next_disconnected)
    mark_disconnected(section, *slot);
  return first;
}

/// For such a list.
disconnect_result finish_all(receiver_slot* first, notification notify) noexcept {
  disconnect_result result = disconnect_result::not_connected;
  while (first) {
    receiver_slot& slot = *std::exchange(first, first->metadata->next_disconnected);
    result = less_final(result, finish_disconnect(slot, true, {}, notify));
    release(slot);
  }
  return result;
}

disconnect_result finish_all(const std::vector<pending_disconnect>& all,
                             notification notify) noexcept {
  disconnect_result result = disconnect_result::not_connected;
  for (const pending_disconnect& each : all) {
    result = less_final(result, finish_disconnect(each.slot(), each.was_alive, {}, notify));
  }
  return result;
}

void sweep_if_weak(signal_impl& signal) {
  locked_section section(signal);
  if (signal.weak != 0) sweep(section);
}

/// The receivers with this identity: those connected, and those that were disconnected before and
/// are not destroyed yet.
std::vector<pending_disconnect> equal_receivers(locked_section& section,
                                                const receiver_identity& identity) {
  std::vector<pending_disconnect> found;
  signal_impl& signal = section.signal();
  signal.index.find(identity, [&](receiver_slot& slot) {
    found.emplace_back(slot, true);
    return false;
  });
  // Receivers whose object has expired are not connected, even if that was not noticed yet.
  for (pending_disconnect& each : found) {
    const slot_options* const options = each.slot().metadata->options;
    if (!options || !options->expired()) continue;
    section.disconnect(each.slot(), notification::none);
    each.was_alive = false;
  }
  for (receiver_slot& slot : signal.pending_destruction) {
    const auto known = [&](const pending_disconnect& each) { return &each.slot() == &slot; };
    if (has_identity(slot, identity) && std::none_of(found.begin(), found.end(), known)) {
      found.emplace_back(slot, false);
    }
  }
  return found;
}

/// False if there is no such subscription. With its last one the receiver is marked disconnected.
bool unsubscribe(locked_section& section, receiver_slot& slot, const subscriber_group& group) {
  if (!slot.metadata->options) return false;
  const auto& subscriptions = slot.metadata->options->subscriptions;
  const auto found = std::find_if(subscriptions.begin(), subscriptions.end(),
                                  [&](const subscription& each) { return each.group == &group; });
  if (found == subscriptions.end()) return false;
  if (!remove_subscription(section, slot, static_cast<std::size_t>(found - subscriptions.begin())))
    mark_disconnected(section, slot);
  return true;
}

}  // namespace

namespace detail {

disconnect_result disconnect(signal_state* state, const receiver_identity& receiver) {
  if (!state) return disconnect_result::not_connected;
  signal_impl& signal = impl_of(*state);
  std::vector<pending_disconnect> found;
  {
    locked_section section(signal);
    found = equal_receivers(section, receiver);
    for (const pending_disconnect& each : found) {
      if (each.was_alive) mark_disconnected(section, each.slot());
    }
  }
  return finish_all(found, notification::sent);
}

namespace {

/// Removes one subscription of each equal receiver. `find_groups` returns the groups for which
/// calls may be running, `find_group` the one to unsubscribe from.
template <class FindGroups, class FindGroup>
disconnect_result disconnect_one(signal_impl& signal, const receiver_identity& receiver,
                                 const FindGroups& find_groups, const FindGroup& find_group) {
  std::vector<pending_disconnect> found;
  std::vector<bool> subscribed;
  std::vector<const subscriber_group*> groups;
  {
    locked_section section(signal);
    found = equal_receivers(section, receiver);
    groups = find_groups();
    const subscriber_group* const group = find_group();
    // All memory is allocated before the first subscription is removed: what follows may not fail.
    subscribed.reserve(found.size());
    for (pending_disconnect& each : found) {
      const bool was_subscribed =
          group && each.was_alive && unsubscribe(section, each.slot(), *group);
      subscribed.push_back(was_subscribed);
      // With its last subscription it was disconnected.
      each.was_alive = was_subscribed && !each.slot().metadata->alive.load_relaxed();
    }
  }
  disconnect_result result = disconnect_result::not_connected;
  for (std::size_t i = 0; i < found.size(); ++i) {
    receiver_slot& slot = found[i].slot();
    if (found[i].was_alive) {
      result = less_final(result, finish_disconnect(slot, true, {}, notification::sent));
    } else {
      // Calls for the subscription may still be running, whether it was removed now or before.
      result = less_final(result,
                          wait_for_subscriptions(slot, groups, {},
                                                 subscribed[i] ? disconnect_result::disconnected
                                                               : disconnect_result::not_connected));
    }
  }
  return result;
}

}  // namespace

disconnect_result disconnect(signal_state* state, const receiver_identity& receiver,
                             const sender_filter& sender) {
  if (!state) return disconnect_result::not_connected;
  signal_impl& signal = impl_of(*state);
  return disconnect_one(
      signal, receiver, [&] { return sender_groups_of(signal, sender.key); },
      [&] { return find_sender_group(signal, sender.key); });
}

disconnect_result disconnect(signal_state* state, const receiver_identity& receiver,
                             text_view pattern) {
  if (!state) return disconnect_result::not_connected;
  signal_impl& signal = impl_of(*state);
  return disconnect_one(
      signal, receiver, [&] { return pattern_groups_of(signal, pattern); },
      [&] { return find_pattern_group(signal, pattern); });
}

bool is_connected(signal_state* state, const receiver_identity& receiver) {
  if (!state) return false;
  signal_impl& signal = impl_of(*state);
  const std::lock_guard lock(signal.mutex);
  return signal.index.find(receiver, [](receiver_slot& slot) {
    return !(slot.metadata->options && slot.metadata->options->expired());
  }) != nullptr;
}

bool has_receivers_for(signal_state* state, const key_view& sender) {
  if (!state) return false;
  signal_impl& signal = impl_of(*state);
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
  if (sender.type == key_view::kind::text) {
    for (const slot_list* list : matching_lists(signal, {sender.text, sender.size})) {
      if (would_be_called(*list)) return true;
    }
  }
  const sender_group* const group = find_sender_group(signal, sender);
  if (!group) return false;
  const any_weak_pointer* const lifetime = group->lifetime.load_relaxed();
  return !(lifetime && lifetime->expired()) && would_be_called(*group->list.load_relaxed());
}

connection connection_of(receiver_slot* slot) noexcept {
  return connection_access::adopt(refer(*slot));
}

}  // namespace detail

namespace {

/// For a connected receiver: removes its expired subscriptions until one is left that is not, and
/// disconnects it if there is none, or if a tracked object has expired. True if it stays connected.
bool stays_connected(locked_section& section, receiver_slot& slot) {
  const slot_options& options = *slot.metadata->options;
  bool connected = !options.expired();
  while (connected && is_expired(options.subscriptions.back().group))
    connected = remove_subscription(section, slot, options.subscriptions.size() - 1);
  if (!connected) section.disconnect(slot, notification::none);
  return connected;
}

/// Looks at each expired receiver once: it is disconnected then.
bool has_unexpired(locked_section& section) {
  signal_impl& signal = section.signal();
  // Receivers without options do not expire.
  if (receiver_count(signal) > signal.with_options_count) return true;
  while (receiver_slot* const slot = signal.with_options.first()) {
    if (stays_connected(section, *slot)) return true;
  }
  return false;
}

}  // namespace

bool signal_base::has_receivers() const {
  signal_state* const state = state_.load_acquire();
  if (!state || receiver_count(*state) == 0) return false;
  if ((state->slow_path_reasons.load_acquire() & (slow_path_conditional | slow_path_selective)) ==
      0)
    return true;
  locked_section section(impl_of(*state));
  return has_unexpired(section);
}

std::size_t signal_base::size() const {
  signal_state* const state = state_.load_acquire();
  if (!state) return 0;
  signal_impl& signal = impl_of(*state);
  if ((signal.slow_path_reasons.load_acquire() & (slow_path_conditional | slow_path_selective)) !=
      0)
    sweep_if_weak(signal);
  return static_cast<std::size_t>(receiver_count(signal));
}

disconnect_result signal_base::disconnect_all() {
  signal_state* const state = state_.load_acquire();
  if (!state) return disconnect_result::not_connected;
  // Disconnected before, but not destroyed yet.
  std::vector<pending_disconnect> pending;
  receiver_slot* marked = nullptr;
  {
    locked_section section(impl_of(*state));
    for (receiver_slot& slot : section.signal().pending_destruction)
      pending.emplace_back(slot, false);
    marked = mark_all_disconnected(section);
  }
  const disconnect_result result = finish_all(marked, notification::sent);
  return less_final(result, finish_all(pending, notification::sent));
}

signal_mute signal_base::mute() { return signal_mute(&get_or_make_signal(state_)); }

bool signal_base::muted() const noexcept {
  const signal_state* const state = state_.load_acquire();
  return state && (state->slow_path_reasons.load_acquire() & slow_path_muted) != 0;
}

void signal_base::count_calls(bool on) {
  signal_impl& signal = get_or_make_signal(state_);
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
  return meta_of(get_or_make_signal(state_)).connected;
}

signal<void(const connection&)>& signal_base::receiver_disconnected() {
  return meta_of(get_or_make_signal(state_)).disconnected;
}

signal<void(const connection&, std::exception_ptr)>& signal_base::receiver_failed() {
  return meta_of(get_or_make_signal(state_)).failed;
}

signal_base& signal_base::operator=(signal_base&& other) noexcept {
  if (this != &other) {
    if (state_.load_relaxed() != nullptr) destroy();
    state_.store(other.state_.exchange(nullptr));
  }
  return *this;
}

namespace {

/// The next receiver that the end of its signal has still to wait for, with a reference; or null.
receiver_slot* take_awaited(signal_impl& signal) noexcept {
  const std::lock_guard lock(signal.mutex);
  for (receiver_slot& slot : signal.pending_destruction) {
    if (std::exchange(slot.metadata->awaited, false)) return refer(slot);
  }
  return nullptr;
}

/// Disconnects all receivers of a signal that ends, after adding `reasons` to those for the slow
/// path. Waits for them, and for those that were disconnected before. Needs no memory, unlike
/// disconnect_all, because only one thread ends a signal.
void end_receivers(signal_impl& signal, std::uint32_t reasons, notification notify) noexcept {
  receiver_slot* marked = nullptr;
  {
    locked_section section(signal);
    if (reasons != 0) add_slow_path(signal, reasons);
    for (receiver_slot& slot : signal.pending_destruction) slot.metadata->awaited = true;
    marked = mark_all_disconnected(section);
  }
  finish_all(marked, notify);
  while (receiver_slot* const slot = take_awaited(signal)) {
    finish_disconnect(*slot, false, {}, notification::none);
    release(*slot);
  }
}

void end_meta_signal(signal_base& meta) noexcept {
  if (signal_state* const state = signal_base_access::state_of(meta).load_acquire())
    end_receivers(impl_of(*state), 0, notification::sent);
}

void end_signal(signal_impl& signal) noexcept {
  // Sends that are running end after the current receiver.
  end_receivers(signal, slow_path_ended, notification::none);
  if (meta_signals* const meta = signal.meta.load_acquire()) {
    // Now, because their receivers may own connections, which keep this signal in memory.
    end_meta_signal(meta->connected);
    end_meta_signal(meta->disconnected);
    end_meta_signal(meta->failed);
  }
  abandon(signal);
}

}  // namespace

void signal_base::destroy() noexcept {
  // Again, because a receiver may connect another one while it is waited for.
  while (state_.load_acquire()) {
    if (signal_state* const state = state_.exchange(nullptr)) end_signal(impl_of(*state));
  }
}

}  // namespace aldis

// Disconnecting: which threads are inside a receiver, which of them wait for each other, and which
// one destroys it. docs/design/waiting-and-deadlocks.md has the rules, and why they cannot deadlock
// by themselves.

#include "disconnect.hpp"

#include "connect.hpp"
#include "library_state.hpp"
#include "locked_section.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slab.hpp"
#include "slot.hpp"
#include "slot_list.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

namespace aldis::detail {

namespace {

/// Enters a receiver in order to destroy it: other threads then wait for its destructor as they do
/// for a call.
class destruction_guard {
 public:
  /// `frame`: of this thread, not in use. Under the signal's mutex, so that the slot list stays
  /// which is to protect the signal.
  destruction_guard(signal_impl& signal, receiver_slot& slot, hazard_frame& frame)
      : signal_(signal), frame_(frame) {
    signal_.writer.begin_unregistered_read();
    frame_[hazard::receiver].store(&slot);
    frame_[hazard::list].store(signal.unfiltered.load());
  }
  destruction_guard(const destruction_guard&) = delete;
  destruction_guard& operator=(const destruction_guard&) = delete;
  ~destruction_guard() {
    signal_.writer.end_unregistered_read();
    // From here on the signal may be freed.
    release_frame(frame_);
  }

 private:
  signal_impl& signal_;
  hazard_frame& frame_;
};

/// Exactly one thread gets true, and must destroy the receiver. Under the signal's mutex.
bool claim(receiver_slot& slot) noexcept {
  if (slot.body.load_relaxed() != body_whole) return false;
  slot.body.store_release(body_claimed);
  return true;
}

/// Whether destroying it runs no user code.
bool is_trivial(const receiver_slot& slot) noexcept {
  return slot.type->destroy == nullptr && !slot.metadata->has_guarded_uses &&
         !(slot.metadata->options && slot.metadata->options->conditional());
}

void destroy_body(receiver_slot& slot) noexcept {
  if (slot.type->destroy) slot.type->destroy(slot.storage);
  if (slot.metadata->options) slot.metadata->options->destroy_conditions();
}

/// For the thread that claimed it, which holds no lock: this runs user code.
void destroy(signal_impl& signal, receiver_slot& slot) noexcept {
  destroy_body(slot);
  guarded_use* uses = nullptr;
  {
    const std::lock_guard lock(signal.mutex);
    if (slot.metadata->has_guarded_uses) uses = take_guarded_uses(signal, slot);
    finalize(slot);
  }
  while (uses) {
    const guarded_use* const use = std::exchange(uses, uses->next);
    use->object->release();
    delete use;
  }
}

/// While a thread waits or a receiver is to be destroyed, sends take the slow path, which checks
/// for pending work after each call. Under the library's mutex, as the next.
void add_deferred_reason(signal_impl& signal) noexcept {
  const std::lock_guard lock(signal.mutex);
  if (signal.deferred++ == 0) add_slow_path(signal, slow_path_deferred);
}

void remove_deferred_reason(signal_impl& signal) noexcept {
  const std::lock_guard lock(signal.mutex);
  if (--signal.deferred == 0) remove_slow_path(signal, slow_path_deferred);
}

/// Takes the slot out of the library's list. False if it was not there; else the caller has the
/// list's reference. Under the library's mutex, as the next.
bool take_deferred(library_state& library, receiver_slot& slot) noexcept {
  if (!slot.metadata->deferred) return false;
  receiver_slot** link = &library.deferred;
  while (*link != &slot) link = &(*link)->metadata->next;
  *link = slot.metadata->next;
  slot.metadata->next = nullptr;
  slot.metadata->deferred = false;
  remove_deferred_reason(signal_of(slot));
  return true;
}

/// Leaves the destruction to the last thread inside, unless a thread has claimed it.
void defer_destruction(library_state& library, receiver_slot& slot) noexcept {
  if (slot.metadata->deferred || slot.body.load() != body_whole) return;
  refer(slot);
  slot.metadata->deferred = true;
  slot.metadata->next = library.deferred;
  library.deferred = &slot;
  add_deferred_reason(signal_of(slot));
}

enum class destruction {
  complete,
  claimed_elsewhere,  ///< another thread destroys it
  out_of_memory       ///< it stays in the library's list
};

/// Destroys a receiver that no thread is inside of, and none can enter. Called with the library's
/// mutex locked, which is unlocked before user code runs; otherwise it stays locked. `me`: null if
/// this thread has no record.
destruction destroy_unoccupied(library_state& library, receiver_slot& slot, thread_record_impl* me,
                               std::unique_lock<std::mutex>& lock) {
  signal_impl& signal = signal_of(slot);
  hazard_frame* const frame = me ? try_claim_frame(*me) : nullptr;
  if (!frame) {
    leave_pending_work(library, me);
    return destruction::out_of_memory;
  }
  std::optional<destruction_guard> inside;
  {
    const std::lock_guard inner(signal.mutex);
    inside.emplace(signal, slot, *frame);
    if (!claim(slot)) return destruction::claimed_elsewhere;
  }
  const bool was_deferred = take_deferred(library, slot);
  lock.unlock();
  destroy(signal, slot);
  if (was_deferred) release(slot);
  return destruction::complete;
}

/// To be called after this thread has left a frame. `me`: null if it has no record.
void process_if_pending(thread_record_impl* me) noexcept {
  if (me && me->has_pending_work.load() != 0) process_pending_work(*me);
}

/// Why a wait was given up.
disconnect_result result_of(vacancy_wait::progress reached) noexcept {
  switch (reached) {
    case vacancy_wait::progress::would_deadlock:
      return disconnect_result::would_deadlock;
    case vacancy_wait::progress::timed_out:
      return disconnect_result::timed_out;
    case vacancy_wait::progress::refused:
    case vacancy_wait::progress::vacant:
    case vacancy_wait::progress::check_again:
      break;
  }
  return disconnect_result::deferred;
}

/// For a receiver that a thread was inside of when it was disconnected.
disconnect_result wait_and_destroy(signal_impl& signal, receiver_slot& slot, wait_policy policy,
                                   disconnect_result done) {
  library_state& library = library_of(signal);
  vacancy_wait wait(signal.writer, {&slot}, policy);
  using progress = vacancy_wait::progress;
  disconnect_result result = done;
  bool taken = false;
  {
    std::unique_lock lock(library.mutex);
    defer_destruction(library, slot);
    while (slot.body.load() != body_destroyed) {
      const progress reached = wait.step(lock);
      if (reached == progress::check_again) continue;
      if (reached == progress::vacant) {
        const destruction ended = destroy_unoccupied(library, slot, wait.me(), lock);
        // That thread is found inside by the next step.
        if (ended == destruction::claimed_elsewhere) continue;
        if (ended == destruction::complete) break;
      }
      result = result_of(reached);
      break;
    }
    // Another thread may have destroyed it without taking it out of the list.
    if (lock.owns_lock() && slot.body.load() == body_destroyed)
      taken = take_deferred(library, slot);
  }
  if (taken) release(slot);
  process_if_pending(wait.me());
  return result;
}

/// For a subscription that was removed: waits for running calls that were made for it.
disconnect_result wait_for_subscription(signal_impl& signal, receiver_slot& slot,
                                        const subscriber_group* group, wait_policy policy,
                                        disconnect_result done) {
  library_state& library = library_of(signal);
  {
    const std::lock_guard lock(signal.mutex);
    if (is_quiescent(signal) || find_occupancy(signal.writer, {&slot, group}).empty()) return done;
  }
  vacancy_wait wait(signal.writer, {&slot, group}, policy);
  using progress = vacancy_wait::progress;
  progress reached = progress::check_again;
  {
    std::unique_lock lock(library.mutex);
    add_deferred_reason(signal);
    while (reached == progress::check_again) reached = wait.step(lock);
    remove_deferred_reason(signal);
  }
  process_if_pending(wait.me());
  return reached == progress::vacant ? done : result_of(reached);
}

/// Claims a receiver that no thread is inside of, and that needs no destruction outside the lock:
/// the caller may finalize it at once. Under the signal's mutex.
bool claim_if_trivial(signal_impl& signal, receiver_slot& slot) noexcept {
  return is_trivial(slot) &&
         (is_quiescent(signal) || find_occupancy(signal.writer, {&slot}).empty()) && claim(slot);
}

disconnect_result destroy_or_wait(signal_impl& signal, receiver_slot& slot, bool was_alive,
                                  wait_policy policy) {
  const disconnect_result done =
      was_alive ? disconnect_result::disconnected : disconnect_result::not_connected;
  thread_record_impl* me = existing_record(library_of(signal));
  {
    std::unique_lock lock(signal.mutex);
    if (slot.body.load() == body_destroyed) return done;
    if (claim_if_trivial(signal, slot)) {
      finalize(slot);
      return done;
    }
    if (!me) {
      lock.unlock();
      me = try_record_in(library_of(signal));
      lock.lock();
    }
    hazard_frame* const frame = me ? try_claim_frame(*me) : nullptr;
    if (frame && find_occupancy(signal.writer, {&slot}).empty()) {
      // Before the claim: a thread that finds the receiver claimed must find this one inside.
      const destruction_guard inside(signal, slot, *frame);
      if (claim(slot)) {
        lock.unlock();
        destroy(signal, slot);
        // A thread may wait until the guard ends; see below.
      }
    }
  }
  if (slot.body.load() == body_destroyed) {
    process_if_pending(me);
    return done;
  }
  return wait_and_destroy(signal, slot, policy, done);
}

/// False without memory.
bool push_back(std::vector<const subscriber_group*>& groups,
               const subscriber_group* group) noexcept {
  try {
    groups.push_back(group);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void notify_disconnected(signal_impl& signal, receiver_slot& slot) noexcept {
  meta_signals* const meta = signal.meta.load_acquire();
  if (!meta) return;
  try {
    meta->disconnected.send_robust(connection_access::adopt(refer(slot)));
  } catch (...) {
    // No memory for the outcomes; a disconnect cannot fail.
  }
}

}  // namespace

void finalize(receiver_slot& slot) noexcept {
  slot_metadata& metadata = *slot.metadata;
  signal_of(slot).pending_destruction.erase(slot);
  slot.type = nullptr;
  metadata.awaited = false;
  metadata.where = {"", 0};
  metadata.identity = {};
  // Release: the destructors happen before what a thread does that finds it destroyed.
  slot.body.store_release(body_destroyed);
  if (slot.lists == 0) release_locked(slot);
}

void keep_until_destroyed(receiver_slot& slot, guarded_object& object) noexcept {
  signal_impl& signal = signal_of(slot);
  const std::lock_guard lock(signal.mutex);
  // If only a subscription was removed, the receiver stays connected for other owners, who are
  // responsible for what it uses.
  if (slot.metadata->alive.load_relaxed() || slot.body.load_relaxed() == body_destroyed) return;
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without any memory the program ends
  signal.guarded_uses = new guarded_use{&slot, &object, signal.guarded_uses};
  slot.metadata->has_guarded_uses = true;
  object.refer();
}

guarded_use* take_guarded_uses(signal_impl& signal, receiver_slot& slot) noexcept {
  guarded_use* taken = nullptr;
  for (guarded_use** link = &signal.guarded_uses; *link;) {
    guarded_use* const use = *link;
    if (use->slot != &slot) {
      link = &use->next;
      continue;
    }
    *link = use->next;
    use->next = taken;
    taken = use;
  }
  slot.metadata->has_guarded_uses = false;
  return taken;
}

bool mark_disconnected(locked_section& section, receiver_slot& slot) {
  signal_impl& signal = section.signal();
  slot_metadata& metadata = *slot.metadata;
  if (!metadata.alive.load_relaxed()) return false;
  signal.pending_destruction.push_front(slot);
  const bool unread = is_quiescent(signal);
  if (unread) {
    metadata.alive.store_release(false);
    slot.call.store_release(nullptr);
  } else {
    // Sequentially consistent: either a queued call, which reads `alive` after it has stored its
    // hazard, sees it, or it is found inside.
    metadata.alive.store(false);
    // A full fence: the same for a fenced send, which reads `call`.
    slot.call.exchange(nullptr);
  }
  if (metadata.identity.kind) signal.index.erase(metadata.identity, slot);
  signal.live.store_release(signal.live.load_relaxed() - 1);
  if (!metadata.options) {
    erase_entry(signal, signal.unfiltered, slot, unread);
  } else {
    if (!metadata.options->id.empty()) {
      signal.index.erase(receiver_identity::of_id(metadata.options->id.view()), slot);
    }
    if (metadata.options->extension) {
      signal.queued_weight -= queued_weight_of(*metadata.options->extension);
      if (signal.queued_weight <= 1) remove_slow_path(signal, slow_path_sharing);
    }
    if (metadata.options->trackers) --signal.weak;
    if (metadata.options->conditional() && --signal.conditional == 0)
      remove_slow_path(signal, slow_path_conditional);
    for (const subscription& each : metadata.options->subscriptions) {
      if (each.group && --each.group->live == 0) {
        retire_group(section, *each.group);
      } else {
        erase_entry(signal, each.group ? each.group->list : signal.unfiltered, slot, unread);
      }
    }
    metadata.options->subscriptions.clear();
    signal.with_options.erase(slot);
    --signal.with_options_count;
    end_selection(signal);
  }
  if (signal.live.load_relaxed() <= 1) update_only_slot(signal);
  if (unread) {
    signal.writer.count_change();
  } else {
    synchronize(signal);
  }
  if (!signal.writer.retired().empty()) signal.writer.reclaim();
  return true;
}

disconnect_result finish_disconnect(receiver_slot& slot, bool was_alive, wait_policy policy,
                                    notification notify) noexcept {
  signal_impl& signal = signal_of(slot);
  // Before it is destroyed, so that receivers of the meta-signal can still ask what it was.
  if (was_alive && notify == notification::sent) notify_disconnected(signal, slot);
  // Wakes threads that wait inside for room in its queue, which would be waited for.
  if (was_alive && slot.metadata->options && slot.metadata->options->extension) {
    slot.metadata->options->extension->close();
  }
  return destroy_or_wait(signal, slot, was_alive, policy);
}

disconnect_result disconnect_slot(receiver_slot& slot, wait_policy policy) noexcept {
  signal_impl& signal = signal_of(slot);
  bool was_alive = false;
  {
    locked_section section(signal);
    was_alive = mark_disconnected(section, slot);
    if (!signal.meta.load_relaxed() && slot.body.load() == body_whole &&
        claim_if_trivial(signal, slot)) {
      finalize(slot);
      return was_alive ? disconnect_result::disconnected : disconnect_result::not_connected;
    }
  }
  return finish_disconnect(slot, was_alive, policy, notification::sent);
}

disconnect_result wait_for_subscriptions(receiver_slot& slot,
                                         const std::vector<const subscriber_group*>& groups,
                                         wait_policy policy, disconnect_result done) noexcept {
  signal_impl& signal = signal_of(slot);
  for (const subscriber_group* const group : groups)
    done = less_final(done, wait_for_subscription(signal, slot, group, policy, done));
  return done;
}

disconnect_result disconnect_subscription(receiver_slot& slot, std::uint64_t serial,
                                          wait_policy policy) noexcept {
  signal_impl& signal = signal_of(slot);
  std::vector<const subscriber_group*> removed;
  bool remembered = true;
  bool was_alive = false;
  {
    locked_section section(signal);
    slot_metadata& metadata = *slot.metadata;
    if (!metadata.alive.load_relaxed()) {
      // Disconnected already; a call may still be running, and is waited for below.
    } else if (metadata.options) {
      // Sorted by their serials.
      const auto& subscriptions = metadata.options->subscriptions;
      const auto first = std::lower_bound(
          subscriptions.begin(), subscriptions.end(), serial,
          [](const subscription& each, std::uint64_t value) { return each.serial < value; });
      const auto index = static_cast<std::size_t>(first - subscriptions.begin());
      while (metadata.alive.load_relaxed() && index < subscriptions.size() &&
             subscriptions[index].serial == serial) {
        remembered = remembered && push_back(removed, subscriptions[index].group);
        if (!remove_subscription(section, slot, index))
          was_alive = mark_disconnected(section, slot);
      }
    } else if (slot.serial.load_relaxed() == serial) {
      was_alive = mark_disconnected(section, slot);
    }
    if (removed.empty() && remembered && metadata.alive.load_relaxed())
      return disconnect_result::not_connected;
  }
  if (!slot.metadata->alive.load())
    return finish_disconnect(slot, was_alive, policy, notification::sent);
  // Without memory to remember the groups, the calls for all of them are waited for.
  return remembered ? wait_for_subscriptions(slot, removed, policy, disconnect_result::disconnected)
                    : wait_for_subscription(signal, slot, nullptr, policy,
                                            disconnect_result::disconnected);
}

void retract_hazard(thread_record& thread) noexcept {
  auto& me = static_cast<thread_record_impl&>(thread);
  // A full fence: either a thread that waits for this one sees that it left, or this one sees its
  // mark.
  me.first[hazard::receiver].exchange(nullptr);
  if (me.has_pending_work.load() == 0) return;
  // The mark stays: there may be something to destroy.
  const std::lock_guard lock(me.registry->mutex);
  wake_waiters(me);
}

void process_pending_work(thread_record& thread) noexcept {
  auto& me = static_cast<thread_record_impl&>(thread);
  auto& library = static_cast<library_state&>(*me.registry);
  for (;;) {
    abandoned_signals freed;
    std::unique_lock lock(library.mutex);
    me.has_pending_work.store(0);
    receiver_slot* vacant = nullptr;
    for (receiver_slot* slot = library.deferred; slot && !vacant; slot = slot->metadata->next) {
      if (slot->body.load() == body_destroyed || is_vacant(signal_of(*slot).writer, {slot}))
        vacant = slot;
    }
    if (vacant) {
      if (vacant->body.load() == body_destroyed) {
        take_deferred(library, *vacant);
        lock.unlock();
        release(*vacant);
        continue;
      }
      if (destroy_unoccupied(library, *vacant, &me, lock) != destruction::out_of_memory) continue;
    }
    if (wake_waiters(me)) me.has_pending_work.store(1);
    freed.collect(library);
    return;
  }
}

void notify_connected(signal_impl& signal, receiver_slot& slot) {
  signal.meta.load_acquire()->connected.send(connection_access::adopt(refer(slot)));
}

disconnect_result less_final(disconnect_result a, disconnect_result b) noexcept {
  // not_connected is as final as disconnected, but `disconnected` says that something was done.
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

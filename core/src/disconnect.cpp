// Disconnecting: which threads are inside a receiver, which of them wait for each other, and which
// one destroys it. docs/design/waiting-and-deadlocks.md has the rules, and why they cannot deadlock
// by themselves.

#include "disconnect.hpp"

#include "barrier.hpp"
#include "connect.hpp"
#include "exit.hpp"
#include "locked_section.hpp"
#include "reclaim.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slab.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "threads.hpp"

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

namespace aldis::detail {

namespace {

/// The threads inside a receiver.
struct occupancy {
  bool this_thread = false;
  thread_record_impl* other = nullptr;  ///< one of the other threads that are inside

  bool empty() const noexcept { return !this_thread && !other; }
};

/// The calls that a disconnect waits for.
struct call_target {
  const receiver_slot& slot;
  const subscriber_group* group = nullptr;  ///< null: all calls; else only those for this group
};

bool is_inside(const thread_record& thread, const call_target& target) noexcept {
  return any_frame(thread, [&](const send_frame& frame) {
    // First, only for the order: a thread that leaves clears `inside`, then `held` by an exchange,
    // then reads has_pending_work. If it read that before the caller set it, this load reads what
    // the exchange wrote, or something later; so the next load sees what was written before it.
    static_cast<void>(frame.held.load());
    return frame.inside.load() == &target.slot &&
           (!target.group || frame.group.load() == target.group ||
            frame.matched.load() == target.group);
  });
}

occupancy find_occupancy(signal_impl& signal, const call_target& target) noexcept {
  occupancy found;
  const thread_record* const me = existing_record(*signal.domain);
  if (me) found.this_thread = is_inside(*me, target);
  if (!other_threads_send(signal)) return found;
  any_record(*signal.domain, [&](thread_record_impl& thread) {
    if (&thread != me && is_inside(thread, target)) found.other = &thread;
    return found.other != nullptr;
  });
  return found;
}

/// Enters a receiver in order to destroy it: other threads then wait for its destructor as they do
/// for a call.
class destruction_guard {
 public:
  /// Under the signal's mutex, so that the slot list stays which is to protect the signal.
  destruction_guard(signal_impl& signal, receiver_slot& slot)
      : signal_(signal), frame_(claim_frame(record_in(*signal.domain))) {
    signal_.destroying.fetch_add(1);
    frame_.inside.store(&slot);
    frame_.held.store(signal.unfiltered.load());
  }
  destruction_guard(const destruction_guard&) = delete;
  destruction_guard& operator=(const destruction_guard&) = delete;
  ~destruction_guard() {
    signal_.destroying.fetch_sub(1);
    // From here on the signal may be freed.
    release_frame(frame_);
  }

 private:
  signal_impl& signal_;
  send_frame& frame_;
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
/// for pending work after each call. Under the domain's mutex, as the next.
void add_deferred_reason(signal_impl& signal) noexcept {
  const std::lock_guard lock(signal.mutex);
  if (signal.deferred++ == 0) add_slow_path(signal, slow_path_deferred);
}

void remove_deferred_reason(signal_impl& signal) noexcept {
  const std::lock_guard lock(signal.mutex);
  if (--signal.deferred == 0) remove_slow_path(signal, slow_path_deferred);
}

/// Takes the slot out of the domain's list. False if it was not there; else the caller has the
/// list's reference. Under the domain's mutex, as the next.
bool take_deferred(hazard_domain& domain, receiver_slot& slot) noexcept {
  if (!slot.metadata->deferred) return false;
  receiver_slot** link = &domain.deferred;
  while (*link != &slot) link = &(*link)->metadata->next;
  *link = slot.metadata->next;
  slot.metadata->next = nullptr;
  slot.metadata->deferred = false;
  remove_deferred_reason(signal_of(slot));
  return true;
}

/// Leaves the destruction to the last thread inside, unless a thread has claimed it.
void defer_destruction(hazard_domain& domain, receiver_slot& slot) noexcept {
  if (slot.metadata->deferred || slot.body.load() != body_whole) return;
  refer(slot);
  slot.metadata->deferred = true;
  slot.metadata->next = domain.deferred;
  domain.deferred = &slot;
  add_deferred_reason(signal_of(slot));
}

/// Sets has_pending_work in the records of `first` and of all threads inside. Those that are still
/// inside afterwards will see it when they leave. True if one of them had not been marked before.
/// Under the domain's mutex.
bool mark_occupants(hazard_domain& domain, const call_target& target,
                    thread_record_impl* first) noexcept {
  bool newly_marked = first && set_pending_work(*first);
  any_record(domain, [&](thread_record_impl& thread) {
    if (is_inside(thread, target) && set_pending_work(thread)) newly_marked = true;
    return false;
  });
  if (newly_marked && domain.ever_asymmetric.load()) heavy_barrier(domain);
  return newly_marked;
}

/// True if no thread is inside. Else all that are have been marked, and check again after leaving.
/// Under the domain's mutex.
bool is_vacant(hazard_domain& domain, receiver_slot& slot) noexcept {
  for (;;) {
    const occupancy found = find_occupancy(signal_of(slot), {slot});
    if (found.empty()) return true;
    // A send that protected the slot only to find the receiver disconnected came after the
    // disconnect had marked the others, and may be the last to leave.
    if (!mark_occupants(domain, {slot}, found.other)) return false;
  }
}

/// Whether a thread inside `start` is this one, or waits for it, directly or not. Under the
/// domain's mutex, where all waits begin.
bool waits_for(hazard_domain& domain, const call_target& start, const thread_record_impl& me,
               std::uint32_t depth) noexcept {
  if (depth > domain.record_count) return false;
  return any_record(domain, [&](thread_record_impl& thread) {
    if (!is_inside(thread, start)) return false;
    return &thread == &me ||
           (thread.waiting_for &&
            waits_for(domain, {*thread.waiting_for, thread.waiting_for_group}, me, depth + 1));
  });
}

/// Destroys a receiver that no thread is inside of, and none can enter. Called with the domain's
/// mutex locked, which is unlocked before user code runs. False if another thread has claimed the
/// receiver; then the mutex stays locked.
bool destroy_unoccupied(hazard_domain& domain, receiver_slot& slot,
                        std::unique_lock<std::mutex>& lock) {
  signal_impl& signal = signal_of(slot);
  std::optional<destruction_guard> inside;
  {
    const std::lock_guard inner(signal.mutex);
    inside.emplace(signal, slot);
    if (!claim(slot)) return false;
  }
  const bool was_deferred = take_deferred(domain, slot);
  lock.unlock();
  destroy(signal, slot);
  if (was_deferred) release(slot);
  return true;
}

/// One thread's wait until no thread is inside. Used under the domain's mutex.
class vacancy_wait {
 public:
  enum class progress { vacant, check_again, gave_up };

  vacancy_wait(hazard_domain& domain, call_target target, wait_policy policy)
      : domain_(domain), me_(record_in(domain)), target_(target), policy_(policy) {
    // Longer than a program runs is without limit, or the sum below would overflow.
    if (policy.nanoseconds > std::chrono::nanoseconds(std::chrono::years(10)).count()) {
      policy_.nanoseconds = -1;
    }
    if (policy_.nanoseconds > 0) deadline_ += std::chrono::nanoseconds(policy_.nanoseconds);
  }

  /// Checks once, and waits until one of the threads inside has left. `reason` says why it gave up.
  progress step(std::unique_lock<std::mutex>& lock) {
    const occupancy found = find_occupancy(signal_of(target_.slot), target_);
    if (found.empty()) return progress::vacant;
    // Marked first, then checked again: a thread that is still inside will see the mark when it
    // leaves.
    mark_occupants(domain_, target_, found.other);
    if (!found.this_thread && !is_inside(*found.other, target_)) return progress::check_again;
    if (found.this_thread || !policy_.wait) return give_up(disconnect_result::deferred);
    if (waits_for(domain_, target_, me_, 0)) return give_up(disconnect_result::would_deadlock);
    if (policy_.nanoseconds >= 0 && clock::now() >= deadline_) {
      return give_up(disconnect_result::timed_out);
    }
    if (!exiting_) {
      // Slow, so only before the thread would block; and without the mutex, because the dynamic
      // loader has a lock of its own.
      lock.unlock();
      exiting_ = exiting();
      lock.lock();
      return progress::check_again;
    }
    if (*exiting_) return give_up(disconnect_result::deferred);
    ++found.other->waiters;
    me_.waiting_for = &target_.slot;
    me_.waiting_for_group = target_.group;
    if (policy_.nanoseconds < 0) {
      found.other->on_leave.wait(lock);
    } else {
      found.other->on_leave.wait_until(lock, deadline_);
    }
    me_.waiting_for = nullptr;
    --found.other->waiters;
    return progress::check_again;
  }

  disconnect_result reason() const noexcept { return reason_; }
  thread_record_impl& me() noexcept { return me_; }

 private:
  using clock = std::chrono::steady_clock;

  progress give_up(disconnect_result reason) noexcept {
    reason_ = reason;
    return progress::gave_up;
  }

  hazard_domain& domain_;
  thread_record_impl& me_;
  call_target target_;
  wait_policy policy_;
  clock::time_point deadline_ = clock::now();
  std::optional<bool> exiting_;  ///< empty: not asked yet
  disconnect_result reason_ = disconnect_result::deferred;
};

/// For a receiver that a thread was inside of when it was disconnected.
disconnect_result wait_and_destroy(signal_impl& signal, receiver_slot& slot, wait_policy policy,
                                   disconnect_result done) {
  hazard_domain& domain = *signal.domain;
  vacancy_wait wait(domain, {slot}, policy);
  using progress = vacancy_wait::progress;
  disconnect_result result = done;
  bool taken = false;
  {
    std::unique_lock lock(domain.mutex);
    defer_destruction(domain, slot);
    while (slot.body.load() != body_destroyed) {
      const progress reached = wait.step(lock);
      if (reached == progress::gave_up) result = wait.reason();
      // If another thread has claimed it meanwhile, that one is found inside by the next step.
      if (reached == progress::vacant && !destroy_unoccupied(domain, slot, lock)) continue;
      if (reached != progress::check_again) break;
    }
    // Another thread may have destroyed it without taking it out of the list.
    if (lock.owns_lock() && slot.body.load() == body_destroyed) taken = take_deferred(domain, slot);
  }
  if (taken) release(slot);
  if (wait.me().has_pending_work.load() != 0) process_pending_work(wait.me());
  return result;
}

/// For a subscription that was removed: waits for running calls that were made for it.
disconnect_result wait_for_subscription(signal_impl& signal, receiver_slot& slot,
                                        const subscriber_group* group, wait_policy policy,
                                        disconnect_result done) {
  hazard_domain& domain = *signal.domain;
  {
    const std::lock_guard lock(signal.mutex);
    if (is_quiescent(signal) || find_occupancy(signal, {slot, group}).empty()) return done;
  }
  vacancy_wait wait(domain, {slot, group}, policy);
  using progress = vacancy_wait::progress;
  progress reached = progress::check_again;
  {
    std::unique_lock lock(domain.mutex);
    add_deferred_reason(signal);
    while (reached == progress::check_again) reached = wait.step(lock);
    remove_deferred_reason(signal);
  }
  if (wait.me().has_pending_work.load() != 0) process_pending_work(wait.me());
  return reached == progress::vacant ? done : wait.reason();
}

/// Claims a receiver that no thread is inside of, and that needs no destruction outside the lock:
/// the caller may finalize it at once. Under the signal's mutex.
bool claim_if_trivial(signal_impl& signal, receiver_slot& slot) noexcept {
  return is_trivial(slot) && (is_quiescent(signal) || find_occupancy(signal, {slot}).empty()) &&
         claim(slot);
}

disconnect_result destroy_or_wait(signal_impl& signal, receiver_slot& slot, bool was_alive,
                                  wait_policy policy) {
  const disconnect_result done =
      was_alive ? disconnect_result::disconnected : disconnect_result::not_connected;
  thread_record_impl& me = record_in(*signal.domain);
  {
    std::unique_lock lock(signal.mutex);
    if (slot.body.load() == body_destroyed) return done;
    if (claim_if_trivial(signal, slot)) {
      finalize(slot);
      return done;
    }
    if (find_occupancy(signal, {slot}).empty()) {
      // Before the claim: a thread that finds the receiver claimed must find this one inside.
      const destruction_guard inside(signal, slot);
      if (claim(slot)) {
        lock.unlock();
        destroy(signal, slot);
        // A thread may wait until `inside` ends; see below.
      }
    }
  }
  if (slot.body.load() == body_destroyed) {
    if (me.has_pending_work.load() != 0) process_pending_work(me);
    return done;
  }
  return wait_and_destroy(signal, slot, policy, done);
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
  (metadata.previous_pending ? metadata.previous_pending->metadata->next_pending
                             : signal_of(slot).pending_destruction) = metadata.next_pending;
  if (metadata.next_pending)
    metadata.next_pending->metadata->previous_pending = metadata.previous_pending;
  metadata.next_pending = metadata.previous_pending = nullptr;
  slot.type = nullptr;
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
  metadata.next_pending = signal.pending_destruction;
  if (signal.pending_destruction) signal.pending_destruction->metadata->previous_pending = &slot;
  signal.pending_destruction = &slot;
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
  if (metadata.identity.kind) signal.index.erase(hash_of(metadata.identity), slot);
  signal.live.store_release(signal.live.load_relaxed() - 1);
  if (!metadata.options) {
    erase_entry(signal, signal.unfiltered, slot, unread);
  } else {
    if (!metadata.options->id.empty()) {
      signal.index.erase(hash_of(receiver_identity::of_id(metadata.options->id.view())), slot);
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
    end_selection(signal);
  }
  if (signal.live.load_relaxed() <= 1) update_only_slot(signal);
  if (unread) {
    ++signal.disconnects;
  } else {
    synchronize(signal);
  }
  if (signal.retired) reclaim(signal);
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
  bool was_alive = false;
  {
    locked_section section(signal);
    slot_metadata& metadata = *slot.metadata;
    if (!metadata.alive.load_relaxed()) {
      // Disconnected already; a call may still be running, and is waited for below.
    } else if (metadata.options) {
      auto& subscriptions = metadata.options->subscriptions;
      for (std::size_t i = subscriptions.size(); i-- > 0 && metadata.alive.load_relaxed();) {
        if (subscriptions[i].serial != serial) continue;
        removed.push_back(subscriptions[i].group);
        if (!remove_subscription(section, slot, i)) was_alive = mark_disconnected(section, slot);
      }
    } else if (slot.serial.load_relaxed() == serial) {
      was_alive = mark_disconnected(section, slot);
    }
    if (removed.empty() && metadata.alive.load_relaxed()) return disconnect_result::not_connected;
  }
  if (!slot.metadata->alive.load())
    return finish_disconnect(slot, was_alive, policy, notification::sent);
  return wait_for_subscriptions(slot, removed, policy, disconnect_result::disconnected);
}

void retract_hazard(thread_record& thread) noexcept {
  auto& me = static_cast<thread_record_impl&>(thread);
  // A full fence: either a thread that waits for this one sees that it left, or this one sees its
  // mark.
  me.first.inside.exchange(nullptr);
  if (me.has_pending_work.load() == 0) return;
  // The mark stays: there may be something to destroy.
  const std::lock_guard lock(me.domain->mutex);
  if (me.waiters != 0) me.on_leave.notify_all();
}

void process_pending_work(thread_record& thread) noexcept {
  auto& me = static_cast<thread_record_impl&>(thread);
  hazard_domain& domain = *me.domain;
  for (;;) {
    abandoned_signals freed;
    std::unique_lock lock(domain.mutex);
    me.has_pending_work.store(0);
    receiver_slot* vacant = nullptr;
    for (receiver_slot* slot = domain.deferred; slot && !vacant; slot = slot->metadata->next) {
      if (slot->body.load() == body_destroyed || is_vacant(domain, *slot)) vacant = slot;
    }
    if (vacant) {
      if (vacant->body.load() == body_destroyed) {
        take_deferred(domain, *vacant);
        lock.unlock();
        release(*vacant);
      } else {
        destroy_unoccupied(domain, *vacant, lock);
      }
      continue;
    }
    if (me.waiters != 0) {
      me.has_pending_work.store(1);
      me.on_leave.notify_all();
    }
    freed.collect(domain);
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

// Disconnecting: who is inside, who waits for whom, and who destroys.
// docs/design/waiting-and-deadlocks.md has the rules and why they cannot deadlock by themselves.

#include "disconnect.hpp"

#include "barrier.hpp"
#include "connect.hpp"
#include "exit.hpp"
#include "locked_section.hpp"
#include "reclaim.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "slots.hpp"
#include "slow_send.hpp"
#include "threads.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace aldis::detail {

namespace {

struct occupancy {
  bool me = false;
  thread_record_impl* other = nullptr;  ///< one of the other threads that are inside

  bool empty() const noexcept { return !me && !other; }
};

/// Whom a disconnect looks for: calls of a receiver, or only those made for one sender.
struct call_query {
  const receiver_slot& p;
  const subscriber_group* via = nullptr;
};

bool is_inside(const thread_record& thread, const call_query& what) noexcept {
  return any_frame(thread, [&](const send_frame& frame) {
    // First, for the order alone: whoever leaves clears `inside`, then `held` by an exchange, then
    // checks for pending work. If that was before the caller asked for it, this reads what the
    // exchange wrote, or later, and the next line what was written before.
    static_cast<void>(frame.held.load());
    return frame.inside.load() == &what.p &&
           (!what.via || frame.via.load() == what.via || frame.matched.load() == what.via);
  });
}

occupancy find(signal_impl& signal, const call_query& what) noexcept {
  occupancy who;
  const thread_record* const me = known_record(*signal.home);
  if (me) who.me = is_inside(*me, what);
  if (!others_send(signal)) return who;
  any_record(*signal.home, [&](thread_record_impl& thread) {
    if (&thread != me && is_inside(thread, what)) who.other = &thread;
    return who.other != nullptr;
  });
  return who;
}

/// Being inside a receiver in order to destroy it: whoever looks for calls finds the destructor
/// too.
class destruction {
 public:
  /// Under the signal's mutex, so that the slot list which holds the signal stays.
  destruction(signal_impl& signal, receiver_slot& slot)
      : state_(signal), at_(claim_frame(record_in(*signal.home))) {
    state_.destroying.fetch_add(1);
    at_.inside.store(&slot);
    at_.held.store(signal.unfiltered.load());
  }
  destruction(const destruction&) = delete;
  destruction& operator=(const destruction&) = delete;
  ~destruction() {
    state_.destroying.fetch_sub(1);
    // From here the signal may be freed.
    free_frame(at_);
  }

 private:
  signal_impl& state_;
  send_frame& at_;
};

/// Under the signal's mutex.
bool claim(receiver_slot& slot) noexcept {
  if (slot.body.load_relaxed() != body_whole) return false;
  slot.body.store_release(body_claimed);
  return true;
}

bool trivial(const receiver_slot& slot) noexcept {
  return slot.type->destroy == nullptr && !slot.metadata->followed &&
         !(slot.metadata->options && slot.metadata->options->conditional());
}

void destroy_body(receiver_slot& slot) noexcept {
  if (slot.type->destroy) slot.type->destroy(slot.storage);
  if (slot.metadata->options) slot.metadata->options->destroy_conditions();
}

/// The caller has claimed it, and holds no lock.
void destroy(signal_impl& signal, receiver_slot& slot) noexcept {
  destroy_body(slot);
  follower* after = nullptr;
  {
    const std::lock_guard lock(signal.mutex);
    if (slot.metadata->followed) after = take_followers(signal, slot);
    finalize(slot);
  }
  while (after) {
    const follower* const each = std::exchange(after, after->next);
    each->what->release();
    delete each;
  }
}

/// While somebody waits or a receiver is to be destroyed, sends look after each call: the mode is
/// all that the fast path looks at. Under the domain's mutex.
void add_deferred(signal_impl& signal) noexcept {
  const std::lock_guard lock(signal.mutex);
  if (signal.deferred++ == 0) add_slow_path(signal, slow_path_deferred);
}

void remove_deferred(signal_impl& signal) noexcept {
  const std::lock_guard lock(signal.mutex);
  if (--signal.deferred == 0) remove_slow_path(signal, slow_path_deferred);
}

/// False if it was not there; else the caller has the queue's reference.
bool unqueue(hazard_domain& domain, receiver_slot& slot) noexcept {
  if (!slot.metadata->queued) return false;
  receiver_slot** at = &domain.deferred;
  while (*at != &slot) at = &(*at)->metadata->next;
  *at = slot.metadata->next;
  slot.metadata->next = nullptr;
  slot.metadata->queued = false;
  remove_deferred(signal_of(slot));
  return true;
}

void queue(hazard_domain& domain, receiver_slot& slot) noexcept {
  if (slot.metadata->queued || slot.body.load() != body_whole) return;
  refer(slot);
  slot.metadata->queued = true;
  slot.metadata->next = domain.deferred;
  domain.deferred = &slot;
  add_deferred(signal_of(slot));
}

/// Everybody inside, and `first`, will look after leaving: who of them is found inside after it has
/// not left yet, and will see the request. True if anybody did not know of it. Under the domain's
/// mutex.
bool mark_pending_inside(hazard_domain& domain, const call_query& what,
                         thread_record_impl* first) noexcept {
  bool asked = first && mark_pending_work(*first);
  any_record(domain, [&](thread_record_impl& thread) {
    if (is_inside(thread, what) && mark_pending_work(thread)) asked = true;
    return false;
  });
  if (asked && domain.ever_asymmetric.load()) heavy_barrier(domain);
  return asked;
}

/// Whether nobody is inside. Else whoever is will look again after leaving. Under the domain's
/// mutex.
bool is_left(hazard_domain& domain, receiver_slot& slot) noexcept {
  for (;;) {
    const occupancy who = find(signal_of(slot), {slot});
    if (who.empty()) return true;
    // Whoever published it only to find it dead came after the disconnect had asked everybody, and
    // may be the last to leave.
    if (!mark_pending_inside(domain, {slot}, who.other)) return false;
  }
}

/// Whether `start` waits, directly or not, for `me`. Under the domain's mutex, where all waits
/// begin.
bool waits_for(hazard_domain& domain, const call_query& start, const thread_record_impl& me,
               std::uint32_t depth) noexcept {
  if (depth > domain.record_count) return false;
  return any_record(domain, [&](thread_record_impl& thread) {
    if (!is_inside(thread, start)) return false;
    return &thread == &me ||
           (thread.waiting_for &&
            waits_for(domain, {*thread.waiting_for, thread.waiting_via}, me, depth + 1));
  });
}

/// Nobody is inside, and nobody can come: destroys it, unless another thread does. Under
/// the domain's mutex, which is let go; true if it was destroyed here.
bool destroy_left(hazard_domain& domain, receiver_slot& slot, std::unique_lock<std::mutex>& lock) {
  signal_impl& signal = signal_of(slot);
  std::optional<destruction> here;
  {
    const std::lock_guard inner(signal.mutex);
    here.emplace(signal, slot);
    if (!claim(slot)) return false;
  }
  const bool queued = unqueue(domain, slot);
  lock.unlock();
  destroy(signal, slot);
  if (queued) release(slot);
  return true;
}

/// One thread's wait until nobody is inside. Everything under the domain's mutex.
class waiting {
 public:
  enum class round { left, again, given_up };

  waiting(hazard_domain& domain, call_query what, wait_policy how)
      : domain_(domain), me_(record_in(domain)), what_(what), how_(how) {
    // Longer than a program runs is for ever, and no sum that overflows.
    if (how.nanoseconds > std::chrono::nanoseconds(std::chrono::years(10)).count()) {
      how_.nanoseconds = -1;
    }
    if (how_.nanoseconds > 0) deadline_ += std::chrono::nanoseconds(how_.nanoseconds);
  }

  /// Looks, and waits for one of those inside. Why it gave up is in `why`.
  round look(std::unique_lock<std::mutex>& lock) {
    const occupancy who = find(signal_of(what_.p), what_);
    if (who.empty()) return round::left;
    // Those inside are told of pending work, and looked at once more: whoever is still there will
    // see the request when it leaves.
    mark_pending_inside(domain_, what_, who.other);
    if (!who.me && !is_inside(*who.other, what_)) return round::again;
    if (who.me || !how_.wait) return give_up(disconnect_result::deferred);
    if (waits_for(domain_, what_, me_, 0)) return give_up(disconnect_result::would_deadlock);
    if (how_.nanoseconds >= 0 && clock::now() >= deadline_) {
      return give_up(disconnect_result::timed_out);
    }
    if (!exiting_) {
      // Slow, so only who is about to block asks; and without the mutex, because the dynamic loader
      // has a lock of its own.
      lock.unlock();
      exiting_ = exiting();
      lock.lock();
      return round::again;
    }
    if (*exiting_) return give_up(disconnect_result::deferred);
    ++who.other->waiters;
    me_.waiting_for = &what_.p;
    me_.waiting_via = what_.via;
    if (how_.nanoseconds < 0) {
      who.other->on_leave.wait(lock);
    } else {
      who.other->on_leave.wait_until(lock, deadline_);
    }
    me_.waiting_for = nullptr;
    --who.other->waiters;
    return round::again;
  }

  disconnect_result why() const noexcept { return why_; }
  thread_record_impl& me() noexcept { return me_; }

 private:
  using clock = std::chrono::steady_clock;

  round give_up(disconnect_result why) noexcept {
    why_ = why;
    return round::given_up;
  }

  hazard_domain& domain_;
  thread_record_impl& me_;
  call_query what_;
  wait_policy how_;
  clock::time_point deadline_ = clock::now();
  std::optional<bool> exiting_;
  disconnect_result why_ = disconnect_result::deferred;
};

/// Somebody was inside when the receiver was disconnected.
disconnect_result await(signal_impl& signal, receiver_slot& slot, wait_policy how,
                        disconnect_result done) {
  hazard_domain& domain = *signal.home;
  waiting wait(domain, {slot}, how);
  disconnect_result result = done;
  bool unqueued = false;
  {
    std::unique_lock lock(domain.mutex);
    queue(domain, slot);
    while (slot.body.load() != body_destroyed) {
      const waiting::round end = wait.look(lock);
      if (end == waiting::round::given_up) result = wait.why();
      // If another thread has claimed it meanwhile, that one is found inside on the next round.
      if (end == waiting::round::left && !destroy_left(domain, slot, lock)) continue;
      if (end != waiting::round::again) break;
    }
    // Another thread may have destroyed it without a look at the queue.
    if (lock.owns_lock() && slot.body.load() == body_destroyed) unqueued = unqueue(domain, slot);
  }
  if (unqueued) release(slot);
  if (wait.me().has_pending_work.load() != 0) run_deferred(wait.me());
  return result;
}

/// A subscription was taken back: waits until no call runs that was made for it.
disconnect_result await_subscription(signal_impl& signal, receiver_slot& slot,
                                     const subscriber_group* via, wait_policy how,
                                     disconnect_result done) {
  hazard_domain& domain = *signal.home;
  {
    const std::lock_guard lock(signal.mutex);
    if (is_quiescent(signal) || find(signal, {slot, via}).empty()) return done;
  }
  waiting wait(domain, {slot, via}, how);
  waiting::round end = waiting::round::again;
  {
    std::unique_lock lock(domain.mutex);
    add_deferred(signal);
    while (end == waiting::round::again) end = wait.look(lock);
    remove_deferred(signal);
  }
  if (wait.me().has_pending_work.load() != 0) run_deferred(wait.me());
  return end == waiting::round::left ? done : wait.why();
}

/// Tries without any wait or the domain's mutex; under the signal's mutex.
bool end_at_once(signal_impl& signal, receiver_slot& slot) noexcept {
  return trivial(slot) && (is_quiescent(signal) || find(signal, {slot}).empty()) && claim(slot);
}

disconnect_result complete(signal_impl& signal, receiver_slot& slot, bool was_alive,
                           wait_policy how) {
  const disconnect_result done =
      was_alive ? disconnect_result::disconnected : disconnect_result::not_connected;
  thread_record_impl& me = record_in(*signal.home);
  {
    std::unique_lock lock(signal.mutex);
    if (slot.body.load() == body_destroyed) return done;
    if (end_at_once(signal, slot)) {
      finalize(slot);
      return done;
    }
    if (find(signal, {slot}).empty()) {
      // Published before it is claimed, so that who finds it claimed also finds who destroys it.
      const destruction here(signal, slot);
      if (claim(slot)) {
        lock.unlock();
        destroy(signal, slot);
        // The end of `here` may leave somebody waiting; see below.
      }
    }
  }
  if (slot.body.load() == body_destroyed) {
    if (me.has_pending_work.load() != 0) run_deferred(me);
    return done;
  }
  return await(signal, slot, how, done);
}

void tell_disconnected(signal_impl& signal, receiver_slot& slot) noexcept {
  meta_signals* const meta = signal.meta.load_acquire();
  if (!meta) return;
  try {
    meta->disconnected.send_robust(connection_access::adopt(refer(slot)));
  } catch (...) {
    // No memory for the outcomes: a disconnect cannot fail.
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
  slot.body.store_release(body_destroyed);
  if (slot.lists == 0) release_locked(slot);
}

void hand_over(receiver_slot& slot, handed_over& used) noexcept {
  signal_impl& signal = signal_of(slot);
  const std::lock_guard lock(signal.mutex);
  // A subscription that was taken back leaves the receiver to others, who answer for what it uses.
  if (slot.metadata->alive.load_relaxed() || slot.body.load_relaxed() == body_destroyed) return;
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without any memory the program ends
  signal.followers = new follower{&slot, &used, signal.followers};
  slot.metadata->followed = true;
  used.refer();
}

follower* take_followers(signal_impl& signal, receiver_slot& slot) noexcept {
  follower* taken = nullptr;
  for (follower** at = &signal.followers; *at;) {
    follower* const each = *at;
    if (each->after != &slot) {
      at = &each->next;
      continue;
    }
    *at = each->next;
    each->next = taken;
    taken = each;
  }
  slot.metadata->followed = false;
  return taken;
}

bool mark_disconnected(locked_section& section, receiver_slot& slot) {
  signal_impl& signal = section.signal();
  slot_metadata& metadata = *slot.metadata;
  if (!metadata.alive.load_relaxed()) return false;
  metadata.alive.store_release(false);
  metadata.next_pending = signal.pending_destruction;
  if (signal.pending_destruction) signal.pending_destruction->metadata->previous_pending = &slot;
  signal.pending_destruction = &slot;
  const bool unread = is_quiescent(signal);
  if (unread) {
    slot.call.store_release(nullptr);
  } else {
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
      if (each.to && --each.to->live == 0) {
        retire_group(section, *each.to);
      } else {
        erase_entry(signal, each.to ? each.to->list : signal.unfiltered, slot, unread);
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

disconnect_result finish(receiver_slot& slot, bool was_alive, wait_policy how, bool tell) noexcept {
  signal_impl& signal = signal_of(slot);
  // Before it is destroyed, so that whoever hears it can still ask who it was.
  if (was_alive && tell) tell_disconnected(signal, slot);
  // Whoever waits inside for room in a queue must not be waited for.
  if (was_alive && slot.metadata->options && slot.metadata->options->extension) {
    slot.metadata->options->extension->close();
  }
  return complete(signal, slot, was_alive, how);
}

disconnect_result disconnect_slot(receiver_slot& slot, wait_policy how) noexcept {
  signal_impl& signal = signal_of(slot);
  bool was_alive = false;
  {
    locked_section section(signal);
    was_alive = mark_disconnected(section, slot);
    if (!signal.meta.load_relaxed() && slot.body.load() == body_whole &&
        end_at_once(signal, slot)) {
      finalize(slot);
      return was_alive ? disconnect_result::disconnected : disconnect_result::not_connected;
    }
  }
  return finish(slot, was_alive, how, true);
}

disconnect_result await_subscriptions(receiver_slot& slot,
                                      const std::vector<const subscriber_group*>& vias,
                                      wait_policy how, disconnect_result done) noexcept {
  signal_impl& signal = signal_of(slot);
  for (const subscriber_group* const via : vias)
    done = less_final(done, await_subscription(signal, slot, via, how, done));
  return done;
}

disconnect_result disconnect_subscription(receiver_slot& slot, std::uint64_t serial,
                                          wait_policy how) noexcept {
  signal_impl& signal = signal_of(slot);
  std::vector<const subscriber_group*> removed;
  bool disconnect = false;
  {
    locked_section section(signal);
    slot_metadata& metadata = *slot.metadata;
    if (!metadata.alive.load_relaxed()) {
      // Fell already; the truth about it is still wanted.
    } else if (metadata.options) {
      auto& subscriptions = metadata.options->subscriptions;
      for (std::size_t i = subscriptions.size(); i-- > 0 && metadata.alive.load_relaxed();) {
        if (subscriptions[i].serial != serial) continue;
        removed.push_back(subscriptions[i].to);
        if (!remove_subscription(section, slot, i)) disconnect = mark_disconnected(section, slot);
      }
    } else if (slot.serial.load_relaxed() == serial) {
      disconnect = mark_disconnected(section, slot);
    }
    if (removed.empty() && metadata.alive.load_relaxed()) return disconnect_result::not_connected;
  }
  if (!slot.metadata->alive.load()) return finish(slot, disconnect, how, true);
  return await_subscriptions(slot, removed, how, disconnect_result::disconnected);
}

void unpublish(thread_record& thread) noexcept {
  auto& me = static_cast<thread_record_impl&>(thread);
  // A full fence: who waits for this thread sees that it left, or is seen by what is read next.
  me.first.inside.exchange(nullptr);
  if (me.has_pending_work.load() == 0) return;
  // The request stays: there may be something to destroy.
  const std::lock_guard lock(me.home->mutex);
  if (me.waiters != 0) me.on_leave.notify_all();
}

void run_deferred(thread_record& thread) noexcept {
  auto& me = static_cast<thread_record_impl&>(thread);
  hazard_domain& domain = *me.home;
  for (;;) {
    abandoned_signals gone;
    std::unique_lock lock(domain.mutex);
    me.has_pending_work.store(0);
    receiver_slot* left = nullptr;
    for (receiver_slot* slot = domain.deferred; slot && !left; slot = slot->metadata->next) {
      if (slot->body.load() == body_destroyed || is_left(domain, *slot)) left = slot;
    }
    if (left) {
      if (left->body.load() == body_destroyed) {
        unqueue(domain, *left);
        lock.unlock();
        release(*left);
      } else {
        destroy_left(domain, *left, lock);
      }
      continue;
    }
    if (me.waiters != 0) {
      me.has_pending_work.store(1);
      me.on_leave.notify_all();
    }
    gone.take_from(domain);
    return;
  }
}

void tell_connected(signal_impl& signal, receiver_slot& slot) {
  signal.meta.load_acquire()->connected.send(connection_access::adopt(refer(slot)));
}

disconnect_result less_final(disconnect_result a, disconnect_result b) noexcept {
  // not_connected is as final as disconnected; a real disconnect is worth telling, though.
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

// The slow path of a send: selection, conditions, counting, and the time around a disconnect.
// docs/life-of-a-send.md has the steps.

#include "slow_send.hpp"

#include "locked_section.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "threads.hpp"
#include "topics.hpp"
#include "watch.hpp"

#include <algorithm>
#include <chrono>
#include <type_traits>

namespace aldis::detail {

namespace {

// After so many sends with fences and no disconnect in between, a barrier once in a while is
// cheaper.
constexpr std::uint32_t sends_until_restore = 256;

/// The publication of everything that others may free or disconnect. While the mode is fenced the
/// store must be visible before what follows is read; else the one who changes something brings the
/// barrier. The mode is read after the store: a disconnect may have come just before it.
template <class T>
void publish(const signal_state& state, atomic<T>& where, std::type_identity_t<T> what) noexcept {
  where.store_release(what);
  compiler_barrier();
  if ((state.slow_path.load_acquire() & slow_path_fenced) != 0) where.exchange(what);
}

/// Reads a pointer to something that may be replaced at any time, and keeps it from being freed.
template <class T>
T* protect(const signal_state& state, const atomic<T*>& from, atomic<T*>& in) noexcept {
  for (;;) {
    T* const seen = from.load_acquire();
    publish(state, in, seen);
    if (from.load() == seen) return seen;
  }
}

/// Whose turn it is, and the entries that say so.
struct candidate {
  receiver_slot* who = nullptr;
  const atomic<receiver_slot*>* plain = nullptr;
  const atomic<receiver_slot*>* chosen = nullptr;
  const match* matched = nullptr;
};

bool before(const match& candidate_match, const receiver_slot& slot) noexcept {
  return candidate_match.priority != slot.priority
             ? candidate_match.priority > slot.priority
             : candidate_match.serial < slot.serial.load_relaxed();
}

receiver_slot* first_of(slot_span& s) noexcept {
  for (; s.next != s.end; ++s.next) {
    receiver_slot* const slot = s.next->load_acquire();
    if (!is_removed(slot) && !is_tombstone(*slot)) return slot;
  }
  return nullptr;
}

/// Without the one that was served: several of its patterns may match.
const match* first_of(match_span& s, std::uint64_t served) noexcept {
  while (s.next != s.end && s.next->serial == served) ++s.next;
  return s.next != s.end ? s.next : nullptr;
}

/// Merges two slot lists and what the topic matched; a receiver in several has one turn.
candidate next_candidate(slot_span& plain, slot_span& chosen, match_span& matched,
                         std::uint64_t served) noexcept {
  receiver_slot* const slot = first_of(plain);
  receiver_slot* const each_slot = first_of(chosen);
  const match* const candidate_match = first_of(matched, served);
  candidate result;
  receiver_slot* const listed =
      slot && (!each_slot || !before(*each_slot, *slot)) ? slot : each_slot;
  if (candidate_match && (!listed || before(*candidate_match, *listed))) {
    ++matched.next;
    return {candidate_match->who, nullptr, nullptr, candidate_match};
  }
  result.who = listed;
  if (!listed) return result;
  if (listed == slot) result.plain = plain.next++;
  if (listed == each_slot) result.chosen = chosen.next++;
  if (candidate_match && candidate_match->serial == listed->serial.load_relaxed())
    result.matched = matched.next++;
  return result;
}

/// After its slot was published and its call read: is it still this receiver's, and does the
/// receiver still hear the topic?
bool still_matches(signal_impl& signal, const topic_search& search,
                   const match& candidate_match) noexcept {
  // A slot that is used again gets its new serial before its new call.
  if (candidate_match.who->serial.load() != candidate_match.serial) return false;
  const std::uint64_t began = search.unsubscribed;
  if (signal.patterns.load_relaxed()->unsubscribed.load() == began) return true;
  const slot_options& options = *candidate_match.who->metadata->options;
  if (options.unsubscribed.load() <= began) return true;
  // It has lost a subscription in the course of this very send: which one, only the mutex tells.
  const std::lock_guard lock(signal.mutex);
  return std::any_of(options.subscriptions.begin(), options.subscriptions.end(),
                     [&](const subscription& each_subscription) {
                       return each_subscription.to == candidate_match.via &&
                              each_subscription.serial <= search.latest;
                     });
}

/// A disconnect that came before the publication has removed the entries.
bool still_listed(signal_impl& signal, const send_frame& at, const candidate& t) noexcept {
  return (t.plain && t.plain->load() == t.who) || (t.chosen && t.chosen->load() == t.who) ||
         (t.matched && still_matches(signal, *at.search, *t.matched));
}

/// Back to the unfenced mode, unless somebody disconnected since the last time.
void try_restore_fast_path(signal_impl& signal) noexcept {
  const std::unique_lock lock(signal.mutex, std::try_to_lock);
  if (!lock.owns_lock() || !signal.home->asymmetric_fence.load()) return;
  // Under the mutex: a disconnect is either before, and what it wrote is seen by whoever reads the
  // mode, or after, and pays for the barrier.
  if (signal.disconnects == signal.disconnects_seen) remove_slow_path(signal, slow_path_fenced);
  signal.disconnects_seen = signal.disconnects;
}

}  // namespace

std::uint64_t now() noexcept {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                    std::chrono::nanoseconds(1));
}

slow_send::slow_send(signal_state& of, const key_view* sender)
    : state_(of), me_(attach(impl_of(of))) {
  try {
    if ((of.slow_path.load_acquire() & slow_path_watched) != 0 && !me_.telling) begin_report();
    if ((of.slow_path.load_acquire() & (slow_path_muted | slow_path_ended)) != 0) return;
    frame_ = &claim_frame(static_cast<thread_record_impl&>(me_));
    frame_->inside.store_release(nullptr);
    frame_->by = this;
    slot_list* const through = protect(of, of.unfiltered, frame_->held);
    plain_ = {through->entries, through->entries + through->count.load_acquire()};
    if (!sender || (of.slow_path.load_acquire() & slow_path_selective) == 0) return;
    if (impl_of(of).table.load_acquire()) select(*sender);
    if (sender->what == key_view::kind::text && impl_of(of).patterns.load_acquire()) {
      match_topic(*sender);
    }
  } catch (...) {
    leave();
    release_watch(report_.post);
    throw;
  }
}

slow_send::~slow_send() {
  if (started_ != 0) count_time();
  owned_arguments* const kept = frame_ ? std::exchange(frame_->kept, nullptr) : nullptr;
  leave();
  if (kept) kept->release();
  if (report_.post) end_report();
}

void slow_send::leave() noexcept {
  auto& me = static_cast<thread_record_impl&>(me_);
  if (!frame_) {
    // Nobody was called, but the fast path that led here may have been seen inside a receiver.
    if (me.has_pending_work.load() != 0) run_deferred(me);
    return;
  }
  const bool fenced = (state_.slow_path.load_acquire() & slow_path_fenced) != 0;
  frame_->by = nullptr;
  if (fenced && ++me.fenced_sends % sends_until_restore == 0)
    try_restore_fast_path(impl_of(state_));
  frame_->selected.store_release(nullptr);
  frame_->via.store_release(nullptr);
  if (matched_.end) {
    frame_->matched.store_release(nullptr);
    frame_->matches_of.store_release(nullptr);
  }
  frame_->inside.store_release(nullptr);
  // From here the signal may be freed. Without a fence only where whoever waits brings the barrier;
  // with one it covers `inside` too, for those who read `held` first.
  if (fenced) {
    frame_->held.exchange(nullptr);
  } else {
    frame_->held.store_release(nullptr);
    compiler_barrier();
  }
  if (me.has_pending_work.load() != 0) run_deferred(me);
}

// The table leads to the sender's group, and that to its slot list; each is published, then checked
// to be still the one in use.
void slow_send::select(const key_view& sender) {
  signal_impl& signal = impl_of(state_);
  const std::uint64_t hash = hash_of(sender);
  sender_group* found = nullptr;
  for (bool changed = true; changed;) {
    changed = false;
    found = nullptr;
    sender_index* const senders = protect(signal, signal.table, frame_->table);
    for (std::uint32_t i = static_cast<std::uint32_t>(hash) & senders->mask; !found;
         i = (i + 1) & senders->mask) {
      const std::uint64_t there = senders->entries[i].hash.load_acquire();
      if (there == 0) break;
      if (there != hash) continue;
      sender_group* const group = senders->entries[i].found.load_acquire();
      if (!group) continue;
      publish(signal, frame_->via, group);
      changed = senders->entries[i].found.load() != group || signal.table.load() != senders;
      if (changed) break;
      if (equal(group->key, sender)) found = group;
    }
  }
  frame_->table.store_release(nullptr);
  const any_weak_pointer* const owner = found ? found->lives_with.load_acquire() : nullptr;
  slot_list* const through = !found || (owner && owner->expired())
                                 ? nullptr
                                 : protect(signal, found->list, frame_->selected);
  if (!through) {
    frame_->via.store_release(nullptr);
    return;
  }
  chosen_ = {through->entries, through->entries + through->count.load_acquire()};
}

// The patterns are read in one go, during which none is freed, and what matches is remembered. Its
// slots may be used for others before their turn, but their memory stays.
void slow_send::match_topic(const key_view& sender) {
  signal_impl& signal = impl_of(state_);
  topics& all = *signal.patterns.load_acquire();
  if (!frame_->search) frame_->search = new topic_search;
  topic_search& search = *frame_->search;
  frame_->matches_of.store_release(&signal);
  for (;;) {
    for (;;) {
      const std::uint64_t epoch = all.epoch.load_acquire();
      publish(signal, frame_->reading, epoch);
      if (all.epoch.load() == epoch) break;
    }
    const bool complete = search.run(all, {sender.text, sender.size});
    frame_->reading.store_release(0);
    if (complete) break;
    try {
      search.grow();
    } catch (...) {
      frame_->matches_of.store_release(nullptr);
      throw;
    }
  }
  if (search.found.empty()) {
    frame_->matches_of.store_release(nullptr);
    return;
  }
  search.sort();
  matched_ = {search.found.data(), search.found.data() + search.found.size()};
}

bool slow_send::next() {
  if (started_ != 0) count_time();
  slot_ = nullptr;
  for (;;) {
    const candidate now_is = next_candidate(plain_, chosen_, matched_, served_);
    receiver_slot* const slot = now_is.who;
    if (!slot) return false;

    // Sends that begin after a disconnect must not be found inside, or they could keep it waiting.
    if (!slot->call.load_relaxed()) continue;
    // Before `inside`: who finds the one must not find an older other.
    if (matched_.end) frame_->matched.store_release(now_is.matched ? now_is.matched->via : nullptr);
    publish(state_, frame_->inside, slot);
    if (me_.has_pending_work.load() != 0) [[unlikely]] {
      // Somebody waits for this thread to leave the receiver before, which it has. Not null, or a
      // send from a destructor that runs now would take this frame.
      frame_->inside.exchange(&impl_of(state_).tombstone);
      run_deferred(me_);
      if (!slot->call.load_relaxed()) continue;
      publish(state_, frame_->inside, slot);
    }
    call_ = slot->call.load();
    if (!call_ || !still_listed(impl_of(state_), *frame_, now_is)) continue;
    slot_ = slot;
    ++report_.receivers;
    if (now_is.matched) served_ = now_is.matched->serial;
    me_.rejected = false;
    if ((state_.slow_path.load_relaxed() & slow_path_counting) != 0) started_ = now();
    return true;
  }
}

bool slow_send::last() const noexcept {
  slot_span plain = plain_;
  slot_span chosen = chosen_;
  match_span matched = matched_;
  for (;;) {
    const receiver_slot* const slot = next_candidate(plain, chosen, matched, served_).who;
    if (!slot) return true;
    // One that is blocked may be called after all when its turn comes.
    if (slot->metadata->alive.load_acquire()) return false;
  }
}

queued_call_guard::queued_call_guard(receiver_slot& slot)
    : slot_(slot), me_(attach(signal_of(slot))) {
  signal_impl& signal = signal_of(slot);
  frame_ = &claim_frame(static_cast<thread_record_impl&>(me_));
  frame_->inside.store_release(nullptr);
  protect(signal, signal.unfiltered, frame_->held);
  publish(signal, frame_->inside, &slot);
}

queued_call_guard::~queued_call_guard() {
  free_frame(*frame_);
  if (me_.has_pending_work.load() != 0) run_deferred(me_);
}

// Read after the publication: whoever marked disconnected it before it could see that is seen here.
bool queued_call_guard::alive() const noexcept { return slot_.metadata->alive.load(); }

connection slow_send::receiver() const noexcept { return connection_of(slot_); }

void slow_send::keep(owned_arguments& arguments) noexcept {
  if (frame_)
    frame_->kept = &arguments;
  else
    arguments.release();
}

owned_arguments* slow_send::share_kept() noexcept {
  if (last()) return std::exchange(frame_->kept, nullptr);
  frame_->kept->refer();
  return frame_->kept;
}

void slow_send::count_time() noexcept {
  slot_->metadata->calls.fetch_add(1);
  slot_->metadata->nanoseconds.fetch_add(now() - started_);
  started_ = 0;
}

}  // namespace aldis::detail

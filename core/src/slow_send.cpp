// The slow path of a send: selection by sender and topic, conditions, counting, and fences after a
// disconnect. docs/life-of-a-send.md has the steps.

#include "clock.hpp"
#include "library_state.hpp"
#include "reclamation/protect.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "topic_trie.hpp"
#include "watch.hpp"

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <type_traits>
#include <utility>

namespace aldis::detail {

/// The next receiver in the order of the calls, and the entries that name it.
struct merged_entry {
  receiver_slot* slot = nullptr;  ///< null: there are no more
  const atomic<receiver_slot*>* unfiltered = nullptr;
  const atomic<receiver_slot*>* selected = nullptr;
  const match* matched = nullptr;
};

namespace {

// After so many fenced sends without a disconnect, an occasional barrier is cheaper than the
// fences.
constexpr std::uint32_t sends_until_restore = 256;

bool before(const match& left, const receiver_slot& right) noexcept {
  return left.priority != right.priority ? left.priority > right.priority
                                         : left.serial < right.serial.load_relaxed();
}

receiver_slot* first_of(slot_span& span) noexcept {
  for (; span.next != span.end; ++span.next) {
    // Acquire: the slot was filled before it was entered into the list.
    receiver_slot* const slot = span.next->load_acquire();
    if (!is_removed(slot) && !is_tombstone(*slot)) return slot;
  }
  return nullptr;
}

/// Skips matches of the receiver called last: several of its patterns may match.
const match* first_of(match_span& span, std::uint64_t last_serial) noexcept {
  while (span.next != span.end && span.next->serial == last_serial) ++span.next;
  return span.next != span.end ? span.next : nullptr;
}

/// Takes the next receiver from two slot lists and the matches of the topic; once, if it is in
/// several of them.
merged_entry take_next(slot_span& unfiltered, slot_span& selected, match_span& matches,
                       std::uint64_t last_serial) noexcept {
  receiver_slot* const from_unfiltered = first_of(unfiltered);
  receiver_slot* const from_selected = first_of(selected);
  const match* const matched = first_of(matches, last_serial);
  merged_entry result;
  receiver_slot* const listed =
      from_unfiltered && (!from_selected || !before(*from_selected, *from_unfiltered))
          ? from_unfiltered
          : from_selected;
  if (matched && (!listed || before(*matched, *listed))) {
    ++matches.next;
    return {matched->slot, nullptr, nullptr, matched};
  }
  result.slot = listed;
  if (!listed) return result;
  if (listed == from_unfiltered) result.unfiltered = unfiltered.next++;
  if (listed == from_selected) result.selected = selected.next++;
  if (matched && matched->serial == listed->serial.load_relaxed()) result.matched = matches.next++;
  return result;
}

/// Whether the slot is still that receiver's, and the receiver still subscribed to the pattern.
/// Only after the slot was protected and its call read.
bool still_matches(signal_impl& signal, const topic_search& search, const match& matched) noexcept {
  // A slot that is used again gets its new serial before its new call.
  if (matched.slot->serial.load() != matched.serial) return false;
  const std::uint64_t at_search = search.unsubscribed;
  if (signal.trie.load_relaxed()->unsubscribed.load() == at_search) return true;
  const slot_options& options = *matched.slot->metadata->options;
  if (options.unsubscribed.load() <= at_search) return true;
  // The receiver has lost a subscription since this send searched. Which one is guarded by the
  // mutex.
  const std::lock_guard lock(signal.mutex);
  return std::any_of(options.subscriptions.begin(), options.subscriptions.end(),
                     [&](const subscription& subscribed) {
                       return subscribed.group == matched.group &&
                              subscribed.serial <= search.latest;
                     });
}

topic_search& search_of(const hazard_frame& frame) noexcept {
  return *static_cast<topic_search*>(frame.kept);
}

/// Whether one of the entries still names the receiver: an unsubscription that came before the slot
/// was protected has marked them.
bool still_listed(signal_impl& signal, const hazard_frame& frame,
                  const merged_entry& entry) noexcept {
  return (entry.unfiltered && entry.unfiltered->load() == entry.slot) ||
         (entry.selected && entry.selected->load() == entry.slot) ||
         (entry.matched && still_matches(signal, search_of(frame), *entry.matched));
}

/// Returns the signal to unfenced sends, unless there was a disconnect since the last try.
void try_restore_fast_path(signal_impl& signal) noexcept {
  const std::unique_lock lock(signal.mutex, std::try_to_lock);
  if (!lock.owns_lock()) return;
  if (signal.writer.may_unfence()) remove_slow_path(signal, slow_path_fenced);
}

}  // namespace

void slow_send::begin(const key_view* sender) {
  me_ = &reader_record(impl_of(state_));
  me_->flags &= ~thread_rejected;
  try {
    if ((state_.slow_path_reasons.load_acquire() & slow_path_watched) != 0 &&
        (me_->flags & thread_in_observer) == 0)
      begin_report();
    if ((state_.slow_path_reasons.load_acquire() & (slow_path_muted | slow_path_ended)) != 0)
      return;
    frame_ = &claim_frame(static_cast<thread_record_impl&>(*me_));
    frame_->hazards[hazard::receiver].store_release(nullptr);
    frame_->operation = this;
    slot_list* const list = protect(state_, state_.unfiltered, frame_->hazards[hazard::list]);
    // Acquire: entries are written before the count that includes them.
    unfiltered_ = {list->entries, list->entries + list->count.load_acquire()};
    if (!sender || (state_.slow_path_reasons.load_acquire() & slow_path_selective) == 0) return;
    if (impl_of(state_).senders.load_acquire()) select_by_sender(*sender);
    if (sender->type == key_view::kind::text && impl_of(state_).trie.load_acquire()) {
      match_topic(*sender);
    }
  } catch (...) {
    leave();
    release_watch(report_.watch);
    throw;
  }
}

void slow_send::end() noexcept {
  if (call_started_ != 0) count_call();
  owned_arguments* const kept = frame_ ? std::exchange(kept_arguments_, nullptr) : nullptr;
  leave();
  if (kept) kept->release();
  if (report_.watch) end_report();
}

void slow_send::leave() noexcept {
  auto& me = static_cast<thread_record_impl&>(*me_);
  if (!frame_) {
    // No receiver was called, but the fast path that led here may have been seen inside one.
    if (me.has_pending_work.load() != 0) process_pending_work(me);
    return;
  }
  const bool fenced = (state_.slow_path_reasons.load_acquire() & slow_path_fenced) != 0;
  frame_->operation = nullptr;
  // While the frame still protects the signal, which this accesses.
  if (fenced && ++me.fenced_reads % sends_until_restore == 0)
    try_restore_fast_path(impl_of(state_));
  // Release, for each: what the receivers did, and what the send read, happens before what a thread
  // does that finds it gone.
  frame_->hazards[hazard::selected_list].store_release(nullptr);
  frame_->hazards[hazard::group].store_release(nullptr);
  if (matches_.end) {
    frame_->hazards[hazard::pattern].store_release(nullptr);
    frame_->hazards[hazard::matched_slots].store_release(nullptr);
  }
  frame_->hazards[hazard::receiver].store_release(nullptr);
  // From here on the signal may be freed. These stores must be visible before has_pending_work is
  // read: unfenced, whoever sets it runs the barrier; fenced, the exchange is the fence. It covers
  // the receiver too, for a thread that reads `list` first, as is_inside does.
  if (fenced) {
    frame_->hazards[hazard::list].exchange(nullptr);
  } else {
    frame_->hazards[hazard::list].store_release(nullptr);
    compiler_barrier();
  }
  if (me.has_pending_work.load() != 0) process_pending_work(me);
}

// The index leads to the sender's group, and that to its slot list; each is protected, then checked
// to be still in use.
void slow_send::select_by_sender(const key_view& sender) {
  signal_impl& signal = impl_of(state_);
  const std::uint64_t hash = hash_of(sender);
  sender_group* found = nullptr;
  for (bool changed = true; changed;) {
    changed = false;
    found = nullptr;
    const sender_index* const senders =
        protect(signal, signal.senders, frame_->hazards[hazard::sender_index]);
    senders->find_entry(hash, [&](const sender_index::entry& at) {
      // Acquire: the group was filled before its address was stored here.
      sender_group* const group = at.value.load_acquire();
      if (!group) return false;
      store_hazard(signal, frame_->hazards[hazard::group], group);
      changed = at.value.load() != group || signal.senders.load() != senders;
      if (changed) return true;
      if (equal(group->key, sender)) found = group;
      return found != nullptr;
    });
  }
  frame_->hazards[hazard::sender_index].store_release(nullptr);
  // Acquire: a connect may have set it after the group was made.
  const any_weak_pointer* const lifetime = found ? found->lifetime.load_acquire() : nullptr;
  // An expired sender's address may be another object's by now, so its receivers are not called.
  slot_list* const list =
      !found || (lifetime && lifetime->expired())
          ? nullptr
          : protect(signal, found->list, frame_->hazards[hazard::selected_list]);
  if (!list) {
    frame_->hazards[hazard::group].store_release(nullptr);
    return;
  }
  selects_ = true;
  // Often all receivers select, and there is nothing to merge.
  slot_span& span = unfiltered_.next == unfiltered_.end ? unfiltered_ : selected_;
  span = {list->entries, list->entries + list->count.load_acquire()};
}

// Searches the trie in one go, during which nothing of it is freed, and remembers what matches. The
// slots may be used for other receivers before they are called, but their memory stays:
// docs/design/topics.md.
void slow_send::match_topic(const key_view& sender) {
  signal_impl& signal = impl_of(state_);
  const topic_trie& trie = *signal.trie.load_acquire();
  if (!frame_->kept) frame_->kept = new topic_search;
  topic_search& search = search_of(*frame_);
  frame_->hazards[hazard::matched_slots].store_release(&signal);
  for (;;) {
    protect(signal, trie.reclamation.current(), frame_->hazards[hazard::trie_epoch]);
    const bool complete = search.run(trie, {sender.text, sender.size});
    // Release: reads of the trie happen before what it retires is freed.
    frame_->hazards[hazard::trie_epoch].store_release(nullptr);
    if (complete) break;
    try {
      search.grow();
    } catch (...) {
      frame_->hazards[hazard::matched_slots].store_release(nullptr);
      throw;
    }
  }
  if (search.found.empty()) {
    frame_->hazards[hazard::matched_slots].store_release(nullptr);
    return;
  }
  search.sort();
  selects_ = true;
  matches_ = {search.found.data(), search.found.data() + search.found.size()};
}

bool slow_send::next() {
  if (call_started_ != 0) count_call();
  slot_ = nullptr;
  for (;;) {
    const merged_entry entry = take_next(unfiltered_, selected_, matches_, last_serial_);
    if (!entry.slot) return false;
    // Sends that begin after a disconnect must not be found inside, or they could keep it waiting.
    if (entry.slot->call.load_relaxed() && enter(entry)) return true;
  }
}

bool slow_send::enter_listed(const atomic<receiver_slot*>& entry, receiver_slot& slot) {
  return enter({&slot, &entry, nullptr, nullptr});
}

/// Protects the receiver. False if it may not be called.
bool slow_send::enter(const merged_entry& entry) {
  receiver_slot* const slot = entry.slot;
  // Before the receiver: a thread that reads the new receiver must not read an older pattern.
  if (matches_.end)
    frame_->hazards[hazard::pattern].store_release(entry.matched ? entry.matched->group : nullptr);
  store_hazard(state_, frame_->hazards[hazard::receiver], slot);
  if (me_->has_pending_work.load() != 0) [[unlikely]] {
    // A thread waits for this one to leave the receiver before, which it just did. The frame
    // stays in use, for destructors that run now may send; so the receiver is the tombstone, not
    // null.
    frame_->hazards[hazard::receiver].exchange(&tombstone_of(state_));
    process_pending_work(*me_);
    // Destructors have run.
    call_ended_ = 0;
    if (!slot->call.load_relaxed()) return false;
    store_hazard(state_, frame_->hazards[hazard::receiver], slot);
  }
  call_ = slot->call.load();
  if (!call_ || !still_listed(impl_of(state_), *frame_, entry)) return false;
  slot_ = slot;
  ++report_.receivers;
  if (entry.matched) last_serial_ = entry.matched->serial;
  if ((state_.slow_path_reasons.load_relaxed() & slow_path_counting) != 0)
    call_started_ = call_ended_ != 0 ? call_ended_ : steady_nanoseconds();
  call_ended_ = 0;
  return true;
}

bool slow_send::is_last() const noexcept {
  slot_span unfiltered = unfiltered_;
  slot_span selected = selected_;
  match_span matches = matches_;
  for (;;) {
    const receiver_slot* const slot = take_next(unfiltered, selected, matches, last_serial_).slot;
    if (!slot) return true;
    // A blocked receiver counts: it may be unblocked before it is reached.
    if (slot->metadata->alive.load_acquire()) return false;
  }
}

queued_call_guard::queued_call_guard(receiver_slot& slot)
    : slot_(slot), me_(reader_record(signal_of(slot))) {
  signal_impl& signal = signal_of(slot);
  frame_ = &claim_frame(static_cast<thread_record_impl&>(me_));
  frame_->hazards[hazard::receiver].store_release(nullptr);
  protect(signal, signal.unfiltered, frame_->hazards[hazard::list]);
  store_hazard(signal, frame_->hazards[hazard::receiver], &slot);
}

queued_call_guard::~queued_call_guard() {
  release_frame(*frame_);
  if (me_.has_pending_work.load() != 0) process_pending_work(me_);
}

// Read after the receiver was stored: a disconnect that did not find this thread inside is seen
// here.
bool queued_call_guard::alive() const noexcept { return slot_.metadata->alive.load(); }

connection slow_send::receiver() const noexcept { return connection_of(slot_); }

void slow_send::keep_arguments(owned_arguments& arguments) noexcept {
  if (frame_)
    kept_arguments_ = &arguments;
  else
    arguments.release();
}

owned_arguments* slow_send::share_arguments() noexcept {
  if (last()) return std::exchange(kept_arguments_, nullptr);
  kept_arguments_->refer();
  return kept_arguments_;
}

void slow_send::count_call() noexcept {
  // The next call begins when this one has ended: reading the clock is most of what counting costs.
  call_ended_ = steady_nanoseconds();
  slot_->metadata->calls.fetch_add(1);
  slot_->metadata->nanoseconds.fetch_add(call_ended_ - call_started_);
  call_started_ = 0;
}

}  // namespace aldis::detail

#pragma once

// A send off the fast path. What most of these sends do is inlined: one slot list, no fences, no
// report. The rest is in core/src/slow_send.cpp. docs/life-of-a-send.md has the steps.

#include <aldis/detail/engine.hpp>
#include <aldis/export.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace aldis::detail {

struct merged_entry;

/// The rest of a slot list that a send has still to visit.
struct slot_span {
  atomic<receiver_slot*>* next = nullptr;
  atomic<receiver_slot*>* end = nullptr;
};

/// The receivers that the topic matched and the send has still to visit.
struct match_span {
  const match* next = nullptr;
  const match* end = nullptr;
};

/// Collects what the observers of a watched send are told at its end.
struct pending_report {
  watch_state* watch = nullptr;  ///< owns one reference; null: the send is not watched
  std::uint64_t began = 0;
  std::size_t receivers = 0;  ///< how many ran
  int exceptions = 0;         ///< std::uncaught_exceptions() when the send began
  bool threw = false;
};

/// When only a subscription is removed, its entry is marked in its lowest bit, which the alignment
/// of slots leaves free. The pointer stays: a send that has read the entry compares it again after
/// it has protected the slot. So the slot is not freed before the list is.
inline bool is_removed(const receiver_slot* slot) noexcept {
  return (reinterpret_cast<std::uintptr_t>(slot) & 1) != 0;
}

/// A send that cannot take the fast path: an iterator over the receivers to call.
class ALDIS_API slow_send {
 public:
  /// `sender`: null if no receiver can select by it.
  slow_send(signal_state& state, const key_view* sender) : state_(state), me_(own_record) {
    if (!try_begin()) begin(sender);
  }
  /// Continues a send that began on the fast path, which uses the record's first frame.
  slow_send(signal_state& state, thread_record& me, slot_span rest) noexcept
      : state_(state), me_(&me), frame_(&me.first), unfiltered_(rest) {
    frame_->operation = this;
  }
  slow_send(const slow_send&) = delete;
  slow_send& operator=(const slow_send&) = delete;
  ~slow_send() {
    if (!try_end()) end();
  }

  /// Advances to the next receiver to call, and protects it; false at the end.
  bool next();

  /// Calls `step` after each next(), until it returns false. Inlined, with what no receiver can
  /// change in registers.
  template <class Step>
  [[gnu::always_inline]] void each(const Step& step) {
    if (merges() || frame_ != &me_->first) return each_next(step);
    signal_state& state = state_;
    thread_record& me = *me_;
    slot_span rest = unfiltered_;
    while (rest.next != rest.end) {
      const atomic<receiver_slot*>& entry = *rest.next++;
      // Acquire: the slot was filled before it was entered into the list.
      receiver_slot* const slot = entry.load_acquire();
      // Sends that begin after a disconnect must not be found inside, or they could keep it
      // waiting.
      if (is_removed(slot) || !slot->call.load_relaxed()) continue;
      unfiltered_.next = rest.next;
      if (!enter_inlined(state, me, entry, *slot)) continue;
      if (!step()) return;
      if (call_started_ != 0) [[unlikely]]
        count_call();
    }
    slot_ = nullptr;
  }

  receiver_slot* current() const noexcept { return slot_; }
  erased_function call() const noexcept { return call_; }
  connection receiver() const noexcept;

  /// Keeps the arguments for receivers that are called after the send. Takes over one reference.
  void keep_arguments(owned_arguments& arguments) noexcept;
  owned_arguments*& kept_arguments() noexcept { return kept_arguments_; }
  /// One more reference to the kept arguments; for the last receiver the send's own.
  owned_arguments* share_arguments() noexcept;

  /// True if no other receiver will be called, so that this one may move from the arguments.
  bool last() const noexcept {
    if (merges()) return is_last();
    if (unfiltered_.next == unfiltered_.end) return true;
    // Acquire: as in next(). The list, which is protected, keeps the slot in memory.
    const receiver_slot* const slot = unfiltered_.next->load_acquire();
    return (is_removed(slot) || !slot->call.load_relaxed()) && is_last();
  }

  /// Whether the receiver just called rejected the call, and so did not run. Resets that.
  bool rejected() noexcept {
    if ((me_->flags & thread_rejected) == 0) return false;
    me_->flags &= ~thread_rejected;
    call_started_ = 0;
    --report_.receivers;
    return true;
  }

  /// To be called if the receiver has thrown and the send goes on.
  void failed() noexcept {
    rejected();
    report_.threw = true;
  }

 private:
  /// Whether there may be receivers outside of `unfiltered_`.
  bool merges() const noexcept { return selected_.end || matches_.end; }

  /// Reasons for the slow path that `begin` handles.
  static constexpr std::uint32_t complicated = slow_path_fenced | slow_path_muted |
                                               slow_path_selective | slow_path_ended |
                                               slow_path_watched;

  /// Begins a send of one slot list in the thread's first frame, without fences. The steps, and why
  /// they are enough, are those of the fast path (fast_send.hpp), with the reasons read instead of
  /// `fast_list`.
  bool try_begin() noexcept {
    if ((state_.slow_path_reasons.load_relaxed() & complicated) != 0) return false;
    if (!is_reader(state_, *me_)) return false;
    hazard_frame& frame = me_->first;
    if (frame[hazard::receiver].load_relaxed() || frame[hazard::list].load_relaxed()) return false;
    // Acquire: the list was filled before its address was stored here.
    slot_list* const list = state_.unfiltered.load_acquire();
    // Release: what this thread did before happens before what any thread does that reads this.
    frame[hazard::list].store_release(list);
    compiler_barrier();
    // After the store: either whoever replaces the list sees the hazard pointer, or this thread
    // sees the reason or the new list.
    if ((state_.slow_path_reasons.load_acquire() & complicated) != 0 ||
        state_.unfiltered.load_acquire() != list) {
      frame[hazard::list].store_release(nullptr);
      return false;
    }
    me_->flags &= ~thread_rejected;
    frame_ = &frame;
    frame.operation = this;
    // Acquire: entries are written before the count that includes them.
    unfiltered_ = {list->entries, list->entries + list->count.load_acquire()};
    return true;
  }

  template <class Step>
  void each_next(const Step& step) {
    while (next() && step()) {
    }
  }

  /// Protects the receiver of an entry of `unfiltered_`. False if it may not be called.
  [[gnu::always_inline]] bool enter_inlined(signal_state& state, thread_record& me,
                                            const atomic<receiver_slot*>& entry,
                                            receiver_slot& slot) {
    // Release: this leaves the receiver before; its call happens before what its disconnect does
    // next.
    me.first[hazard::receiver].store_release(&slot);
    compiler_barrier();
    // After the store: either the disconnect sees the hazard pointer, or this thread sees the
    // reason. Acquire: the call is not read before.
    if ((state.slow_path_reasons.load_acquire() & (slow_path_fenced | slow_path_counting)) != 0 ||
        me.has_pending_work.load_relaxed() != 0) [[unlikely]]
      return enter_listed(entry, slot);
    // Acquire: the receiver was stored before its call. The entry is marked if the receiver has
    // lost this subscription.
    call_ = slot.call.load_acquire();
    if (!call_ || entry.load_acquire() != &slot) return false;
    slot_ = &slot;
    ++report_.receivers;
    return true;
  }

  /// Ends a send of one slot list in the thread's first frame.
  bool try_end() noexcept {
    if (frame_ != &me_->first || selects_ || call_started_ != 0 || kept_arguments_ ||
        report_.watch ||
        // While the frame still protects the signal.
        (state_.slow_path_reasons.load_relaxed() & slow_path_fenced) != 0)
      return false;
    frame_->operation = nullptr;
    const fast_send_guard leaving(me_);
    return true;
  }

  void begin(const key_view* sender);
  void end() noexcept;
  bool is_last() const noexcept;
  bool enter(const merged_entry& entry);
  bool enter_listed(const atomic<receiver_slot*>& entry, receiver_slot& slot);
  void select_by_sender(const key_view& sender);
  void match_topic(const key_view& sender);
  void leave() noexcept;
  void count_call() noexcept;
  void begin_report();
  void end_report() noexcept;

  signal_state& state_;
  thread_record* me_;
  hazard_frame* frame_ = nullptr;
  slot_span unfiltered_;
  receiver_slot* slot_ = nullptr;
  erased_function call_ = nullptr;
  bool selects_ = false;           ///< more hazard pointers are set than those of `unfiltered_`
  slot_span selected_;             ///< receivers that selected this sender
  match_span matches_;             ///< receivers with a pattern that matches the topic
  std::uint64_t last_serial_ = 0;  ///< of the receiver called last, which may have matched twice
  owned_arguments* kept_arguments_ = nullptr;  ///< for receivers that are called after the send
  std::uint64_t call_started_ = 0;  ///< when the running call began; 0: calls are not counted
  std::uint64_t call_ended_ = 0;    ///< when the call before ended, if it was counted
  pending_report report_;
};

}  // namespace aldis::detail

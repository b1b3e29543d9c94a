#pragma once

// The data that a send touches: thread records with their hazard pointers, the state of a signal,
// and the slots of its receivers. Whatever need not be inlined into a send is in core/src.
// docs/design/hazard-pointers.md has the argument why it is correct.

#include <aldis/detail/atomic.hpp>
#include <aldis/export.hpp>
#include <aldis/fwd.hpp>

#include <cstddef>
#include <cstdint>

namespace aldis::detail {

struct signal_state;
struct hazard_domain;
struct receiver_slot;
struct slot_metadata;
struct subscriber_group;
struct match;
struct sender_index;
class owned_arguments;
struct topic_search;
struct watch_state;
class slow_send;

using erased_function = void (*)();

/// The operations of a receiver's type.
///
/// Lifetime: a constant of the program or plugin that connected the receiver. Not read once the
/// receiver has been destroyed, so that the plugin may then be unloaded.
struct receiver_type {
  erased_function call;
  void (*destroy)(void* const* storage) noexcept;     ///< null: nothing to destroy
  void (*relocate)(void** from, void** to) noexcept;  ///< null: the bytes may be copied
  const char* name;                                   ///< as in std::type_info::name
};

/// One receiver of one signal: exactly the cache line that a send reads. Never moves.
///
/// Lifetime: used again for another receiver when the last reference has gone.
struct alignas(64) receiver_slot {
  atomic<erased_function> call;  ///< null: skipped (disconnected or blocked)
  void* storage[2];              ///< the receiver, or a pointer to it
  const receiver_type* type;
  slot_metadata* metadata;       ///< what the fast path does not read
  atomic<std::uint64_t> serial;  ///< order of connection; unique within the signal
  std::int32_t priority;
  atomic<std::uint32_t> references;  ///< see core/src/slab.hpp
  atomic<std::uint32_t> body;        ///< a slot_body
  std::uint32_t lists;  ///< entries that name this slot, in all slot lists; guarded by the
                        ///< signal's mutex
};
static_assert(sizeof(receiver_slot) == 64);

/// Memory that sends read without a lock. Once replaced it is retired, and freed when no hazard
/// pointer refers to it.
struct reclaimable {
  enum class kind : std::uint8_t {
    slot_list,
    sender_group,
    sender_index,
    pattern_group,
    topic_node,
    topic_table
  };

  signal_state* owner;  ///< the signal that retires it
  reclaimable* next_retired = nullptr;
  kind type;
};

/// Slots in the order of the calls. While sends may be reading it, entries are only appended, or
/// marked as removed; every other change replaces the list. `count` and `entries` are written under
/// the signal's mutex, which guards the other members.
struct slot_list : reclaimable {
  atomic<std::uint32_t> count;
  std::uint32_t capacity;
  std::uint32_t tombstones;       ///< entries whose receiver has left the list
  std::uint32_t dead_entries;     ///< tombstones that still name the disconnected receiver's slot
  std::uint32_t shift;            ///< slot_metadata::position minus the index in `entries`
  std::int32_t lowest;            ///< no slot in the list has a lower priority
  const subscriber_group* group;  ///< whose list this is; null: signal_state::unfiltered
  atomic<receiver_slot*> entries[1];  ///< `capacity` of them
};

/// The hazard pointers of one send. Written by the send's own thread only, read by any. In use
/// while `inside` or `held` is set; one of them is whenever user code may run.
struct alignas(64) send_frame {
  atomic<receiver_slot*> inside;    ///< the receiver being called, or about to be
  atomic<slot_list*> held;          ///< signal_state::unfiltered; not set to call `only_slot`
  atomic<slot_list*> selected;      ///< receivers of this sender
  atomic<subscriber_group*> group;  ///< whose slot list `selected` is
  atomic<sender_index*> senders;    ///< only during the look-up
  atomic<send_frame*> next;         ///< for a send inside this one; never freed
  send_frame* previous = nullptr;

  // Accessed by the thread itself only.
  slow_send* send = nullptr;                  ///< null on the fast path
  owned_arguments* kept_arguments = nullptr;  ///< for receivers that are called after the send

  // Used by sends with a topic only; docs/design/topics.md has the protocol.
  atomic<signal_state*> matches_of;   ///< `search` remembers slots of this signal
  atomic<std::uint64_t> reading;      ///< the epoch in which the trie is being read; 0: it is not
  atomic<subscriber_group*> matched;  ///< the pattern for which `inside` is called, if any
  topic_search* search = nullptr;     ///< accessed by the thread itself only; kept between sends
};

/// The hazard pointers of one thread. Given back when the thread ends, and taken by later threads;
/// never freed, so that any thread may read it at any time. `rejected` and `in_observer` are
/// accessed by the thread itself only.
struct thread_record {
  hazard_domain* domain = nullptr;
  std::uint64_t bit = 0;                   ///< in signal_state::sending_threads
  atomic<std::uint32_t> has_pending_work;  ///< set by other threads; see process_pending_work
  bool rejected = false;                   ///< by the receiver just called, which did not run
  bool in_observer = false;  ///< runs observers of a registry, whose own sends are not reported
  send_frame first;
};

/// This thread's record; before the first send one without a domain, which no signal's fast path
/// accepts. A trivial pointer, because a thread_local with a destructor costs more on each access,
/// keeps plugins from being unloaded, and is gone when destructors of other thread_locals send
/// (docs/design/threads-fork-plugins.md).
extern constinit thread_local thread_record* own_record
#if defined(__GNUC__) && !defined(_WIN32)
    __attribute__((tls_model("initial-exec"), visibility("default")))
#endif
    ;

/// Why sends of a signal cannot take the fast path; bits of signal_state::slow_path_reasons.
enum slow_path_reason : std::uint32_t {
  slow_path_fenced = 1,        ///< storing a hazard pointer needs a full fence
  slow_path_deferred = 2,      ///< a receiver is to be destroyed, or waited for, when it is left
  slow_path_counting = 4,      ///< count_calls(true)
  slow_path_muted = 8,         ///< mute()
  slow_path_selective = 16,    ///< some receivers selected a sender or a topic
  slow_path_conditional = 32,  ///< some receivers have conditions: when, not_from, tracking, times
  slow_path_ended = 64,        ///< the signal was destroyed
  slow_path_watched = 128,     ///< an observer of its registry watches it
  slow_path_sharing = 256,     ///< several receivers are called after the send, and share its
                               ///< arguments, or one of them may reject a call
};

/// A flag in signal_state::live, the only word that a send without receivers reads: the signal is
/// watched, so even such a send is reported.
inline constexpr std::uint64_t live_watched = std::uint64_t{1} << 63;

/// What an aldis::signal points to: the part of signal_impl that is inlined into sends. Written
/// under the signal's mutex.
struct signal_state {
  hazard_domain* domain;
  atomic<std::uint64_t> live;             ///< number of connected receivers, and `live_watched`
  atomic<std::uint64_t> sending_threads;  ///< thread_record::bit of each thread that ever sent it
  atomic<slot_list*> fast_list;           ///< `unfiltered` if slow_path_reasons is 0, else null
  atomic<receiver_slot*> only_slot;  ///< the only receiver if slow_path_reasons is 0, else null
  atomic<slot_list*> unfiltered;     ///< receivers that selected no sender or topic
  atomic<std::uint32_t> slow_path_reasons;  ///< slow_path_reason bits; 0: sends take the fast path
};

/// The value by which a sender is compared: a kind, and a number, text or address.
///
/// Lifetime: refers to the sender's text.
struct key_view {
  enum class kind : std::uint8_t {
    none,
    integer,
    unsigned_integer,
    floating,
    long_floating,  ///< a long double that no double equals
    enumeration,
    text,
    object
  };

  kind type = kind::none;
  std::uint64_t bits = 0;
  const char* text = nullptr;  ///< of a text; for an enumeration the name of its type
  std::size_t size = 0;        ///< of `text`; for a long_floating the other half of its bits
};

/// To be called when has_pending_work is set, after this thread has left something: wakes the
/// threads that wait for it, destroys receivers whose destruction was deferred and that no thread
/// is inside of, and frees signals that were destroyed meanwhile.
ALDIS_API void process_pending_work(thread_record& me) noexcept;

/// Clears a hazard pointer that the fast path stored too late to call the receiver, and wakes the
/// threads that wait because of it. Destroys nothing: the send continues on the slow path, which
/// does that once it has protected the signal.
ALDIS_API void retract_hazard(thread_record& me) noexcept;

/// Leaves the receiver at the end of a fast-path send, also if it throws.
class fast_call_guard {
 public:
  explicit fast_call_guard(thread_record* me) noexcept : me_(*me) {}
  fast_call_guard(const fast_call_guard&) = delete;
  fast_call_guard& operator=(const fast_call_guard&) = delete;
  ~fast_call_guard() {
    // Release: what the receiver did happens before whatever a waiting disconnect does next.
    me_.first.inside.store_release(nullptr);
    compiler_barrier();
    // Relaxed, and after the store: whoever sets it runs a barrier, then looks again who is inside.
    if (me_.has_pending_work.load_relaxed() != 0) [[unlikely]]
      process_pending_work(me_);
  }

 private:
  thread_record& me_;
};

/// Ends a fast-path send that protects the slot list, also if a receiver throws.
class fast_send_guard {
 public:
  explicit fast_send_guard(thread_record* me) noexcept : me_(me) {}
  fast_send_guard(const fast_send_guard&) = delete;
  fast_send_guard& operator=(const fast_send_guard&) = delete;
  ~fast_send_guard() {
    if (!me_) return;
    // Release: reads of the list happen before it is freed.
    me_->first.held.store_release(nullptr);
    const fast_call_guard leaving(me_);
  }

  /// The slow path continues the send, and ends it.
  void dismiss() noexcept { me_ = nullptr; }

 private:
  thread_record* me_;
};

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

/// A send that cannot take the fast path: an iterator over the receivers to call.
class ALDIS_API slow_send {
 public:
  /// `sender`: null if no receiver can select by it.
  slow_send(signal_state& state, const key_view* sender);
  /// Continues a send that began on the fast path, which uses the record's first frame.
  slow_send(thread_record& me, atomic<receiver_slot*>* next, atomic<receiver_slot*>* end) noexcept
      : state_(*me.first.held.load_relaxed()->owner),
        me_(me),
        frame_(&me.first),
        unfiltered_{next, end} {
    frame_->send = this;
  }
  slow_send(const slow_send&) = delete;
  slow_send& operator=(const slow_send&) = delete;
  ~slow_send();

  /// Advances to the next receiver to call, and protects it; false at the end.
  bool next();

  receiver_slot* current() const noexcept { return slot_; }
  erased_function call() const noexcept { return call_; }
  connection receiver() const noexcept;

  /// Keeps the arguments for receivers that are called after the send. Takes over one reference.
  void keep_arguments(owned_arguments& arguments) noexcept;
  owned_arguments*& kept_arguments() noexcept { return frame_->kept_arguments; }
  /// One more reference to the kept arguments; for the last receiver the send's own.
  owned_arguments* share_arguments() noexcept;

  /// True if no other receiver will be called, so that this one may move from the arguments.
  bool last() const noexcept;

  /// Whether the receiver just called rejected the call, and so did not run. Resets that.
  bool rejected() noexcept {
    const bool yes = me_.rejected;
    me_.rejected = false;
    if (yes) {
      call_started_ = 0;
      --report_.receivers;
    }
    return yes;
  }

  /// To be called if the receiver has thrown and the send goes on.
  void failed() noexcept {
    rejected();
    report_.threw = true;
  }

 private:
  void select_by_sender(const key_view& sender);
  void match_topic(const key_view& sender);
  void leave() noexcept;
  void count_call() noexcept;
  void begin_report();
  void end_report() noexcept;

  signal_state& state_;
  thread_record& me_;
  send_frame* frame_ = nullptr;
  slot_span unfiltered_;
  slot_span selected_;             ///< receivers that selected this sender
  match_span matches_;             ///< receivers with a pattern that matches the topic
  std::uint64_t last_serial_ = 0;  ///< of the receiver called last, which may have matched twice
  receiver_slot* slot_ = nullptr;
  erased_function call_ = nullptr;
  std::uint64_t call_started_ = 0;  ///< when the running call began; 0: calls are not counted
  pending_report report_;
};

}  // namespace aldis::detail

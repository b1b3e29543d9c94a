#pragma once

// The data that a send touches: the state of a signal, the slots of its receivers, and what its
// hazard pointers protect. Whatever need not be inlined into a send is in core/src.

#include <aldis/export.hpp>
#include <aldis/fwd.hpp>
#include <aldis/reclamation/hazard_pointers.hpp>

#include <cstddef>
#include <cstdint>

namespace aldis::detail {

using namespace reclamation;

struct signal_state;
struct receiver_slot;
struct slot_metadata;
struct subscriber_group;
struct match;
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

/// Slots in the order of the calls. While sends may be reading it, entries are only appended, or
/// marked as removed; every other change replaces the list. `count` and `entries` are written under
/// the signal's mutex, which guards the other members.
struct slot_list : reclaimable {
  signal_state* owner;
  atomic<std::uint32_t> count;
  std::uint32_t capacity;
  std::uint32_t tombstones;       ///< entries whose receiver has left the list
  std::uint32_t dead_entries;     ///< tombstones that still name the disconnected receiver's slot
  std::uint32_t shift;            ///< slot_metadata::position minus the index in `entries`
  std::int32_t lowest;            ///< no slot in the list has a lower priority
  const subscriber_group* group;  ///< whose list this is; null: signal_state::unfiltered
  atomic<receiver_slot*> entries[1];  ///< `capacity` of them

  static constexpr std::size_t size_for(std::uint32_t capacity) noexcept {
    return sizeof(slot_list) + (capacity - 1) * sizeof(atomic<receiver_slot*>);
  }
};

/// What the hazard pointers of a send protect: indices into its hazard_frame. `receiver` or `list`
/// is set whenever user code may run.
struct hazard {
  enum index : std::size_t {
    receiver,       ///< the receiver_slot being called, or about to be
    list,           ///< signal_state::unfiltered; not set to call `only_slot`
    selected_list,  ///< the slot_list of receivers that selected this sender
    group,          ///< the subscriber_group whose slot list that is
    sender_index,   ///< only during the look-up

    // Of sends with a topic; docs/design/topics.md has the protocol.
    trie_epoch,    ///< the epoch in which the trie is being read
    pattern,       ///< the subscriber_group for which `receiver` is called, if any
    matched_slots  ///< the signal_state of which the send remembers slots
  };
};

/// Bits of thread_record::flags.
enum thread_flag : std::uint32_t {
  thread_rejected = 1,    ///< by the receiver just called, which did not run
  thread_in_observer = 2  ///< runs observers of a registry, whose own sends are not reported
};

/// Why sends of a signal cannot take the fast path; bits of hazard_domain::slow_path_reasons,
/// beside slow_path_fenced.
enum slow_path_reason : std::uint32_t {
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
struct signal_state : hazard_domain {
  atomic<std::uint64_t> live;        ///< number of connected receivers, and `live_watched`
  atomic<slot_list*> fast_list;      ///< `unfiltered` if slow_path_reasons is 0, else null
  atomic<receiver_slot*> only_slot;  ///< the only receiver if slow_path_reasons is 0, else null
  atomic<slot_list*> unfiltered;     ///< receivers that selected no sender or topic
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

/// Makes this thread a reader of the signal, once for each signal. False if it cannot take the fast
/// path: the signal was made by another copy of the library. Exceptions: std::bad_alloc.
ALDIS_API bool become_reader(signal_state& state);

/// From now on slots of the signal whose receivers this thread called are kept, as connections
/// refer to them that own no reference. To be called inside a receiver.
ALDIS_API void lend_connections(signal_state& state) noexcept;
/// These connections are gone. May free the signal.
ALDIS_API void return_connections(signal_state& state) noexcept;

/// Leaves the receiver at the end of a fast-path send, also if it throws.
class fast_call_guard {
 public:
  explicit fast_call_guard(thread_record* me) noexcept : me_(*me) {}
  fast_call_guard(const fast_call_guard&) = delete;
  fast_call_guard& operator=(const fast_call_guard&) = delete;
  [[gnu::always_inline]] ~fast_call_guard() {
    // Release: what the receiver did happens before whatever a waiting disconnect does next.
    me_.first[hazard::receiver].store_release(nullptr);
    compiler_barrier();
    // Relaxed, and after the store: whoever sets it runs a barrier, then looks again who is inside.
    if (me_.has_pending_work.load_relaxed() != 0) [[unlikely]]
      process_pending_work(me_);
  }

 private:
  thread_record& me_;
};

/// Ends a send without fences that protects one slot list in the thread's first frame, also if a
/// receiver throws.
class fast_send_guard {
 public:
  explicit fast_send_guard(thread_record* me) noexcept : me_(me) {}
  fast_send_guard(const fast_send_guard&) = delete;
  fast_send_guard& operator=(const fast_send_guard&) = delete;
  [[gnu::always_inline]] ~fast_send_guard() {
    if (!me_) return;
    // Release: reads of the list happen before it is freed.
    me_->first[hazard::list].store_release(nullptr);
    const fast_call_guard leaving(me_);
  }

  /// The slow path continues the send, and ends it.
  void dismiss() noexcept { me_ = nullptr; }

 private:
  thread_record* me_;
};

}  // namespace aldis::detail

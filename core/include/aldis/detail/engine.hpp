#pragma once

// What a send touches: the records of threads, the state of a signal, and the slots of its
// receivers. Everything that need not be inlined into a send is declared here and lives in
// core/src. docs/design/hazard-pointers.md tells why it is correct.

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

/// What the library knows of a receiver's type. Lives in the program or plugin that connected it,
/// and is not looked at any more once the receiver was destroyed.
struct receiver_type {
  erased_function call;
  void (*destroy)(void* const* storage) noexcept;     ///< null: nothing to destroy
  void (*relocate)(void** from, void** to) noexcept;  ///< null: the bytes may be copied
  const char* name;                                   ///< as typeid spells it
};

/// One receiver's slot on one signal: exactly the cache line that a send reads.
struct alignas(64) receiver_slot {
  atomic<erased_function> call;  ///< null: passed over (disconnected or blocked)
  void* storage[2];              ///< the receiver, or a pointer to it
  const receiver_type* type;
  slot_metadata* metadata;       ///< what a send does not need
  atomic<std::uint64_t> serial;  ///< order of connection within the signal; never used again
  std::int32_t priority;
  atomic<std::uint32_t> references;
  atomic<std::uint32_t> body;  ///< a slot_body
  std::uint32_t lists;  ///< how many slot lists name this slot; guarded by the signal's mutex
};
static_assert(sizeof(receiver_slot) == 64);

/// Memory that a send may be reading while it is being replaced. It is freed when no frame has it.
struct block {
  enum class kind : std::uint8_t {
    slot_list,
    subscriber_group,
    table,
    pattern,
    topic_node,
    topic_table
  };

  signal_state* owner;
  block* next_retired = nullptr;
  kind what;
};

/// Places in the order in which they are called. Grows at its end while it is being read; anything
/// else makes a new slot list.
struct slot_list : block {
  atomic<std::uint32_t> count;
  std::uint32_t capacity;
  std::uint32_t tombstones;       ///< entries that no longer count; guarded by the signal's mutex
  std::uint32_t dead_entries;     ///< those of them that still name a dead slot; guarded likewise
  std::uint32_t shift;            ///< by how much slot_metadata::at is larger than the index
  std::int32_t lowest;            ///< no slot in it has a lower priority
  const subscriber_group* group;  ///< null: the receivers without selection
  atomic<receiver_slot*> entries[1];  ///< `capacity` of them
};

/// What a thread is inside of. Only the thread itself writes; anybody may read. In use while
/// `inside` is not null, which it is whenever user code may run.
struct alignas(64) send_frame {
  atomic<receiver_slot*> inside;  ///< the receiver that is being called, or is about to be
  atomic<slot_list*> held;      ///< the receivers without selection by sender; null for an only one
  atomic<slot_list*> selected;  ///< the receivers chosen by sender
  atomic<subscriber_group*> via;  ///< whose slot list `selected` is
  atomic<sender_index*> table;
  atomic<send_frame*> next;  ///< frames for sends within sends; never freed
  send_frame* previous = nullptr;

  // Of its thread only.
  slow_send* by = nullptr;          ///< the send, if it takes the slow path
  owned_arguments* kept = nullptr;  ///< for receivers called after the send

  // Of sends with a topic only; docs/design/topics.md.
  atomic<signal_state*> matches_of;  ///< slots of this signal are remembered in `search`
  atomic<std::uint64_t>
      reading;  ///< the epoch in which its patterns are being read; 0: they are not
  atomic<subscriber_group*> matched;  ///< the pattern that `inside` is called for, if it is one
  topic_search* search = nullptr;
};

/// One per thread that ever sent; reused by later threads, never freed.
struct thread_record {
  hazard_domain* home = nullptr;
  std::uint64_t bit = 0;  ///< stands for this record in signal_state::sending_threads
  atomic<std::uint32_t> has_pending_work;  ///< somebody waits for this thread to leave something
  bool rejected = false;  ///< the receiver just called declined (selection within the call)
  bool telling = false;   ///< it runs observers of a registry, whose own sends are not watched
  send_frame first;
};

/// This thread's record, or one without a home before the first send.
/// A trivial pointer on purpose: a thread_local with a destructor costs more per send, pins
/// plugins, and is gone when destructors of other thread_locals send (design note
/// "threads-fork-plugins").
extern constinit thread_local thread_record* own_record
#if defined(__GNUC__) && !defined(_WIN32)
    __attribute__((tls_model("initial-exec"), visibility("default")))
#endif
    ;

/// Why a send may not take the fast path. Zero: plain receivers, and nobody disconnects.
enum slow_path : std::uint32_t {
  slow_path_fenced = 1,      ///< publications need a full fence
  slow_path_deferred = 2,    ///< a receiver waits to be destroyed as soon as it is left
  slow_path_counting = 4,    ///< count_calls(true)
  slow_path_muted = 8,       ///< mute()
  slow_path_selective = 16,  ///< some receivers listen to one sender only, or to some topics
  slow_path_conditional =
      32,                   ///< some receivers decide at the call (when, not_from, tracking, times)
  slow_path_ended = 64,     ///< the signal was destroyed
  slow_path_watched = 128,  ///< somebody watches the registry that it belongs to
  slow_path_sharing =
      256,  ///< several receivers are called after the send, and share what they keep
};

/// In signal_state::live: sends of a watched signal have something to do although nobody is
/// connected.
inline constexpr std::uint64_t live_watched = std::uint64_t{1} << 63;

/// What a signal points to. The rest of it is known to core/src only.
struct signal_state {
  hazard_domain* home;
  atomic<std::uint64_t> live;  ///< receivers connected, and `live_watched`; written under the mutex
  atomic<std::uint64_t>
      sending_threads;               ///< threads that ever sent this signal, by thread_record::bit
  atomic<slot_list*> fast_list;      ///< `unfiltered` while the mode is 0, else null
  atomic<receiver_slot*> only_slot;  ///< the only receiver while the mode is 0, else null
  atomic<slot_list*> unfiltered;     ///< receivers without selection by sender
  atomic<std::uint32_t> slow_path;
};

/// How a sender compares; `text` is only read while it is compared.
struct key_view {
  enum class kind : std::uint8_t {
    none,
    integer,
    unsigned_integer,
    floating,
    long_floating,  ///< a long double that is no double
    enumeration,
    text,
    object
  };

  kind what = kind::none;
  std::uint64_t bits = 0;
  const char* text = nullptr;  ///< the text, or the type's name for an enumeration
  std::size_t size = 0;        ///< of it; for a long_floating the other half of its bits
};

/// Somebody waits for what this thread has just left: wakes or destroys. Called after leaving.
ALDIS_API void run_deferred(thread_record& me) noexcept;

/// Takes back a publication of the fast path that came too late to call anybody, and wakes whoever
/// waits because of it. Destroys nothing: the slow path, on which the send goes on, does so while
/// it holds the signal.
ALDIS_API void unpublish(thread_record& me) noexcept;

/// The end of a call on the fast path, also when the receiver throws.
class fast_call_guard {
 public:
  explicit fast_call_guard(thread_record* me) noexcept : me_(*me) {}
  fast_call_guard(const fast_call_guard&) = delete;
  fast_call_guard& operator=(const fast_call_guard&) = delete;
  ~fast_call_guard() {
    // Release: what the receiver did happens before whatever a waiting disconnect does next.
    me_.first.inside.store_release(nullptr);
    compiler_barrier();
    if (me_.has_pending_work.load_relaxed() != 0) [[unlikely]]
      run_deferred(me_);
  }

 private:
  thread_record& me_;
};

/// The end of a send to many on the fast path.
class fast_send_guard {
 public:
  explicit fast_send_guard(thread_record* me) noexcept : me_(me) {}
  fast_send_guard(const fast_send_guard&) = delete;
  fast_send_guard& operator=(const fast_send_guard&) = delete;
  ~fast_send_guard() {
    if (!me_) return;
    me_->first.held.store_release(nullptr);
    const fast_call_guard last(me_);
  }

  /// The send goes on elsewhere, and ends there.
  void dismiss() noexcept { me_ = nullptr; }

 private:
  thread_record* me_;
};

/// What is left of a slot list.
struct slot_span {
  atomic<receiver_slot*>* next = nullptr;
  atomic<receiver_slot*>* end = nullptr;
};

/// What is left of the receivers that a topic matched.
struct match_span {
  const match* next = nullptr;
  const match* end = nullptr;
};

/// What the observers of a watched send will be told.
struct pending_report {
  watch_state* post = nullptr;  ///< null: nobody watches
  std::uint64_t began = 0;
  std::size_t receivers = 0;  ///< so many ran
  int exceptions = 0;         ///< were under way before the send
  bool threw = false;
};

/// A send that cannot take the fast path, step by step.
class ALDIS_API slow_send {
 public:
  slow_send(signal_state& of, const key_view* sender);
  /// Continues a send that began on the fast path, in the first frame.
  slow_send(thread_record& me, atomic<receiver_slot*>* next, atomic<receiver_slot*>* end) noexcept
      : state_(*me.first.held.load_relaxed()->owner),
        me_(me),
        frame_(&me.first),
        plain_{next, end} {
    frame_->by = this;
  }
  slow_send(const slow_send&) = delete;
  slow_send& operator=(const slow_send&) = delete;
  ~slow_send();

  /// Goes to the next receiver to call, and publishes it; false at the end.
  bool next();

  receiver_slot* current() const noexcept { return slot_; }
  erased_function call() const noexcept { return call_; }
  connection receiver() const noexcept;

  /// Gives receivers that are called later the arguments they shall keep. Takes over one reference.
  void keep(owned_arguments& arguments) noexcept;
  owned_arguments*& kept() noexcept { return frame_->kept; }
  /// One reference to what is kept. The send's own for the last receiver: nobody needs it after
  /// that.
  owned_arguments* share_kept() noexcept;

  /// True if no other receiver is left, so that this one may have the arguments themselves.
  bool last() const noexcept;

  /// Whether the receiver just called declined; forgets it.
  bool rejected() noexcept {
    const bool yes = me_.rejected;
    me_.rejected = false;
    if (yes) {
      started_ = 0;
      --report_.receivers;
    }
    return yes;
  }

  /// The receiver just called has thrown, and the send goes on.
  void failed() noexcept {
    rejected();
    report_.threw = true;
  }

 private:
  void select(const key_view& sender);
  void match_topic(const key_view& sender);
  void leave() noexcept;
  void count_time() noexcept;
  void begin_report();
  void end_report() noexcept;

  signal_state& state_;
  thread_record& me_;
  send_frame* frame_ = nullptr;
  slot_span plain_;           ///< receivers without selection by sender
  slot_span chosen_;          ///< receivers that chose this sender
  match_span matched_;        ///< receivers whose pattern matches the topic
  std::uint64_t served_ = 0;  ///< serial of the receiver called last: it may have matched twice
  receiver_slot* slot_ = nullptr;
  erased_function call_ = nullptr;
  std::uint64_t started_ = 0;  ///< when the running call began, while calls are counted
  pending_report report_;
};

}  // namespace aldis::detail

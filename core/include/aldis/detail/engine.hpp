#pragma once

// What a send touches: the records of threads, the core of a signal, and the places of its
// receivers. Everything that need not be inlined into a send is declared here and lives in
// core/src. docs/design/hazard-pointers.md tells why it is correct.

#include <aldis/detail/atomic.hpp>
#include <aldis/export.hpp>
#include <aldis/fwd.hpp>

#include <cstddef>
#include <cstdint>

namespace aldis::detail {

struct core;
struct domain;
struct place;
struct place_details;
struct bucket;
struct match;
struct selection_table;
class kept_arguments;
struct topic_search;
struct watch_post;
class walk;

using erased_function = void (*)();

/// What the library knows of a receiver's type. Lives in the program or plugin that connected it,
/// and is not looked at any more once the receiver was destroyed.
struct receiver_type {
  erased_function call;
  void (*destroy)(void* const* storage) noexcept;     ///< null: nothing to destroy
  void (*relocate)(void** from, void** to) noexcept;  ///< null: the bytes may be copied
  const char* name;                                   ///< as typeid spells it
};

/// One receiver's place on one signal: exactly the cache line that a send reads.
struct alignas(64) place {
  atomic<erased_function> call;  ///< null: passed over (disconnected or blocked)
  void* storage[2];              ///< the receiver, or a pointer to it
  const receiver_type* type;
  place_details* details;        ///< what a send does not need
  atomic<std::uint64_t> serial;  ///< order of connection within the signal; never used again
  std::int32_t priority;
  atomic<std::uint32_t> references;
  atomic<std::uint32_t> body;  ///< a place_body
  std::uint32_t rosters;       ///< how many rosters name this place; guarded by the core's mutex
};
static_assert(sizeof(place) == 64);

/// Memory that a send may be reading while it is being replaced. It is freed when no frame has it.
struct block {
  enum class kind : std::uint8_t { roster, bucket, table, pattern, topic_node, topic_table };

  core* owner;
  block* next_retired = nullptr;
  kind what;
};

/// Places in the order in which they are called. Grows at its end while it is being read; anything
/// else makes a new roster.
struct roster : block {
  atomic<std::uint32_t> count;
  std::uint32_t capacity;
  std::uint32_t gaps;        ///< entries that no longer count; guarded by the core's mutex
  std::uint32_t corpses;     ///< those of them that still name a dead place; guarded likewise
  std::uint32_t shift;       ///< by how much place_details::at is larger than the index
  std::int32_t lowest;       ///< no place in it has a lower priority
  const bucket* list_of;     ///< null: the receivers without selection
  atomic<place*> places[1];  ///< `capacity` of them
};

/// What a thread is inside of. Only the thread itself writes; anybody may read. In use while
/// `inside` is not null, which it is whenever foreign code may run.
struct alignas(64) frame {
  atomic<place*> inside;     ///< the receiver that is being called, or is about to be
  atomic<roster*> held;      ///< the receivers without selection by sender; null for a lone one
  atomic<roster*> selected;  ///< the receivers chosen by sender
  atomic<bucket*> via;       ///< whose roster `selected` is
  atomic<selection_table*> table;
  atomic<frame*> next;  ///< frames for sends within sends; never freed
  frame* previous = nullptr;

  // Of its thread only.
  walk* by = nullptr;              ///< the send, if it goes the long way
  kept_arguments* kept = nullptr;  ///< for receivers called after the send

  // Of sends with a topic only; docs/design/topics.md.
  atomic<core*> matches_of;  ///< places of this core are remembered in `search`
  atomic<std::uint64_t>
      reading;              ///< the epoch in which its patterns are being read; 0: they are not
  atomic<bucket*> matched;  ///< the pattern that `inside` is called for, if it is one
  topic_search* search = nullptr;
};

/// One per thread that ever sent; reused by later threads, never freed.
struct record {
  domain* home = nullptr;
  std::uint64_t bit = 0;            ///< stands for this record in core::announced
  atomic<std::uint32_t> attention;  ///< somebody waits for this thread to leave something
  bool skipped = false;  ///< the receiver just called declined (selection within the call)
  bool telling = false;  ///< it runs observers of a registry, whose own sends are not watched
  frame first;
};

/// This thread's record, or one without a home before the first send.
/// A trivial pointer on purpose: a thread_local with a destructor costs more per send, pins
/// plugins, and is gone when destructors of other thread_locals send (design note
/// "threads-fork-plugins").
extern constinit thread_local record* own_record
#if defined(__GNUC__) && !defined(_WIN32)
    __attribute__((tls_model("initial-exec"), visibility("default")))
#endif
    ;

/// Why a send may not take the short way. Zero: plain receivers, and nobody disconnects.
enum mode : std::uint32_t {
  mode_fenced = 1,        ///< publications need a full fence
  mode_attentive = 2,     ///< a receiver waits to be destroyed as soon as it is left
  mode_counting = 4,      ///< count_calls(true)
  mode_muted = 8,         ///< mute()
  mode_selective = 16,    ///< some receivers listen to one sender only, or to some topics
  mode_conditional = 32,  ///< some receivers decide at the call (when, not_from, tracking, times)
  mode_ended = 64,        ///< the signal was destroyed
  mode_watched = 128,     ///< somebody watches the registry that it belongs to
  mode_keeping = 256,     ///< several receivers are called after the send, and share what they keep
};

/// In core::live: sends of a watched signal have something to do although nobody is connected.
inline constexpr std::uint64_t live_watched = std::uint64_t{1} << 63;

/// What a signal points to. The rest of it is known to core/src only.
struct core {
  domain* home;
  atomic<std::uint64_t> live;  ///< receivers connected, and `live_watched`; written under the mutex
  atomic<std::uint64_t> announced;  ///< threads that ever sent this signal, by record::bit
  atomic<roster*> light;            ///< `everyone` while the mode is 0, else null
  atomic<place*> lone;              ///< the only receiver while the mode is 0, else null
  atomic<roster*> everyone;         ///< receivers without selection by sender
  atomic<std::uint32_t> mode;
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
ALDIS_API void settle(record& me) noexcept;

/// Takes back a publication of the short way that came too late to call anybody, and wakes whoever
/// waits because of it. Destroys nothing: the long way, on which the send goes on, does so while it
/// holds the core.
ALDIS_API void retract(record& me) noexcept;

/// The end of a call the short way, also when the receiver throws.
class short_call {
 public:
  explicit short_call(record* me) noexcept : me_(*me) {}
  short_call(const short_call&) = delete;
  short_call& operator=(const short_call&) = delete;
  ~short_call() {
    // Release: what the receiver did happens before whatever a waiting disconnect does next.
    me_.first.inside.store_release(nullptr);
    compiler_barrier();
    if (me_.attention.load_relaxed() != 0) [[unlikely]]
      settle(me_);
  }

 private:
  record& me_;
};

/// The end of a send to many the short way.
class short_send {
 public:
  explicit short_send(record* me) noexcept : me_(me) {}
  short_send(const short_send&) = delete;
  short_send& operator=(const short_send&) = delete;
  ~short_send() {
    if (!me_) return;
    me_->first.held.store_release(nullptr);
    const short_call last(me_);
  }

  /// The send goes on elsewhere, and ends there.
  void give_away() noexcept { me_ = nullptr; }

 private:
  record* me_;
};

/// What is left of a roster.
struct stretch {
  atomic<place*>* next = nullptr;
  atomic<place*>* end = nullptr;
};

/// What is left of the receivers that a topic matched.
struct match_stretch {
  const match* next = nullptr;
  const match* end = nullptr;
};

/// What the observers of a watched send will be told.
struct pending_report {
  watch_post* post = nullptr;  ///< null: nobody watches
  std::uint64_t began = 0;
  std::size_t receivers = 0;  ///< so many ran
  int exceptions = 0;         ///< were under way before the send
  bool threw = false;
};

/// A send that cannot take the short way, step by step.
class ALDIS_API walk {
 public:
  walk(core& of, const key_view* sender);
  /// Goes on with a send that began the short way, in the first frame.
  walk(record& me, atomic<place*>* next, atomic<place*>* end) noexcept
      : core_(*me.first.held.load_relaxed()->owner), me_(me), frame_(&me.first), plain_{next, end} {
    frame_->by = this;
  }
  walk(const walk&) = delete;
  walk& operator=(const walk&) = delete;
  ~walk();

  /// Goes to the next receiver to call, and publishes it; false at the end.
  bool next();

  place* current() const noexcept { return place_; }
  erased_function call() const noexcept { return call_; }
  connection receiver() const noexcept;

  /// Gives receivers that are called later the arguments they shall keep. Takes over one reference.
  void keep(kept_arguments& arguments) noexcept;
  kept_arguments*& kept() noexcept { return frame_->kept; }
  /// One reference to what is kept. The send's own for the last receiver: nobody needs it after
  /// that.
  kept_arguments* share_kept() noexcept;

  /// True if no other receiver is left, so that this one may have the arguments themselves.
  bool last() const noexcept;

  /// Whether the receiver just called declined; forgets it.
  bool declined() noexcept {
    const bool yes = me_.skipped;
    me_.skipped = false;
    if (yes) {
      started_ = 0;
      --report_.receivers;
    }
    return yes;
  }

  /// The receiver just called has thrown, and the send goes on.
  void failed() noexcept {
    declined();
    report_.threw = true;
  }

 private:
  void select(const key_view& sender);
  void match_topic(const key_view& sender);
  void leave() noexcept;
  void count_time() noexcept;
  void begin_report();
  void end_report() noexcept;

  core& core_;
  record& me_;
  frame* frame_ = nullptr;
  stretch plain_;             ///< receivers without selection by sender
  stretch chosen_;            ///< receivers that chose this sender
  match_stretch matched_;     ///< receivers whose pattern matches the topic
  std::uint64_t served_ = 0;  ///< serial of the receiver called last: it may have matched twice
  place* place_ = nullptr;
  erased_function call_ = nullptr;
  std::uint64_t started_ = 0;  ///< when the running call began, while calls are counted
  pending_report report_;
};

}  // namespace aldis::detail

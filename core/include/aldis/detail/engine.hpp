#pragma once

// What a send touches: the records of threads, the core of a signal, and the places of its
// receivers. Everything that need not be inlined into a send is declared here and lives in
// core/src. docs/design/publication.md tells why it is correct.

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
struct selection_table;
class kept_arguments;

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
  place_details* details;  ///< what a send does not need
  std::uint64_t serial;    ///< order of connection within the signal
  std::int32_t priority;
  atomic<std::uint32_t> references;
  atomic<std::uint32_t> body;  ///< a place_body
  std::uint32_t rosters;       ///< how many rosters name this place; guarded by the core's mutex
};
static_assert(sizeof(place) == 64);

/// Memory that a send may be reading while it is being replaced. It is freed when no frame has it.
struct block {
  enum class kind : std::uint8_t { roster, bucket, table };

  core* owner;
  block* next_retired = nullptr;
  kind what;
};

/// Places in the order in which they are called. Grows at its end while it is being read; anything
/// else makes a new roster.
struct roster : block {
  atomic<std::uint32_t> count;
  std::uint32_t capacity;
  std::uint32_t gaps;        ///< dead or removed entries; guarded by the core's mutex
  const bucket* list_of;     ///< null: the receivers without selection
  atomic<place*> places[1];  ///< `capacity` of them
};

/// What a thread is inside of. Only the thread itself writes; anybody may read.
struct alignas(64) frame {
  atomic<roster*> held;      ///< non-null: this frame is a running send
  atomic<place*> inside;     ///< the receiver that is being called, or is about to be
  atomic<roster*> selected;  ///< the receivers chosen by sender
  atomic<bucket*> via;       ///< whose roster `selected` is
  atomic<selection_table*> table;
  atomic<frame*> next;  ///< frames for sends within sends; never freed
  frame* previous = nullptr;
  kept_arguments* kept = nullptr;  ///< for receivers called after the send; only its thread looks
};

/// One per thread that ever sent; reused by later threads, never freed.
struct record {
  domain* home = nullptr;
  std::uint64_t bit = 0;            ///< stands for this record in core::announced
  atomic<std::uint32_t> attention;  ///< somebody waits for this thread to leave something
  bool skipped = false;  ///< the receiver just called declined (selection within the call)
  frame first;
};

/// This thread's record, or one without a home before the first send.
/// A trivial pointer on purpose: a thread_local with a destructor costs more per send, pins
/// plugins, and is gone when destructors of other thread_locals send (design note
/// "threads-and-records").
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
  mode_selective = 16,    ///< some receivers listen to one sender only
  mode_conditional = 32,  ///< some receivers decide at the call (when, not_from, tracking, times)
  mode_ended = 64,        ///< the signal was destroyed
  mode_keeping = 128,     ///< some receivers are called after the send, and keep its arguments
};

/// What a signal points to. The rest of it is known to core/src only.
struct core {
  domain* home;
  atomic<std::uint64_t> live;       ///< receivers connected; written under the mutex
  atomic<std::uint64_t> announced;  ///< threads that ever sent this signal, by record::bit
  atomic<roster*> light;            ///< `everyone` while the mode is 0, else null
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
    enumeration,
    text,
    object
  };

  kind what = kind::none;
  std::uint64_t bits = 0;
  const char* text = nullptr;  ///< the text, or the type's name for an enumeration
  std::size_t size = 0;
};

/// Somebody waits for what this thread has just left: wakes or destroys. Called after leaving.
ALDIS_API void settle(record& me) noexcept;

/// The end of a send the short way, also when a receiver throws.
class short_send {
 public:
  explicit short_send(record* me) noexcept : me_(me) {}
  short_send(const short_send&) = delete;
  short_send& operator=(const short_send&) = delete;
  ~short_send() {
    if (!me_) return;
    // Release: what the receivers did happens before whatever a waiting disconnect does next.
    me_->first.held.store_release(nullptr);
    compiler_barrier();
    if (me_->attention.load_relaxed() != 0) [[unlikely]]
      settle(*me_);
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

/// A send that cannot take the short way, step by step.
class ALDIS_API walk {
 public:
  walk(core& of, const key_view* sender);
  /// Goes on with a send that began the short way, in the first frame.
  walk(record& me, atomic<place*>* next, atomic<place*>* end) noexcept
      : core_(*me.first.held.load_relaxed()->owner),
        me_(me),
        frame_(&me.first),
        plain_{next, end} {}
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

  /// True if no other receiver is left, so that this one may have the arguments themselves.
  bool last() const noexcept;

  /// Whether the receiver just called declined; forgets it.
  bool declined() noexcept {
    const bool yes = me_.skipped;
    me_.skipped = false;
    if (yes) started_ = 0;
    return yes;
  }

 private:
  void select(const key_view& sender);
  void count_time() noexcept;

  core& core_;
  record& me_;
  frame* frame_ = nullptr;
  stretch plain_;   ///< receivers without selection by sender
  stretch chosen_;  ///< receivers that chose this sender
  place* place_ = nullptr;
  erased_function call_ = nullptr;
  std::uint64_t started_ = 0;  ///< when the running call began, while calls are counted
};

}  // namespace aldis::detail

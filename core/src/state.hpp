#pragma once

// The engine's own state. Lock order: domain::mutex before full_core::mutex; never two cores. No
// lock is held while foreign code runs: what falls is gathered in a section and ends after it.

#include <aldis/connection.hpp>
#include <aldis/detail/delivery.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/detail/request.hpp>
#include <aldis/detail/signal_base.hpp>
#include <aldis/signal.hpp>

#include "place_index.hpp"
#include <pthread.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace aldis::detail {

struct full_core;
struct slab;
struct topics;

/// place::body: exactly one thread claims the destruction.
enum place_body : std::uint32_t { body_whole, body_claimed, body_destroyed };

struct link {
  bucket* to;  ///< null: every sender
  std::uint64_t serial;
};

/// What few receivers have. Read by the receiver's own calls without a lock, so it stays as it is
/// until the receiver is destroyed; `links` is guarded by the core's mutex, `unlinked` written
/// under it.
struct place_extras {
  text id;
  text label;
  filter* filters = nullptr;
  weak_owner* trackers = nullptr;
  sender_choice* not_from = nullptr;
  erased_function conditional_call = nullptr;
  attachment* attached = nullptr;  ///< of a receiver that is called after the send
  bool numbered = false;
  atomic<std::uint64_t> remaining;
  std::vector<link> links;
  atomic<std::uint64_t> unlinked;  ///< which one of topics::unlinked was its last

  ~place_extras();
  /// Ends everything that is the user's.
  void destroy_conditions() noexcept;
  bool conditional() const noexcept { return filters || trackers || not_from || numbered; }
  bool expired() const noexcept;
};

/// The first cache line is what connects and disconnects need of every receiver.
struct alignas(64) place_details {
  slab* home = nullptr;
  place_extras* extras = nullptr;
  place* next = nullptr;         ///< in the free list of its slab, or in domain::deferred
  place* next_fallen = nullptr;  ///< those condemned together; used once in a place's life
  place* next_dying = nullptr;   ///< in full_core::dying
  place* previous_dying = nullptr;
  std::uint32_t at = 0;      ///< where it stands in core::everyone, if it does
  std::uint32_t blocks = 0;  ///< guarded by the core's mutex
  atomic<bool> alive;        ///< written under the core's mutex
  bool mergeable = false;    ///< connecting it again adds a link
  bool queued = false;       ///< in domain::deferred; guarded by domain::mutex
  bool tell = false;         ///< to receiver_disconnected, when its section ends
  bool followed = false;     ///< is in full_core::followers; guarded by the core's mutex

  alignas(64) identity_words identity;
  location where{"", 0};
  atomic<std::uint64_t> calls;
  atomic<std::uint64_t> nanoseconds;
};
static_assert(sizeof(place_details) == 128);

/// Places are made by the slab, so that a connect seldom allocates.
struct slab {
  full_core* owner;
  slab* next;
  slab* previous;
  place* free;
  std::uint32_t used;
  std::uint32_t capacity;
  place* places;
  place_details* details;
};

/// What links lead to: receivers that selected alike.
struct bucket : block {
  atomic<roster*> list;
  std::uint32_t live;  ///< links; guarded by the core's mutex
};

/// The receivers of one sender.
struct sender_bucket : bucket {
  key_view key;
  text characters;
  std::uint64_t hash;
  atomic<weak_owner*> lives_with;  ///< the sender's lifetime, if it is known

  full_core& owner_core() const noexcept;
};

struct selection_slot {
  atomic<std::uint64_t> hash;    ///< 0: never used
  atomic<sender_bucket*> found;  ///< null: removed
};

struct selection_table : block {
  std::uint32_t mask;
  std::uint32_t used;  ///< slots that were ever used
  selection_slot slots[1];
};

struct meta_signals {
  signal<void(const connection&)> connected;
  signal<void(const connection&)> disconnected;
  signal<void(const connection&, std::exception_ptr)> failed;
};

/// The way of the library's own parts into signals.
struct signal_base_access {
  static const atomic<core*>& core_of(const signal_base& s) noexcept { return s.core_; }
  static atomic<core*>& core_of(signal_base& s) noexcept { return s.core_; }
};

/// What ends after a receiver.
struct follower {
  place* after;
  handed_over* what;
  follower* next;
};

struct full_core : core {
  place nowhere{};            ///< fills gaps of `everyone`; never called
  std::mutex mutex;           ///< guards all below, if nothing else is said
  full_core* next = nullptr;  ///< all cores, for fork; guarded by domain::mutex
  full_core* previous = nullptr;

  std::uint64_t serial = 0;
  std::uint32_t disconnects = 0;  ///< for going back to light mode
  std::uint32_t disconnects_seen = 0;
  std::uint32_t mutes = 0;
  std::uint32_t weak = 0;            ///< receivers and senders that may expire
  std::uint64_t sweep_at = 8;        ///< serial at which a connect looks for the expired
  bool orphan = false;               ///< the signal is gone
  std::uint32_t places_out = 0;      ///< places in use or referred to
  std::uint32_t holders = 0;         ///< mutes and links that outlive the signal
  atomic<std::uint32_t> destroying;  ///< frames of threads that destroy one of its receivers
  std::uint32_t deferred = 0;        ///< reasons for mode_attentive
  full_core* next_orphan = nullptr;  ///< guarded by domain::mutex

  place* left[8] = {};  ///< out of `everyone`, which still holds a reference to each
  std::uint32_t left_count = 0;
  place* dying = nullptr;         ///< condemned and not yet destroyed
  follower* followers = nullptr;  ///< of some of those
  slab* slabs = nullptr;          ///< those with free places
  slab* full_slabs = nullptr;
  slab* spare_slabs = nullptr;    ///< empty, but a send may remember places in them
  std::uint32_t conditional = 0;  ///< receivers that decide at the call
  std::uint32_t keeping = 0;      ///< receivers that are called after the send, by weight
  std::uint32_t next_slab = 2;
  block* retired = nullptr;  ///< replaced, perhaps still being read
  atomic<selection_table*> table;
  atomic<topics*> patterns;      ///< made by the first connect with a pattern
  std::uint32_t buckets = 0;     ///< in the table
  weak_owner* debris = nullptr;  ///< of buckets; ends outside the mutex
  place_index index;
  atomic<watch_post*> post;  ///< set once, when it is first watched
  atomic<meta_signals*> meta;

  ~full_core();
};

struct full_record : record {
  full_record* next_record = nullptr;
  frame* top = &first;  ///< every frame after it is free
  std::uint32_t fenced_sends = 0;
  bool owned = false;  ///< guarded by domain::mutex, as all below
  std::uint32_t waiters = 0;
  const place* waiting_for = nullptr;
  const bucket* waiting_via = nullptr;
  std::condition_variable left;
};

/// One copy of the library: its threads' records, and who waits for whom.
struct domain {
  std::mutex mutex;
  atomic<full_record*> records;  ///< never freed; new ones are put in front
  std::uint32_t record_count = 0;
  atomic<bool> many_records;  ///< bits of core::announced are shared
  atomic<bool> light;         ///< membarrier works, and is wanted
  atomic<bool> ever_light;    ///< so there may still be sends without fences
  full_core* cores = nullptr;
  place* deferred = nullptr;     ///< dead, and to be destroyed by the last to leave
  full_core* orphans = nullptr;  ///< without signal, and to be freed when nobody is in them
  bool prepared = false;
  pthread_key_t thread_end = 0;  ///< its destructor gives the thread's record back
};

extern domain the_domain;

/// Guards registries, scopes and bags of connections. Taken before every other lock; one for all,
/// so that fork() can take it.
extern std::mutex tables_mutex;

// An entry of a roster whose link was taken back is marked in its lowest bit: the place must not be
// freed before the roster is, because a send may have read the entry already.
inline place* struck(place* p) noexcept {
  return reinterpret_cast<place*>(reinterpret_cast<std::uintptr_t>(p) | 1);
}
inline bool is_struck(const place* p) noexcept {
  return (reinterpret_cast<std::uintptr_t>(p) & 1) != 0;
}
inline place* listed(place* p) noexcept {
  return reinterpret_cast<place*>(reinterpret_cast<std::uintptr_t>(p) & ~std::uintptr_t{1});
}

/// full_core::nowhere, which stands in the roster for places that left it.
inline bool is_gap(const place& p) noexcept { return p.details == nullptr; }

/// The order of calls.
inline bool before(const place& a, const place& b) noexcept {
  if (a.priority != b.priority) return a.priority > b.priority;
  return a.serial.load_relaxed() < b.serial.load_relaxed();
}

inline full_core& sender_bucket::owner_core() const noexcept {
  return static_cast<full_core&>(*owner);
}

/// The sender's bucket that a link leads to, or null.
inline sender_bucket* as_sender(bucket* to) noexcept {
  return to && to->what == block::kind::bucket ? static_cast<sender_bucket*>(to) : nullptr;
}

/// How many receivers are connected.
inline std::uint64_t receivers_of(const core& c) noexcept {
  return c.live.load_acquire() & ~live_watched;
}

inline full_core& full(core& c) noexcept { return static_cast<full_core&>(c); }
inline full_core& core_of(const place& p) noexcept { return *p.details->home->owner; }

// records.cpp

full_record* record_by_key(domain& d) noexcept;
full_record& new_record_in(domain& d);
void announce(full_core& c, const full_record& me);
frame& next_frame(full_record& me);

/// Of one's own.
inline bool in_use(const frame& at) noexcept {
  return at.inside.load_relaxed() != nullptr || at.held.load_relaxed() != nullptr;
}

/// This thread's record in the domain if it has one already, else null.
inline full_record* known_record(domain& d) noexcept {
  if (own_record->home == &d) return static_cast<full_record*>(own_record);
  // A signal made by another copy of this library, statically linked into a plugin or a host.
  return &d == &the_domain ? nullptr : record_by_key(d);
}

/// This thread's record in the domain.
inline full_record& record_in(domain& d) {
  full_record* const known = known_record(d);
  return known ? *known : new_record_in(d);
}

/// The same, and everybody knows that this thread sends the signal.
inline full_record& attach(full_core& c) {
  full_record& me = record_in(*c.home);
  if ((c.announced.load_acquire() & me.bit) == 0) announce(c, me);
  return me;
}

inline frame& claim_frame(full_record& me) {
  frame& top = *me.top;
  return !top.previous && !in_use(top) ? top : next_frame(me);
}
void free_frame(frame& at) noexcept;
void prepare(domain& d);

template <class Visit>
bool any_record(const domain& d, const Visit& visit) {
  for (full_record* r = d.records.load_acquire(); r; r = r->next_record) {
    if (visit(*r)) return true;
  }
  return false;
}

template <class Visit>
bool any_frame(const record& r, const Visit& visit) {
  // Sequentially consistent, as the store in next_frame: a frame that is missed here was added
  // after what the caller wrote before, and its send sees that.
  for (const frame* f = &r.first; f; f = f->next.load()) {
    if (visit(*f)) return true;
  }
  return false;
}

// barrier.cpp

/// Tries to make light publication possible.
void register_barrier(domain& d) noexcept;
/// Every store that any thread made before is visible afterwards.
void heavy_barrier(domain& d) noexcept;

// exit.cpp

/// Whether this thread runs the handlers of exit().
bool exiting() noexcept;

// core.cpp

full_core& make_core(atomic<core*>& owner);
inline full_core& core_made(atomic<core*>& owner) {
  core* const c = owner.load_acquire();
  return c ? full(*c) : make_core(owner);
}
/// In full_core::keeping: one receiver alone may be called the short way, since it shares its
/// arguments with nobody, unless it is picky.
inline std::uint32_t weight_of(const attachment& late) noexcept { return late.picky ? 2 : 1; }
/// The mode changes under the core's mutex, and with it what the short way reads.
std::uint32_t add_mode(full_core& c, std::uint32_t bits) noexcept;
void remove_mode(full_core& c, std::uint32_t bits) noexcept;
void follow_mode(full_core& c) noexcept;
/// core::lone, after the number of receivers went to 0, 1 or 2.
void follow_live(full_core& c) noexcept;
/// Whether threads other than this one may be sending the signal.
inline bool others_send(const full_core& c) noexcept {
  const record& me = *own_record;
  std::uint64_t senders = c.announced.load();
  if (me.home == c.home && !c.home->many_records.load_relaxed()) senders &= ~me.bit;
  return senders != 0 || c.destroying.load() != 0;
}
/// Whether this thread is inside a send of the signal.
bool inside_send(const full_core& c, const full_record& me) noexcept;
/// Nobody, this thread included, is inside a send of the signal. Under the core's mutex.
inline bool quiet(const full_core& c) noexcept {
  if (others_send(c)) return false;
  if (own_record->home != c.home) return true;
  const auto& me = static_cast<const full_record&>(*own_record);
  return (me.top == &me.first && !in_use(me.first)) || !inside_send(c, me);
}
/// After it, every publication that could miss what was just written is visible to this thread, and
/// later ones see the writing. Under the core's mutex.
void expose(full_core& c) noexcept;
/// Has the thread look at its attention the next time it leaves something. Under domain::mutex;
/// true if a barrier is needed before one may rely on it. None is where the attention was asked for
/// already: only this mutex lets the thread forget it, and nobody asks without a barrier.
inline bool ask(full_record& r) noexcept {
  return r.attention.exchange(1) == 0 && &r != own_record;
}
/// One of those who hold the core does no more. Without any lock.
void let_go(full_core& c) noexcept;
/// Cores without a signal that nobody is inside of. Declared before the lock on domain::mutex: they
/// end after it, because the receivers of their meta-signals do.
class orphans {
 public:
  orphans() = default;
  orphans(const orphans&) = delete;
  orphans& operator=(const orphans&) = delete;
  ~orphans();

  /// Under domain::mutex. Who is inside one that stays will look again after leaving.
  void take_from(domain& d) noexcept;

 private:
  full_core* first_ = nullptr;
};

// places.cpp

place& take_place(full_core& c);
/// Gives one reference back. With the core's mutex held, or not.
void release_locked(place& p) noexcept;
void release(place& p) noexcept;
place* refer(place& p) noexcept;

/// One stay under a core's mutex. Receivers that are condemned in passing end after it.
class section {
 public:
  explicit section(full_core& c) : core_(c), lock_(c.mutex) {}
  section(const section&) = delete;
  section& operator=(const section&) = delete;
  ~section() {
    // What falls is rare; without it the lock is all there is.
    if (fallen_ || core_.debris) close();
  }

  /// Condemns the receiver, unless it was; it is destroyed after the section, or by the last to
  /// leave.
  void fell(place& p, bool tell);
  full_core& core() noexcept { return core_; }
  template <class Work>
  void unlocked(const Work& work) {
    lock_.unlock();
    work();
    lock_.lock();
  }

 private:
  void close() noexcept;

  full_core& core_;
  std::unique_lock<std::mutex> lock_;
  place* fallen_ = nullptr;
};

/// The connected ones, in no order. Under the mutex; nothing may be condemned meanwhile.
template <class Visit>
void each_place(const full_core& c, const Visit& visit) {
  for (const slab* row : {c.slabs, c.full_slabs}) {
    for (const slab* s = row; s; s = s->next) {
      for (std::uint32_t i = 0; i < s->capacity; ++i) {
        if (s->details[i].alive.load_relaxed()) visit(s->places[i]);
      }
    }
  }
}

// rosters.cpp

roster* make_roster(full_core& c, const bucket* of, std::uint32_t capacity);
void insert(full_core& c, atomic<roster*>& list, place& p);
/// The same list without its gaps, and room for more.
void squeeze(full_core& c, atomic<roster*>& list, std::uint32_t room);
/// The place, which is dead, no longer counts in the list; squeezes if there are too many gaps.
/// `unread`: the signal is quiet.
void leave_gap(full_core& c, atomic<roster*>& list, place& p, bool unread);
/// Squeezes if there are too many gaps.
void tidy(full_core& c, atomic<roster*>& list, bool unread);
/// Gives the references of places that left `everyone` back.
void drop_left(full_core& c) noexcept;
/// The entry no longer counts, in copies that are still being read either.
void strike(full_core& c, atomic<roster*>& list, place& p);
void retire(full_core& c, block* b) noexcept;
void reclaim(full_core& c) noexcept;
void free_block(block* b) noexcept;
/// Lets go of what it names. Nobody may be reading it.
void empty(roster& r) noexcept;

// selection.cpp

/// Multiplication and folding of 128 bits, as in Wang Yi's wyhash.
inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using wide = unsigned __int128;
  const wide product = static_cast<wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
std::uint64_t hash_of(const key_view& key) noexcept;
std::uint64_t hash_of_token(text_view token) noexcept;
bool equal(const key_view& a, const key_view& b) noexcept;
sender_bucket* find_bucket(full_core& c, const key_view& key);
/// Finds or makes. Takes over `lives_with`.
sender_bucket& bucket_for(section& s, sender_choice& choice);
/// Takes all its links away, then buries it.
void drop_bucket(section& s, sender_bucket& b);
/// Out of the table; freed when nobody reads it.
void bury_bucket(section& s, bucket& b) noexcept;
/// Back to the short way if nobody chooses a sender any more.
void end_selection(full_core& c) noexcept;
selection_table* make_table(full_core& c, std::uint32_t capacity);

/// What place::call is while the receiver is not blocked.
inline erased_function call_of(const place& p) noexcept {
  const place_extras* const x = p.details->extras;
  return x && x->conditional() ? x->conditional_call : p.type->call;
}
// topics.cpp

/// Finds or makes.
bucket& pattern_for(section& s, text_view pattern);
bucket* find_pattern(full_core& c, text_view pattern);
bool has_patterns(const full_core& c) noexcept;
/// Whatever calls may have been made through: the pattern's bucket, and those it had before.
std::vector<const bucket*> patterns_of(full_core& c, text_view pattern);
/// Of a pattern's bucket.
std::string pattern_text(const bucket& pattern);
/// Out of the trie; freed when nobody reads it.
void bury_pattern(full_core& c, bucket& pattern) noexcept;
/// The calls of a living receiver that were to be made for a pattern are not made any more.
void forget_matches(full_core& c, place& p) noexcept;
/// Whether it belongs to patterns, and is freed when nobody reads patterns.
bool of_patterns(const block& b) noexcept;
void retire_topic_block(full_core& c, block& b) noexcept;
void free_topic_block(block* b) noexcept;
/// Nobody is inside: everything retired goes.
void empty_topics(full_core& c) noexcept;
void delete_topics(topics* patterns) noexcept;
/// Frames may remember places of this core without holding a roster that names them.
bool remembered(const full_core& c) noexcept;

// walk.cpp

/// Nanoseconds of the steady clock.
std::uint64_t now() noexcept;

// watch.cpp

void release_post(watch_post* post) noexcept;

// conditions.cpp

/// Whether not_from() names the sender.
bool excludes(const place_extras& x, const key_view& sender) noexcept;

// signal_link.cpp

/// Expires when the signal of this core ends.
weak_owner* life_of(core& of);

// connect.cpp

/// Finds the links and receivers whose sender or object is gone. Under the mutex.
void sweep(section& s);
/// False if it is the last one: then nothing happens, and the receiver is to be condemned.
bool remove_link(section& s, place& p, std::size_t which);
std::uint64_t hash_of(const identity_words& who) noexcept;
bool is_receiver(const place& p, const identity_words& who) noexcept;

// disconnect.cpp

struct patience {
  bool wait = true;
  std::int64_t nanoseconds = -1;  ///< negative: for ever
};

/// Nothing that belongs to the receiver's program or plugin remains. Under the core's mutex.
void bury(place& p) noexcept;
/// What is used by a dead receiver ends after it, if it has not been destroyed yet.
void hand_over(place& p, handed_over& used) noexcept;
/// Under the core's mutex, before the receiver is buried.
follower* take_followers(full_core& c, place& p) noexcept;
/// Marks the receiver dead, takes it out of everything. False if it was dead already.
bool condemn(section& s, place& p);
/// Waits and destroys as far as it may. The caller holds a reference, and no lock.
disconnect_result finish(place& p, bool was_alive, patience how, bool tell) noexcept;
disconnect_result disconnect_place(place& p, patience how) noexcept;
disconnect_result disconnect_link(place& p, std::uint64_t link, patience how) noexcept;
/// Waits for calls that were made through these; `done` if there are none any more.
disconnect_result await_links(place& p, const std::vector<const bucket*>& vias, patience how,
                              disconnect_result done) noexcept;
void tell_connected(full_core& c, place& p);

/// Worse is what is less final.
disconnect_result worse(disconnect_result a, disconnect_result b) noexcept;

}  // namespace aldis::detail

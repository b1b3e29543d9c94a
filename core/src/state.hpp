#pragma once

// The engine's own state. Lock order: hazard_domain::mutex before signal_impl::mutex; never two
// signals. No lock is held while user code runs: what falls is gathered in a section and ends after
// it.

#include <aldis/connection.hpp>
#include <aldis/detail/delivery.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/detail/request.hpp>
#include <aldis/detail/signal_base.hpp>
#include <aldis/signal.hpp>

#include "slot_index.hpp"
#include <pthread.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace aldis::detail {

struct signal_impl;
struct slab;
struct topics;

/// receiver_slot::body: exactly one thread claims the destruction.
enum slot_body : std::uint32_t { body_whole, body_claimed, body_destroyed };

struct subscription {
  subscriber_group* to;  ///< null: every sender
  std::uint64_t serial;
};

/// What few receivers have. Read by the receiver's own calls without a lock, so it stays as it is
/// until the receiver is destroyed; `subscriptions` is guarded by the signal's mutex,
/// `unsubscribed` written under it.
struct slot_options {
  text id;
  text label;
  filter* filters = nullptr;
  any_weak_pointer* trackers = nullptr;
  sender_filter* not_from = nullptr;
  erased_function conditional_call = nullptr;
  slot_extension* extension = nullptr;  ///< of a receiver that is called after the send
  bool numbered = false;
  atomic<std::uint64_t> remaining;
  std::vector<subscription> subscriptions;
  atomic<std::uint64_t> unsubscribed;  ///< which one of topics::unlinked was its last

  ~slot_options();
  /// Ends everything that is the user's.
  void destroy_conditions() noexcept;
  bool conditional() const noexcept { return filters || trackers || not_from || numbered; }
  bool expired() const noexcept;
};

/// The first cache line is what connects and disconnects need of every receiver.
struct alignas(64) slot_metadata {
  slab* home = nullptr;
  slot_options* options = nullptr;
  receiver_slot* next = nullptr;  ///< in the free list of its slab, or in hazard_domain::deferred
  receiver_slot* next_disconnected =
      nullptr;  ///< those marked disconnected together; used once in a slot's life
  receiver_slot* next_pending = nullptr;  ///< in signal_impl::pending_destruction
  receiver_slot* previous_pending = nullptr;
  std::uint32_t at = 0;      ///< where it stands in signal_state::unfiltered, if it does
  std::uint32_t blocks = 0;  ///< guarded by the signal's mutex
  atomic<bool> alive;        ///< written under the signal's mutex
  bool mergeable = false;    ///< connecting it again adds a subscription
  bool queued = false;       ///< in hazard_domain::deferred; guarded by hazard_domain::mutex
  bool tell = false;         ///< to receiver_disconnected, when its section ends
  bool followed = false;     ///< is in signal_impl::followers; guarded by the signal's mutex

  alignas(64) receiver_identity identity;
  location where{"", 0};
  atomic<std::uint64_t> calls;
  atomic<std::uint64_t> nanoseconds;
};
static_assert(sizeof(slot_metadata) == 128);

/// Places are made by the slab, so that a connect seldom allocates.
struct slab {
  signal_impl* owner;
  slab* next;
  slab* previous;
  receiver_slot* free;
  std::uint32_t used;
  std::uint32_t capacity;
  receiver_slot* slots;
  slot_metadata* metadata;
};

/// What subscriptions lead to: receivers that selected alike.
struct subscriber_group : block {
  atomic<slot_list*> list;
  std::uint32_t live;  ///< subscriptions; guarded by the signal's mutex
};

/// The receivers of one sender.
struct sender_group : subscriber_group {
  key_view key;
  text characters;
  std::uint64_t hash;
  atomic<any_weak_pointer*> lives_with;  ///< the sender's lifetime, if it is known

  signal_impl& owner_signal() const noexcept;
};

struct sender_index_entry {
  atomic<std::uint64_t> hash;   ///< 0: never used
  atomic<sender_group*> found;  ///< null: removed
};

struct sender_index : block {
  std::uint32_t mask;
  std::uint32_t used;  ///< slots that were ever used
  sender_index_entry entries[1];
};

struct meta_signals {
  signal<void(const connection&)> connected;
  signal<void(const connection&)> disconnected;
  signal<void(const connection&, std::exception_ptr)> failed;
};

/// The way of the library's own parts into signals.
struct signal_base_access {
  static const atomic<signal_state*>& signal_of(const signal_base& s) noexcept { return s.state_; }
  static atomic<signal_state*>& signal_of(signal_base& s) noexcept { return s.state_; }
};

/// What ends after a receiver.
struct follower {
  receiver_slot* after;
  handed_over* what;
  follower* next;
};

struct signal_impl : signal_state {
  receiver_slot tombstone{};    ///< fills tombstones of `unfiltered`; never called
  std::mutex mutex;             ///< guards all below, if nothing else is said
  signal_impl* next = nullptr;  ///< all signals, for fork; guarded by hazard_domain::mutex
  signal_impl* previous = nullptr;

  std::uint64_t serial = 0;
  std::uint32_t disconnects = 0;  ///< for going back to the unfenced mode
  std::uint32_t disconnects_seen = 0;
  std::uint32_t mutes = 0;
  std::uint32_t weak = 0;                 ///< receivers and senders that may expire
  std::uint64_t sweep_at = 8;             ///< serial at which a connect looks for the expired
  bool abandoned = false;                 ///< the signal is gone
  std::uint32_t slots_in_use = 0;         ///< slots in use or referred to
  std::uint32_t holders = 0;              ///< mutes and subscriptions that outlive the signal
  atomic<std::uint32_t> destroying;       ///< frames of threads that destroy one of its receivers
  std::uint32_t deferred = 0;             ///< reasons for slow_path_deferred
  signal_impl* next_abandoned = nullptr;  ///< guarded by hazard_domain::mutex

  receiver_slot* detached[8] = {};  ///< out of `unfiltered`, which still holds a reference to each
  std::uint32_t detached_count = 0;
  receiver_slot* pending_destruction = nullptr;  ///< marked disconnected and not yet destroyed
  follower* followers = nullptr;                 ///< of some of those
  slab* slabs = nullptr;                         ///< those with free slots
  slab* full_slabs = nullptr;
  slab* spare_slabs = nullptr;      ///< empty, but a send may remember slots in them
  std::uint32_t conditional = 0;    ///< receivers that decide at the call
  std::uint32_t queued_weight = 0;  ///< receivers that are called after the send, by weight
  std::uint32_t next_slab = 2;
  block* retired = nullptr;  ///< replaced, perhaps still being read
  atomic<sender_index*> table;
  atomic<topics*> patterns;                     ///< made by the first connect with a pattern
  std::uint32_t groups = 0;                     ///< in the table
  any_weak_pointer* deferred_owners = nullptr;  ///< of groups; ends outside the mutex
  slot_index index;
  atomic<watch_state*> post;  ///< set once, when it is first watched
  atomic<meta_signals*> meta;

  ~signal_impl();
};

struct thread_record_impl : thread_record {
  thread_record_impl* next_record = nullptr;
  send_frame* top = &first;  ///< every frame after it is free
  std::uint32_t fenced_sends = 0;
  bool owned = false;  ///< guarded by hazard_domain::mutex, as all below
  std::uint32_t waiters = 0;
  const receiver_slot* waiting_for = nullptr;
  const subscriber_group* waiting_via = nullptr;
  std::condition_variable on_leave;
};

/// One copy of the library: its threads' records, and who waits for whom.
struct hazard_domain {
  std::mutex mutex;
  atomic<thread_record_impl*> records;  ///< never freed; new ones are put in front
  std::uint32_t record_count = 0;
  atomic<bool> many_records;      ///< bits of signal_state::sending_threads are shared
  atomic<bool> asymmetric_fence;  ///< membarrier works, and is wanted
  atomic<bool> ever_asymmetric;   ///< so there may still be sends without fences
  signal_impl* signals = nullptr;
  receiver_slot* deferred = nullptr;  ///< dead, and to be destroyed by the last to leave
  signal_impl* abandoned_signals =
      nullptr;  ///< without signal, and to be freed when nobody is in them
  bool prepared = false;
  pthread_key_t thread_end = 0;  ///< its destructor gives the thread's record back
};

extern hazard_domain the_domain;

/// Guards registries, scopes and bags of connections. Taken before every other lock; one for all,
/// so that fork() can take it.
extern std::mutex tables_mutex;

// An entry of a slot list whose subscription was taken back is marked in its lowest bit: the slot
// must not be freed before the slot list is, because a send may have read the entry already.
inline receiver_slot* marked_removed(receiver_slot* slot) noexcept {
  return reinterpret_cast<receiver_slot*>(reinterpret_cast<std::uintptr_t>(slot) | 1);
}
inline bool is_removed(const receiver_slot* slot) noexcept {
  return (reinterpret_cast<std::uintptr_t>(slot) & 1) != 0;
}
inline receiver_slot* unmarked(receiver_slot* slot) noexcept {
  return reinterpret_cast<receiver_slot*>(reinterpret_cast<std::uintptr_t>(slot) &
                                          ~std::uintptr_t{1});
}

/// signal_impl::tombstone, which stands in the slot list for slots that left it.
inline bool is_tombstone(const receiver_slot& slot) noexcept { return slot.metadata == nullptr; }

/// The order of calls.
inline bool before(const receiver_slot& slot, const receiver_slot& each_slot) noexcept {
  if (slot.priority != each_slot.priority) return slot.priority > each_slot.priority;
  return slot.serial.load_relaxed() < each_slot.serial.load_relaxed();
}

inline signal_impl& sender_group::owner_signal() const noexcept {
  return static_cast<signal_impl&>(*owner);
}

/// The sender's group that a subscription leads to, or null.
inline sender_group* as_sender(subscriber_group* to) noexcept {
  return to && to->what == block::kind::subscriber_group ? static_cast<sender_group*>(to) : nullptr;
}

/// How many receivers are connected.
inline std::uint64_t receivers_of(const signal_state& state) noexcept {
  return state.live.load_acquire() & ~live_watched;
}

inline signal_impl& impl_of(signal_state& state) noexcept {
  return static_cast<signal_impl&>(state);
}
inline signal_impl& signal_of(const receiver_slot& slot) noexcept {
  return *slot.metadata->home->owner;
}

// records.cpp

thread_record_impl* record_by_key(hazard_domain& domain) noexcept;
thread_record_impl& new_record_in(hazard_domain& domain);
void register_sender(signal_impl& signal, const thread_record_impl& me);
send_frame& next_frame(thread_record_impl& me);

/// Of one's own.
inline bool in_use(const send_frame& at) noexcept {
  return at.inside.load_relaxed() != nullptr || at.held.load_relaxed() != nullptr;
}

/// This thread's record in the domain if it has one already, else null.
inline thread_record_impl* known_record(hazard_domain& domain) noexcept {
  if (own_record->home == &domain) return static_cast<thread_record_impl*>(own_record);
  // A signal made by another copy of this library, statically linked into a plugin or a host.
  return &domain == &the_domain ? nullptr : record_by_key(domain);
}

/// This thread's record in the domain.
inline thread_record_impl& record_in(hazard_domain& domain) {
  thread_record_impl* const known = known_record(domain);
  return known ? *known : new_record_in(domain);
}

/// The same, and everybody knows that this thread sends the signal.
inline thread_record_impl& attach(signal_impl& signal) {
  thread_record_impl& me = record_in(*signal.home);
  if ((signal.sending_threads.load_acquire() & me.bit) == 0) register_sender(signal, me);
  return me;
}

inline send_frame& claim_frame(thread_record_impl& me) {
  send_frame& top = *me.top;
  return !top.previous && !in_use(top) ? top : next_frame(me);
}
void free_frame(send_frame& at) noexcept;
void prepare(hazard_domain& domain);

template <class Visit>
bool any_record(const hazard_domain& domain, const Visit& visit) {
  for (thread_record_impl* thread = domain.records.load_acquire(); thread;
       thread = thread->next_record) {
    if (visit(*thread)) return true;
  }
  return false;
}

template <class Visit>
bool any_frame(const thread_record& thread, const Visit& visit) {
  // Sequentially consistent, as the store in next_frame: a frame that is missed here was added
  // after what the caller wrote before, and its send sees that.
  for (const send_frame* frame = &thread.first; frame; frame = frame->next.load()) {
    if (visit(*frame)) return true;
  }
  return false;
}

// barrier.cpp

/// Tries to make publication without a fence possible.
void register_barrier(hazard_domain& domain) noexcept;
/// Every store that any thread made before is visible afterwards.
void heavy_barrier(hazard_domain& domain) noexcept;

// exit.cpp

/// Whether this thread runs the handlers of exit().
bool exiting() noexcept;

// core.cpp

signal_impl& make_signal(atomic<signal_state*>& owner);
inline signal_impl& made_signal(atomic<signal_state*>& owner) {
  signal_state* const state = owner.load_acquire();
  return state ? impl_of(*state) : make_signal(owner);
}
/// In signal_impl::queued_weight: one receiver alone may be called on the fast path, since it
/// shares its arguments with nobody, unless it is `may_reject`.
inline std::uint32_t queued_weight_of(const slot_extension& late) noexcept {
  return late.may_reject ? 2 : 1;
}
/// The mode changes under the signal's mutex, and with it what the fast path reads.
std::uint32_t add_slow_path(signal_impl& signal, std::uint32_t bits) noexcept;
void remove_slow_path(signal_impl& signal, std::uint32_t bits) noexcept;
void update_fast_list(signal_impl& signal) noexcept;
/// signal_state::only_slot, after the number of receivers went to 0, 1 or 2.
void update_only_slot(signal_impl& signal) noexcept;
/// Whether threads other than this one may be sending the signal.
inline bool others_send(const signal_impl& signal) noexcept {
  const thread_record& me = *own_record;
  std::uint64_t senders = signal.sending_threads.load();
  if (me.home == signal.home && !signal.home->many_records.load_relaxed()) senders &= ~me.bit;
  return senders != 0 || signal.destroying.load() != 0;
}
/// Whether this thread is inside a send of the signal.
bool inside_send(const signal_impl& signal, const thread_record_impl& me) noexcept;
/// Nobody, this thread included, is inside a send of the signal. Under the signal's mutex.
inline bool is_quiescent(const signal_impl& signal) noexcept {
  if (others_send(signal)) return false;
  if (own_record->home != signal.home) return true;
  const auto& me = static_cast<const thread_record_impl&>(*own_record);
  return (me.top == &me.first && !in_use(me.first)) || !inside_send(signal, me);
}
/// After it, every publication that could miss what was just written is visible to this thread, and
/// later ones see the writing. Under the signal's mutex.
void synchronize(signal_impl& signal) noexcept;
/// Has the thread checks for pending work the next time it leaves something. Under the domain's
/// mutex; true if a barrier is needed before one may rely on it. None is where the attention was
/// asked for already: only this mutex lets the thread forget it, and nobody asks without a barrier.
inline bool mark_pending_work(thread_record_impl& thread) noexcept {
  return thread.has_pending_work.exchange(1) == 0 && &thread != own_record;
}
/// One of those who hold the signal does no more. Without any lock.
void release_holder(signal_impl& signal) noexcept;
/// Cores without a signal that nobody is inside of. Declared before the lock on
/// hazard_domain::mutex: they end after it, because the receivers of their meta-signals do.
class abandoned_signals {
 public:
  abandoned_signals() = default;
  abandoned_signals(const abandoned_signals&) = delete;
  abandoned_signals& operator=(const abandoned_signals&) = delete;
  ~abandoned_signals();

  /// Under the domain's mutex. Who is inside one that stays will look again after leaving.
  void take_from(hazard_domain& domain) noexcept;

 private:
  signal_impl* first_ = nullptr;
};

// slots.cpp

receiver_slot& allocate_slot(signal_impl& signal);
/// Gives one reference back. With the signal's mutex held, or not.
void release_locked(receiver_slot& slot) noexcept;
void release(receiver_slot& slot) noexcept;
receiver_slot* refer(receiver_slot& slot) noexcept;

/// One stay under a signal's mutex. Receivers that are marked disconnected in passing end after it.
class locked_section {
 public:
  explicit locked_section(signal_impl& signal) : state_(signal), lock_(signal.mutex) {}
  locked_section(const locked_section&) = delete;
  locked_section& operator=(const locked_section&) = delete;
  ~locked_section() {
    // What falls is rare; without it the lock is all there is.
    if (disconnected_ || state_.deferred_owners) close();
  }

  /// Marks disconnected the receiver, unless it was; it is destroyed after the section, or by the
  /// last to leave.
  void disconnect(receiver_slot& slot, bool tell);
  signal_impl& signal_state() noexcept { return state_; }
  template <class Work>
  void unlocked(const Work& work) {
    lock_.unlock();
    work();
    lock_.lock();
  }

 private:
  void close() noexcept;

  signal_impl& state_;
  std::unique_lock<std::mutex> lock_;
  receiver_slot* disconnected_ = nullptr;
};

/// The connected ones, in no order. Under the mutex; nothing may be marked disconnected meanwhile.
template <class Visit>
void each_connected(const signal_impl& signal, const Visit& visit) {
  for (const slab* row : {signal.slabs, signal.full_slabs}) {
    for (const slab* s = row; s; s = s->next) {
      for (std::uint32_t i = 0; i < s->capacity; ++i) {
        if (s->metadata[i].alive.load_relaxed()) visit(s->slots[i]);
      }
    }
  }
}

// slot lists.cpp

slot_list* make_slot_list(signal_impl& signal, const subscriber_group* of, std::uint32_t capacity);
void insert(signal_impl& signal, atomic<slot_list*>& list, receiver_slot& slot);
/// The same list without its tombstones, and room for more.
void compact(signal_impl& signal, atomic<slot_list*>& list, std::uint32_t room);
/// The slot, which is dead, no longer counts in the list; Compacts if there are too many
/// tombstones. `unread`: the signal is quiescent.
void erase_entry(signal_impl& signal, atomic<slot_list*>& list, receiver_slot& slot, bool unread);
/// Compacts if there are too many tombstones.
void compact_if_sparse(signal_impl& signal, atomic<slot_list*>& list, bool unread);
/// Gives the references of slots that left `unfiltered` back.
void release_detached(signal_impl& signal) noexcept;
/// The entry no longer counts, in copies that are still being read either.
void mark_removed(signal_impl& signal, atomic<slot_list*>& list, receiver_slot& slot);
void retire(signal_impl& signal, block* retired) noexcept;
void reclaim(signal_impl& signal) noexcept;
void free_block(block* retired) noexcept;
/// Lets go of what it names. Nobody may be reading it.
void empty(slot_list& list) noexcept;

// selection.cpp

/// Multiplication and folding of 128 bits, as in Wang Yi's wyhash.
inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using wide = unsigned __int128;
  const wide product = static_cast<wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
std::uint64_t hash_of(const key_view& key) noexcept;
std::uint64_t hash_of_token(text_view token) noexcept;
bool equal(const key_view& a, const key_view& b) noexcept;
sender_group* find_group(signal_impl& signal, const key_view& key);
/// Finds or makes. Takes over `lives_with`.
sender_group& group_for(locked_section& section, sender_filter& choice);
/// Takes all its subscriptions away, then retires it.
void remove_group(locked_section& section, sender_group& group);
/// Out of the table; freed when nobody reads it.
void retire_group(locked_section& section, subscriber_group& group) noexcept;
/// Back to the fast path if nobody chooses a sender any more.
void end_selection(signal_impl& signal) noexcept;
sender_index* make_sender_index(signal_impl& signal, std::uint32_t capacity);

/// What receiver_slot::call is while the receiver is not blocked.
inline erased_function call_of(const receiver_slot& slot) noexcept {
  const slot_options* const options = slot.metadata->options;
  return options && options->conditional() ? options->conditional_call : slot.type->call;
}
// topics.cpp

/// Finds or makes.
subscriber_group& pattern_group_for(locked_section& section, text_view pattern);
subscriber_group* find_pattern_group(signal_impl& signal, text_view pattern);
bool has_patterns(const signal_impl& signal) noexcept;
/// Whatever calls may have been made through: the pattern's group, and those it had before.
std::vector<const subscriber_group*> patterns_of(signal_impl& signal, text_view pattern);
/// Of a pattern's group.
std::string pattern_text(const subscriber_group& pattern);
/// Out of the trie; freed when nobody reads it.
void retire_pattern_group(signal_impl& signal, subscriber_group& pattern) noexcept;
/// The calls of a living receiver that were to be made for a pattern are not made any more.
void forget_matches(signal_impl& signal, receiver_slot& slot) noexcept;
/// Whether it belongs to patterns, and is freed when nobody reads patterns.
bool of_patterns(const block& retired) noexcept;
void retire_topic_block(signal_impl& signal, block& retired) noexcept;
void free_topic_block(block* retired) noexcept;
/// Nobody is inside: everything retired goes.
void empty_topics(signal_impl& signal) noexcept;
void delete_topics(topics* patterns) noexcept;
/// Frames may remember slots of this signal without holding a slot list that names them.
bool remembered(const signal_impl& signal) noexcept;

// walk.cpp

/// Nanoseconds of the steady clock.
std::uint64_t now() noexcept;

// watch.cpp

void release_watch(watch_state* post) noexcept;

// conditions.cpp

/// Whether not_from() names the sender.
bool excludes(const slot_options& options, const key_view& sender) noexcept;

// signal_link.cpp

/// Expires when the signal of this signal ends.
any_weak_pointer* life_of(signal_state& of);

// connect.cpp

/// Finds the links and receivers whose sender or object is gone. Under the mutex.
void sweep(locked_section& section);
/// False if it is the last one: then nothing happens, and the receiver is to be marked
/// disconnected.
bool remove_subscription(locked_section& section, receiver_slot& slot, std::size_t which);
std::uint64_t hash_of(const receiver_identity& who) noexcept;
bool is_receiver(const receiver_slot& slot, const receiver_identity& who) noexcept;

// disconnect.cpp

struct wait_policy {
  bool wait = true;
  std::int64_t nanoseconds = -1;  ///< negative: for ever
};

/// Nothing that belongs to the receiver's program or plugin remains. Under the signal's mutex.
void finalize(receiver_slot& slot) noexcept;
/// What is used by a dead receiver ends after it, if it has not been destroyed yet.
void hand_over(receiver_slot& slot, handed_over& used) noexcept;
/// Under the signal's mutex, before the receiver is finalized.
follower* take_followers(signal_impl& signal, receiver_slot& slot) noexcept;
/// Marks the receiver dead, takes it out of everything. False if it was dead already.
bool mark_disconnected(locked_section& section, receiver_slot& slot);
/// Waits and destroys as far as it may. The caller holds a reference, and no lock.
disconnect_result finish(receiver_slot& slot, bool was_alive, wait_policy how, bool tell) noexcept;
disconnect_result disconnect_slot(receiver_slot& slot, wait_policy how) noexcept;
disconnect_result disconnect_subscription(receiver_slot& slot, std::uint64_t subscription,
                                          wait_policy how) noexcept;
/// Waits for calls that were made through these; `done` if there are none any more.
disconnect_result await_subscriptions(receiver_slot& slot,
                                      const std::vector<const subscriber_group*>& vias,
                                      wait_policy how, disconnect_result done) noexcept;
void tell_connected(signal_impl& signal, receiver_slot& slot);

/// Worse is what is less final.
disconnect_result less_final(disconnect_result a, disconnect_result b) noexcept;

}  // namespace aldis::detail

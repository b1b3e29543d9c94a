#pragma once

// All of a signal that its sends do not read on the fast path. Lock order: hazard_domain::mutex
// before signal_impl::mutex; never two signals. No lock is held while user code runs: receivers
// that are disconnected under the mutex are gathered in a locked_section and destroyed after it.

#include <aldis/connection.hpp>
#include <aldis/detail/delivery.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/detail/signal_base.hpp>
#include <aldis/signal.hpp>

#include "slot.hpp"
#include "slot_index.hpp"
#include "threads.hpp"

#include <cstdint>
#include <exception>
#include <mutex>

namespace aldis::detail {

struct sender_index;
struct topics;

struct meta_signals {
  signal<void(const connection&)> connected;
  signal<void(const connection&)> disconnected;
  signal<void(const connection&, std::exception_ptr)> failed;
};

/// Lets the library's own parts into signals.
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
  receiver_slot tombstone{};    ///< stands in `unfiltered` for slots that left it; never called
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
  std::uint32_t deferred = 0;             ///< receivers for which slow_path_deferred is set
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

signal_impl& make_signal(atomic<signal_state*>& owner);
inline signal_impl& made_signal(atomic<signal_state*>& owner) {
  signal_state* const state = owner.load_acquire();
  return state ? impl_of(*state) : make_signal(owner);
}
/// In signal_impl::queued_weight: one receiver alone may be called on the fast path, since it
/// shares its arguments with nobody, unless it may reject calls.
inline std::uint32_t queued_weight_of(const slot_extension& late) noexcept {
  return late.may_reject ? 2 : 1;
}
/// Reasons for the slow path come and go under the signal's mutex, and with them what the fast path
/// reads. Returns the reasons before.
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
/// No thread, this one included, is inside a send of the signal. Under the signal's mutex.
inline bool is_quiescent(const signal_impl& signal) noexcept {
  if (others_send(signal)) return false;
  if (own_record->home != signal.home) return true;
  const auto& me = static_cast<const thread_record_impl&>(*own_record);
  return (me.top == &me.first && !in_use(me.first)) || !inside_send(signal, me);
}
/// Afterwards every hazard that was published without seeing what the caller has just written is
/// visible to this thread, and later ones see the write. Under the signal's mutex.
void synchronize(signal_impl& signal) noexcept;

void register_sender(signal_impl& signal, const thread_record_impl& me);

/// This thread's record; everybody knows from now on that this thread sends the signal.
inline thread_record_impl& attach(signal_impl& signal) {
  thread_record_impl& me = record_in(*signal.home);
  if ((signal.sending_threads.load_acquire() & me.bit) == 0) register_sender(signal, me);
  return me;
}

/// Gives back one of `holders`. The caller holds no lock.
void release_holder(signal_impl& signal) noexcept;
/// Abandoned signals that no send is in. Declared before the lock on hazard_domain::mutex, so that
/// they are deleted after it: the receivers of their meta-signals end with them.
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

/// Expires when the signal ends.
any_weak_pointer* life_of(signal_state& of);

}  // namespace aldis::detail

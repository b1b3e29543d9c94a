#pragma once

// The parts of a signal that fast-path sends do not read.
//
// Lock order: library_state::mutex before signal_impl::mutex; never those of two signals. No lock
// is held while user code runs: receivers that are disconnected under the mutex are collected in a
// locked_section, and destroyed after it is unlocked.

#include <aldis/connection.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/detail/signal_base.hpp>
#include <aldis/detail/slot_extension.hpp>
#include <aldis/signal.hpp>

#include "library_state.hpp"
#include "reclamation/domain_writer.hpp"
#include "reclamation/hash_table.hpp"
#include "slot.hpp"
#include "slot_index.hpp"

#include <cstdint>
#include <exception>
#include <mutex>

namespace aldis::detail {

struct sender_group;
struct topic_trie;

/// What signal_base::receiver_connected() and its siblings return.
struct meta_signals {
  signal<void(const connection&)> connected;
  signal<void(const connection&)> disconnected;
  signal<void(const connection&, std::exception_ptr)> failed;
};

/// Gives the library access to a signal's state.
struct signal_base_access {
  static const atomic<signal_state*>& state_of(const signal_base& s) noexcept { return s.state_; }
  static atomic<signal_state*>& state_of(signal_base& s) noexcept { return s.state_; }
};

/// The object must outlive the receiver, which uses it.
struct guarded_use {
  receiver_slot* slot;
  guarded_object* object;  ///< owns one reference
  guarded_use* next;
};

/// Lifetime: freed when its aldis::signal is gone, no send is in it, and nothing refers to its
/// slots or itself; see `abandon`.
struct signal_impl : signal_state {
  static constexpr std::uint32_t first_slots = 2;
  static constexpr std::uint32_t first_entries = 4;

  std::mutex mutex;  ///< guards all below if nothing else is said
  domain_writer writer{*this};
  list_links<signal_impl> links;  ///< in library_state::signals; guarded by library_state::mutex

  std::uint64_t serial = 0;        ///< of the newest receiver or subscription
  std::uint32_t mutes = 0;         ///< signal_mute objects
  std::uint32_t weak = 0;          ///< receivers and senders that may expire
  std::uint64_t sweep_at = 8;      ///< the serial at which a connect calls `sweep`
  bool abandoned = false;          ///< its aldis::signal is gone
  bool awaits_threads = false;     ///< in library_state::abandoned_signals; under both mutexes
  std::uint32_t slots_in_use = 0;  ///< slots with references
  std::uint32_t holders = 0;       ///< objects that keep this in memory: signal_mute, held_signal
  std::uint32_t deferred = 0;      ///< destructions and waits that need slow_path_deferred
  signal_impl* next_abandoned = nullptr;  ///< guarded by library_state::mutex

  receiver_slot* kept_for_replies = nullptr;  ///< each with one reference, this list's
  /// `replies` that borrow connections, and a bit of slab.cpp. Written without the mutex.
  atomic<std::uint32_t> lent;

  std::uint32_t with_options_count = 0;  ///< how many receivers are in `with_options`
  intrusive_list<receiver_slot, &options_links>
      with_options;  ///< connected receivers with slot_options

  receiver_slot* detached[4] = {};  ///< left `unfiltered`, but its reference is not given back yet
  std::uint32_t detached_count = 0;
  std::uint32_t next_slab_capacity = 2 * first_slots;
  intrusive_list<receiver_slot, &pending_links>
      pending_destruction;              ///< disconnected, not destroyed
  guarded_use* guarded_uses = nullptr;  ///< of some of those
  slab_list slabs;                      ///< those with free slots
  slab_list full_slabs;
  slab_list spare_slabs;                      ///< empty, but a send may remember their slots
  std::uint32_t conditional = 0;              ///< receivers with conditions
  std::uint32_t queued_weight = 0;            ///< sum of queued_weight_of
  atomic<hash_table<sender_group>*> senders;  ///< null until the first connect with a sender
  atomic<topic_trie*> trie;                   ///< null until the first connect with a pattern
  /// Of retired groups; to be deleted after the mutex is unlocked, since that runs user code.
  any_weak_pointer* retired_lifetimes = nullptr;
  slot_index index;            ///< receivers that can be compared, by identity and by id
  atomic<watch_state*> watch;  ///< null until first watched; then never changes
  atomic<meta_signals*> meta;  ///< null until first asked for; then never changes

  // The memory of the first receivers, and of their list.
  slab first_slab{};
  alignas(__STDCPP_DEFAULT_NEW_ALIGNMENT__) unsigned char slab_room[slots_size(first_slots)];
  alignas(slot_list) unsigned char list_room[slot_list::size_for(first_entries)];

  ~signal_impl();
};
// glibc's malloc keeps blocks up to this size for the thread that frees them, which is fast.
static_assert(sizeof(void*) != 8 || sizeof(signal_impl) <= 1032);

/// How many receivers are connected.
inline std::uint64_t receiver_count(const signal_state& state) noexcept {
  return state.live.load_acquire() & ~live_watched;
}

/// Whether the signal was destroyed.
inline bool has_ended(const signal_state& state) noexcept {
  return (state.slow_path_reasons.load_acquire() & slow_path_ended) != 0;
}

inline signal_impl& impl_of(signal_state& state) noexcept {
  return static_cast<signal_impl&>(state);
}
inline signal_impl& signal_of(const receiver_slot& slot) noexcept {
  return *slot.metadata->home->owner;
}

signal_impl& make_signal(atomic<signal_state*>& owner);
/// The signal that `owner` points to; it is made if this is its first use.
inline signal_impl& get_or_make_signal(atomic<signal_state*>& owner) {
  // Acquire: the signal was made before its address was stored.
  signal_state* const state = owner.load_acquire();
  return state ? impl_of(*state) : make_signal(owner);
}

/// Sends take the slow path while the sum is above 1. A single receiver that is called after the
/// send shares the arguments with no other, so the fast path can call it, unless it may reject
/// calls.
inline std::uint32_t queued_weight_of(const slot_extension& extension) noexcept {
  return extension.may_reject ? 2 : 1;
}

/// Adds bits to slow_path_reasons, and updates what the fast path reads. Returns the reasons
/// before. Under the signal's mutex, as the next three.
std::uint32_t add_slow_path(signal_impl& signal, std::uint32_t bits) noexcept;
void remove_slow_path(signal_impl& signal, std::uint32_t bits) noexcept;
void update_fast_list(signal_impl& signal) noexcept;
/// To be called also when the number of receivers has become 0, 1 or 2.
void update_only_slot(signal_impl& signal) noexcept;

/// Whether a frame of this thread belongs to a send of the signal.
inline bool reads(const signal_impl& signal, const hazard_frame& frame) noexcept {
  const auto* const list = static_cast<const slot_list*>(frame[hazard::list].load_relaxed());
  const receiver_slot* const slot = protected_receiver(frame);
  return list ? list->owner == &signal : slot && &signal_of(*slot) == &signal;
}
/// Whether no thread, this one included, is inside a send of the signal. Under the signal's mutex,
/// without which no other thread can begin one.
inline bool is_quiescent(const signal_impl& signal) noexcept {
  return signal.writer.is_quiescent(
      [&](const hazard_frame& frame) { return reads(signal, frame); });
}
/// domain_writer::synchronize. Under the signal's mutex.
void synchronize(signal_impl& signal) noexcept;

/// This thread's record, as a reader of the signal.
inline thread_record_impl& reader_record(signal_impl& signal) {
  thread_record_impl& me = record_in(*signal.registry);
  if ((signal.readers.load_acquire() & me.bit) == 0) {
    const std::lock_guard lock(signal.mutex);
    signal.writer.add_reader(me);
  }
  return me;
}

/// Gives back one of signal_impl::holders. May free the signal. The caller holds no lock.
void release_holder(signal_impl& signal) noexcept;

/// Whether `replies` live that borrow connections. If so, the last of them to go takes the mutex,
/// and frees what waits for it. Under the signal's mutex.
bool is_lent(signal_impl& signal) noexcept;

/// Whether the caller, who has just given back a reference, must call `abandon`: nobody else will
/// free the signal. Under the signal's mutex.
inline bool is_forgotten(signal_impl& signal) noexcept {
  return signal.abandoned && !signal.awaits_threads && signal.slots_in_use == 0 &&
         signal.holders == 0 && !is_lent(signal);
}
/// Frees the signal as soon as no thread is inside, and nothing refers to it. For a caller that
/// holds no lock.
void abandon(signal_impl& signal) noexcept;

/// Collects abandoned signals that no send is in, and deletes them in its destructor. To be
/// declared before the lock on library_state::mutex: deleting runs user code, as the receivers of
/// meta-signals end with the signal.
class abandoned_signals {
 public:
  abandoned_signals() = default;
  abandoned_signals(const abandoned_signals&) = delete;
  abandoned_signals& operator=(const abandoned_signals&) = delete;
  ~abandoned_signals();

  /// Under the library's mutex. Threads inside a signal that stays are marked, and collect it after
  /// leaving. A signal that is only referred to is taken out of the library's list, so that this
  /// does not visit it again: who gives the last reference back calls `abandon`.
  void collect(library_state& library) noexcept;

 private:
  signal_impl* first_ = nullptr;
};

/// Expires when the signal is destroyed.
any_weak_pointer* lifetime_of(signal_state& state);

}  // namespace aldis::detail

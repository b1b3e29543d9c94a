#pragma once

// The parts of a receiver's slot that the fast path does not read.

#include <aldis/detail/engine.hpp>
#include <aldis/detail/intrusive_list.hpp>
#include <aldis/detail/request.hpp>
#include <aldis/detail/slot_extension.hpp>
#include <aldis/detail/slow_send.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace aldis::detail {

struct signal_impl;
struct slab;

/// receiver_slot::body, the receiver's callable and conditions. Exactly one thread claims their
/// destruction. Changes under the signal's mutex.
enum slot_body : std::uint32_t { body_whole, body_claimed, body_destroyed };

/// Whether signal_base::receiver_disconnected() is sent for a disconnect.
enum class notification : bool { none, sent };

/// One way in which a receiver is selected.
struct subscription {
  subscriber_group* group;  ///< null: every sender
  std::uint64_t serial;     ///< of the connect that added it; its subscriptions share it
};

/// What few receivers have. The receiver's calls read it without a lock, so the members that are
/// not atomic stay as they are until the receiver is destroyed; except `subscriptions`, which the
/// signal's mutex guards.
struct slot_options : slot_conditions {
  text id;
  text label;
  erased_function conditional_call = nullptr;
  slot_extension* extension = nullptr;  ///< of a receiver that is called after the send
  std::vector<subscription> subscriptions;
  /// topic_trie::unsubscribed when it last lost a subscription to a pattern; written under the
  /// signal's mutex.
  atomic<std::uint64_t> unsubscribed;
  list_links<receiver_slot> links;  ///< in signal_impl::with_options

  ~slot_options();
  /// Destroys the user's objects: predicates, trackers, senders.
  void destroy_conditions() noexcept;
  bool conditional() const noexcept { return filters || trackers || not_from || limited; }
  bool expired() const noexcept;
};

/// One per slot. The first cache line has what every connect and disconnect needs. Guarded by the
/// signal's mutex if nothing else is said.
struct slot_metadata {
  explicit slot_metadata(slab& owner) noexcept : home(&owner) {}

  slab* const home;  ///< the slab of the slot
  slot_options* options = nullptr;
  /// In the free list of the slab; or in library_state::deferred, guarded by library_state::mutex.
  receiver_slot* next = nullptr;
  receiver_slot* next_disconnected = nullptr;  ///< in a locked_section's list
  list_links<receiver_slot> pending;           ///< in signal_impl::pending_destruction
  std::uint32_t position = 0;  ///< in signal_state::unfiltered: the index plus slot_list::shift
  std::uint32_t blocks = 0;    ///< connection_block objects
  atomic<bool> alive;          ///< connected; written under the signal's mutex
  bool mergeable = false;      ///< connecting an equal receiver adds a subscription to it
  bool deferred = false;       ///< in library_state::deferred; guarded by library_state::mutex
  notification notify = notification::none;  ///< when the locked_section ends that disconnected it
  bool has_guarded_uses = false;             ///< in signal_impl::guarded_uses
  bool awaited = false;  ///< the end of its signal will wait until it is destroyed

  receiver_identity identity;
  location where{"", 0};
  atomic<std::uint64_t> calls;        ///< since count_calls(true)
  atomic<std::uint64_t> nanoseconds;  ///< spent in them
};
static_assert(sizeof(slot_metadata) == 128);

/// Memory for several slots of one signal, so that a connect seldom allocates.
struct slab {
  signal_impl* owner;
  list_links<slab> links;
  receiver_slot* free;  ///< a list, linked by slot_metadata::next
  std::uint32_t used;
  std::uint32_t made;      ///< the first `made` slots exist: used or in the free list
  std::uint32_t capacity;  ///< there is memory for so many
  receiver_slot* slots;
  slot_metadata* metadata;

  bool is_full() const noexcept { return used == capacity; }
};

/// The memory for the slots of a slab and their metadata, which begins as aligned as that of
/// operator new; slots begin cache lines.
constexpr std::size_t slots_size(std::uint32_t capacity) noexcept {
  return capacity * (sizeof(receiver_slot) + sizeof(slot_metadata)) + alignof(receiver_slot) -
         __STDCPP_DEFAULT_NEW_ALIGNMENT__;
}

using slab_list = intrusive_list<slab, &slab::links>;

inline list_links<receiver_slot>& pending_links(receiver_slot& slot) noexcept {
  return slot.metadata->pending;
}

inline list_links<receiver_slot>& options_links(receiver_slot& slot) noexcept {
  return slot.metadata->options->links;
}

inline receiver_slot* marked_removed(receiver_slot* slot) noexcept {
  return reinterpret_cast<receiver_slot*>(reinterpret_cast<char*>(slot) + 1);
}
inline receiver_slot* unmarked(receiver_slot* slot) noexcept {
  return reinterpret_cast<receiver_slot*>(reinterpret_cast<char*>(slot) - is_removed(slot));
}

/// Whether it is library_state::tombstone.
inline bool is_tombstone(const receiver_slot& slot) noexcept { return slot.metadata == nullptr; }

/// The receiver that the frame protects, or null. Only for the frame's own thread.
inline receiver_slot* protected_receiver(const hazard_frame& frame) noexcept {
  return static_cast<receiver_slot*>(frame[hazard::receiver].load_relaxed());
}

/// The order of the calls.
inline bool before(const receiver_slot& left, const receiver_slot& right) noexcept {
  if (left.priority != right.priority) return left.priority > right.priority;
  return left.serial.load_relaxed() < right.serial.load_relaxed();
}

/// The value of receiver_slot::call while the receiver is connected and not blocked.
inline erased_function call_of(const receiver_slot& slot) noexcept {
  const slot_options* const options = slot.metadata->options;
  return options && options->conditional() ? options->conditional_call : slot.type->call;
}

}  // namespace aldis::detail

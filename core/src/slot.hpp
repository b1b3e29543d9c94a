#pragma once

// What core/src knows of a receiver's slot beside what a send reads.

#include <aldis/detail/delivery.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/detail/request.hpp>

#include <cstdint>
#include <vector>

namespace aldis::detail {

struct signal_impl;
struct slab;

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
  atomic<std::uint64_t> unsubscribed;  ///< which one of topics::unsubscribed was its last

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
  /// Those marked disconnected in one section; used once in a slot's life.
  receiver_slot* next_disconnected = nullptr;
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

/// Slots are allocated by the slab, so that a connect seldom allocates.
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

// An entry of a slot list whose subscription was taken back is marked in its lowest bit, which the
// alignment of slots leaves free: the slot must not be freed before the slot list is, because a
// send may have read the entry already.
inline bool is_removed(const receiver_slot* slot) noexcept {
  return (reinterpret_cast<std::uintptr_t>(slot) & 1) != 0;
}
inline receiver_slot* marked_removed(receiver_slot* slot) noexcept {
  return reinterpret_cast<receiver_slot*>(reinterpret_cast<char*>(slot) + 1);
}
inline receiver_slot* unmarked(receiver_slot* slot) noexcept {
  return reinterpret_cast<receiver_slot*>(reinterpret_cast<char*>(slot) - is_removed(slot));
}

/// signal_impl::tombstone, which stands in the slot list for slots that left it.
inline bool is_tombstone(const receiver_slot& slot) noexcept { return slot.metadata == nullptr; }

/// The order of calls.
inline bool before(const receiver_slot& left, const receiver_slot& right) noexcept {
  if (left.priority != right.priority) return left.priority > right.priority;
  return left.serial.load_relaxed() < right.serial.load_relaxed();
}

/// What receiver_slot::call is while the receiver is not blocked.
inline erased_function call_of(const receiver_slot& slot) noexcept {
  const slot_options* const options = slot.metadata->options;
  return options && options->conditional() ? options->conditional_call : slot.type->call;
}

}  // namespace aldis::detail

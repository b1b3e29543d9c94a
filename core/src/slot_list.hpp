#pragma once

// Ordered lists of slots that are read without locks while they change.

#include <aldis/detail/engine.hpp>

#include "reclaim.hpp"

#include <cstdint>

namespace aldis::detail {

struct signal_impl;

/// The receivers that selected the same sender or pattern.
struct subscriber_group : reclaimable {
  signal_impl* owner;
  atomic<slot_list*> list;  ///< null: retired
  std::uint32_t live;       ///< subscriptions; guarded by the signal's mutex

  /// A pattern_group; else a sender_group.
  bool of_pattern() const noexcept { return kind != group_of_sender; }
};

// All of these are called under the signal's mutex. `current` is the pointer through which sends
// find the list: signal_state::unfiltered or subscriber_group::list. `unread`: the signal is
// quiescent.

/// The first list of `signal_state::unfiltered`, in memory of the signal itself.
slot_list& make_first_list(signal_impl& signal) noexcept;
bool is_first_list(const slot_list& list) noexcept;
slot_list* make_slot_list(signal_impl& signal, const subscriber_group* group,
                          std::uint32_t capacity);
void insert(signal_impl& signal, atomic<slot_list*>& current, receiver_slot& slot);
/// Removes the tombstones, and makes room for so many entries more.
void compact(signal_impl& signal, atomic<slot_list*>& current, std::uint32_t room);
/// Makes the entry of a disconnected receiver a tombstone; compacts if there are too many.
void erase_entry(signal_impl& signal, atomic<slot_list*>& current, receiver_slot& slot,
                 bool unread);
void compact_if_sparse(signal_impl& signal, atomic<slot_list*>& current, bool unread);
/// Gives back the references of slots in signal_impl::detached.
void release_detached(signal_impl& signal) noexcept;
/// Marks the entry of a receiver that lost its subscription, also in retired copies of the list,
/// which sends may still be reading.
void mark_removed(signal_impl& signal, atomic<slot_list*>& current, receiver_slot& slot);
/// Frees it when no send reads it any more: none can find it.
void retire(signal_impl& signal, slot_list& list) noexcept;
/// Gives back all slots that the list names. No thread may be reading it.
void empty(slot_list& list) noexcept;

}  // namespace aldis::detail

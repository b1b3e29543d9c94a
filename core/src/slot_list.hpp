#pragma once

// Ordered lists of slots that are read without locks while they change.

#include <aldis/detail/engine.hpp>

#include <cstdint>

namespace aldis::detail {

struct signal_impl;

/// The receivers that chose the same sender or pattern.
struct subscriber_group : block {
  atomic<slot_list*> list;
  std::uint32_t live;  ///< subscriptions; guarded by the signal's mutex
};

slot_list* make_slot_list(signal_impl& signal, const subscriber_group* of, std::uint32_t capacity);
void insert(signal_impl& signal, atomic<slot_list*>& list, receiver_slot& slot);
/// Rebuilds the list without its tombstones, with room for more.
void compact(signal_impl& signal, atomic<slot_list*>& list, std::uint32_t room);
/// The slot, which is dead, no longer counts in the list; compacts it if there are too many
/// tombstones. `unread`: the signal is quiescent.
void erase_entry(signal_impl& signal, atomic<slot_list*>& list, receiver_slot& slot, bool unread);
/// Compacts if there are too many tombstones.
void compact_if_sparse(signal_impl& signal, atomic<slot_list*>& list, bool unread);
/// Gives back the references of slots that left `unfiltered`.
void release_detached(signal_impl& signal) noexcept;
/// The entry no longer counts, in copies that are still being read either.
void mark_removed(signal_impl& signal, atomic<slot_list*>& list, receiver_slot& slot);
/// Releases what it names. Nobody may be reading it.
void empty(slot_list& list) noexcept;

}  // namespace aldis::detail

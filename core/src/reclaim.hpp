#pragma once

// What a signal retires, and how it is freed.

#include <aldis/reclamation/hazard_pointers.hpp>

#include <cstdint>

namespace aldis::detail {

/// reclaimable::kind. Numbers, because the addresses of functions differ between copies of the
/// library that use the same signal.
enum reclaimable_kind : std::uint32_t {
  plain_memory = 0,  ///< a hash table or a topic_node: nothing to destroy
  list_of_slots,
  group_of_sender,
  group_of_pattern,    ///< a search of the trie may still find it
  unreachable_pattern  ///< a pattern_group that no search can find any more
};

/// Frees what no thread can be reading. Under the signal's mutex.
void dispose(reclamation::reclaimable& unread) noexcept;

}  // namespace aldis::detail

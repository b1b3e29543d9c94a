#pragma once

// Receivers by sender: a hash table from senders to slot lists, which sends read without locks.
// docs/design/sender-index.md has the reasons.

#include <aldis/detail/engine.hpp>
#include <aldis/detail/request.hpp>
#include <aldis/detail/text.hpp>

#include "reclamation/hash_table.hpp"
#include "slot_list.hpp"

#include <cstdint>
#include <vector>

namespace aldis::detail {

class locked_section;

/// The receivers that selected one sender.
struct sender_group : subscriber_group {
  key_view key;
  text characters;  ///< to which `key` refers
  std::uint64_t hash;
  atomic<any_weak_pointer*> lifetime;  ///< the sender's; null: unknown. Set once
};

using sender_index = hash_table<sender_group>;

/// The same group if it is a sender's, else null.
inline sender_group* as_sender_group(subscriber_group* group) noexcept {
  return group && !group->of_pattern() ? static_cast<sender_group*>(group) : nullptr;
}

/// Whether the group is of a sender that has died.
inline bool is_expired(subscriber_group* group) noexcept {
  const sender_group* const sender = as_sender_group(group);
  const any_weak_pointer* const lifetime = sender ? sender->lifetime.load_relaxed() : nullptr;
  return lifetime && lifetime->expired();
}

/// Multiplies to 128 bits and folds them, as Wang Yi's wyhash does.
inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using wide = unsigned __int128;
  const wide product = static_cast<wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
/// Differs from run to run where addresses do, so that collisions cannot be prepared.
std::uint64_t hash_seed() noexcept;
std::uint64_t hash_of(const key_view& key) noexcept;
std::uint64_t hash_of_token(text_view token) noexcept;
bool equal(const key_view& a, const key_view& b) noexcept;

// These are called under the signal's mutex.

sender_group* find_sender_group(const signal_impl& signal, const key_view& key);
/// The groups for which calls may be running: the sender's group, and those that it had before.
std::vector<const subscriber_group*> sender_groups_of(const signal_impl& signal,
                                                      const key_view& key);
/// Finds the group or makes it. Takes `filter.lifetime` over if the group does not know it yet.
sender_group& sender_group_for(locked_section& section, sender_filter& filter);
/// Removes the group with all its subscriptions, for a sender that has expired.
void remove_group(locked_section& section, sender_group& group);
/// Retires a group, of a sender or of a pattern, that has no subscriptions any more.
void retire_group(locked_section& section, subscriber_group& group) noexcept;
/// Returns sends to the fast path if no receiver selects a sender or topic any more.
void end_selection(signal_impl& signal) noexcept;

}  // namespace aldis::detail

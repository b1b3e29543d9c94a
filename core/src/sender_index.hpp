#pragma once

// Receivers by sender: a hash table from senders to slot lists that sends read without locks.

#include <aldis/detail/engine.hpp>
#include <aldis/detail/request.hpp>
#include <aldis/detail/text.hpp>

#include "slot_list.hpp"

#include <cstdint>

namespace aldis::detail {

class locked_section;

/// The receivers of one sender.
struct sender_group : subscriber_group {
  key_view key;
  text characters;
  std::uint64_t hash;
  atomic<any_weak_pointer*> lives_with;  ///< the sender's lifetime, if it is known
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

/// The sender's group that a subscription leads to, or null.
inline sender_group* as_sender(subscriber_group* to) noexcept {
  return to && to->what == block::kind::subscriber_group ? static_cast<sender_group*>(to) : nullptr;
}

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

}  // namespace aldis::detail

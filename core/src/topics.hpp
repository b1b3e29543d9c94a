#pragma once

// Patterns of topics: a trie over tokens that sends read without locks.
// docs/design/topics.md has the reasons.

#include "locked_section.hpp"
#include "sender_index.hpp"
#include "slot_list.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace aldis::detail {

struct topic_node;

/// The receivers of one pattern.
struct pattern : subscriber_group {
  topic_node* node;    ///< where its tokens lead
  std::uint64_t hash;  ///< of its text
  bool rest;           ///< and `>` after them
};

/// The first tokens of some pattern. Its own token lies behind it.
struct topic_node : block {
  topic_node* parent;
  std::uint64_t hash;       ///< under which the table has it; 0: it is `*` and its parent has it
  atomic<topic_node*> any;  ///< `*` comes next
  atomic<pattern*> here;    ///< the pattern that ends here
  atomic<pattern*> rest;    ///< the pattern that ends with `>` next
  std::uint32_t uses;       ///< nodes and patterns behind it; guarded by the signal's mutex
  std::uint32_t size;

  char* characters() noexcept { return reinterpret_cast<char*>(this + 1); }
  text_view token() const noexcept { return {reinterpret_cast<const char*>(this + 1), size}; }
};

struct topic_entry {
  atomic<std::uint64_t> hash;  ///< 0: never used
  atomic<topic_node*> found;   ///< null: removed
};

/// All nodes by parent and token.
struct topic_table : block {
  std::uint32_t mask;
  std::uint32_t used;  ///< entries that were ever used
  topic_entry entries[1];
};

struct topics {
  topic_node* root = nullptr;
  atomic<topic_table*> table;
  std::uint32_t nodes = 0;       ///< in the table
  atomic<std::uint64_t> latest;  ///< serial of the newest subscription to a pattern
  atomic<std::uint64_t>
      unsubscribed;  ///< subscriptions taken back from receivers that live on, so far

  /// Nodes, patterns, slot lists and tables that are out of the trie. `stale` is from before the
  /// epoch, and goes when no send reads that began to in an earlier one.
  atomic<std::uint64_t> epoch{1};
  block* fresh = nullptr;
  block* stale = nullptr;
  std::uint32_t waiting = 0;  ///< in `fresh`
};

/// A receiver that the topic selects. The slot may be used again before its turn comes.
struct match {
  receiver_slot* who;
  std::uint64_t serial;
  subscriber_group* via;
  std::int32_t priority;
};

/// What one send found, and the room it needed for that: kept by its frame for the next send.
struct topic_search {
  std::vector<match> found;  ///< in the order of calls
  std::uint64_t latest = 0;  ///< topics::latest and ::unlinked when it began
  std::uint64_t unsubscribed = 0;

  topic_search() { grow(); }

  /// False if there was not enough room, which it does not make: it is called while the patterns
  /// are kept from being freed. Then `grow` and try again.
  bool run(const topics& all, text_view topic) noexcept;
  void grow();
  void sort();

  std::vector<topic_node*> level;  ///< the nodes that the tokens so far lead to
  std::vector<topic_node*> next_level;
  std::vector<pattern*> patterns;
};

/// Tokens of a topic or pattern, one after the other; there is always at least one.
class tokens {
 public:
  explicit tokens(text_view of) noexcept : at_(of.data ? of.data : ""), end_(at_ + of.size) {}

  text_view next() noexcept {
    const char* const from = at_;
    const auto* const dot = static_cast<const char*>(
        from == end_ ? nullptr : std::memchr(from, '.', static_cast<std::size_t>(end_ - from)));
    more_ = dot != nullptr;
    at_ = more_ ? dot + 1 : end_;
    return {from, static_cast<std::size_t>((more_ ? dot : end_) - from)};
  }
  /// Is there another one after those that were taken?
  bool more() const noexcept { return more_; }

 private:
  const char* at_;
  const char* end_;
  bool more_ = true;
};

// Nodes of one parent must not be neighbours in the table, so the two are multiplied.
inline std::uint64_t hash_of_child(const topic_node& parent, std::uint64_t token) noexcept {
  const auto receiver_slot = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&parent));
  const std::uint64_t h = mix(receiver_slot ^ 0x9e3779b97f4a7c15u, token ^ 0xe7037ed1a0b428dbu);
  return h == 0 ? 1 : h;
}

inline std::uint32_t home(const topic_table& table, std::uint64_t hash) noexcept {
  return static_cast<std::uint32_t>(hash) & table.mask;
}

/// The node of this token, which is not `*`. For sends and under the mutex.
inline topic_node* child(const topic_table& table, const topic_node& parent, std::uint64_t hash,
                         text_view token) noexcept {
  for (std::uint32_t i = home(table, hash);; i = (i + 1) & table.mask) {
    const std::uint64_t there = table.entries[i].hash.load_acquire();
    if (there == 0) return nullptr;
    if (there != hash) continue;
    // A slot may be between two nodes, so what is found is looked at.
    topic_node* const node = table.entries[i].found.load_acquire();
    if (node && node->parent == &parent && node->token() == token) return node;
  }
}

/// Slot lists of the patterns that the topic matches. Under the signal's mutex.
std::vector<const slot_list*> matching_lists(signal_impl& signal, text_view topic);

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

}  // namespace aldis::detail

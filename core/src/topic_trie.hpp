#pragma once

// Receivers by topic: a trie of patterns, which sends search without locks. docs/design/topics.md
// has the reasons.

#include <aldis/detail/engine.hpp>

#include "locked_section.hpp"
#include "reclamation/epochs.hpp"
#include "reclamation/hash_table.hpp"
#include "sender_index.hpp"
#include "slot_list.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace aldis::detail {

struct topic_node;

/// The receivers that selected one pattern.
struct pattern_group : subscriber_group {
  topic_node* node;    ///< of its last token, without the tail
  std::uint64_t hash;  ///< of its text
  bool has_tail;       ///< ends with `>`
};

/// The first tokens of some pattern. The characters of its own token lie behind it.
struct topic_node : reclaimable {
  topic_node* parent;
  std::uint64_t hash;            ///< in the table; 0: this is the child `*`, which is not there
  atomic<topic_node*> star;      ///< the child `*`
  atomic<pattern_group*> exact;  ///< the pattern that ends here
  atomic<pattern_group*> tail;   ///< the pattern that ends with `>` after this
  std::uint32_t uses;            ///< children and patterns; guarded by the signal's mutex
  std::uint32_t size;            ///< of the token

  char* characters() noexcept { return reinterpret_cast<char*>(this + 1); }
  text_view token() const noexcept { return {reinterpret_cast<const char*>(this + 1), size}; }
};

/// All nodes but those of `*`, by parent and token.
using topic_table = hash_table<topic_node>;

/// Changed under the signal's mutex, which guards the members that are not atomic.
struct topic_trie {
  topic_node* root = nullptr;  ///< never changes
  atomic<topic_table*> table;
  atomic<std::uint64_t> latest;        ///< serial of the newest subscription to a pattern
  atomic<std::uint64_t> unsubscribed;  ///< how many subscriptions to patterns were removed from
                                       ///< receivers that stayed connected

  epochs reclamation;               ///< of what a search may pass through
  std::uint32_t retired_count = 0;  ///< since the last try to free
};

/// A receiver that the topic selects. The send holds no reference: the slot may be used for another
/// receiver, with another serial, before it is called.
struct match {
  receiver_slot* slot;
  std::uint64_t serial;
  subscriber_group* group;
  std::int32_t priority;
};

/// What one send found, and the memory that it needed: kept by its frame for the next send.
struct topic_search {
  std::vector<match> found;        ///< after sort(): in the order of the calls
  std::uint64_t latest = 0;        ///< topic_trie::latest when the search began
  std::uint64_t unsubscribed = 0;  ///< topic_trie::unsubscribed when it began

  topic_search() { grow(); }

  /// False if the vectors are too small. It does not allocate, because what is retired meanwhile is
  /// not freed; call `grow` after leaving the epoch, then try again.
  bool run(const topic_trie& trie, text_view topic) noexcept;
  void grow();
  void sort();

  std::vector<topic_node*> level;  ///< the nodes to which the tokens so far lead
  std::vector<topic_node*> next_level;
  std::vector<pattern_group*> patterns;  ///< those that match
};

/// Splits a topic or pattern at its dots. There is always at least one token, which may be empty.
class token_iterator {
 public:
  explicit token_iterator(text_view text) noexcept
      : at_(text.data ? text.data : ""), end_(at_ + text.size) {}

  text_view next() noexcept {
    const char* const from = at_;
    const auto* const dot = static_cast<const char*>(
        from == end_ ? nullptr : std::memchr(from, '.', static_cast<std::size_t>(end_ - from)));
    more_ = dot != nullptr;
    at_ = more_ ? dot + 1 : end_;
    return {from, static_cast<std::size_t>((more_ ? dot : end_) - from)};
  }
  /// Whether next() may be called.
  bool more() const noexcept { return more_; }

 private:
  const char* at_;
  const char* end_;
  bool more_ = true;
};

/// Multiplied, so that the children of one node are not neighbours in the table.
inline std::uint64_t hash_of_child(const topic_node& parent, std::uint64_t token) noexcept {
  const auto address = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&parent));
  const std::uint64_t h = mix(address ^ 0x9e3779b97f4a7c15u, token ^ 0xe7037ed1a0b428dbu);
  return h == 0 ? 1 : h;
}

/// The parent's child with this token, which is not `*`. For sends, and under the signal's mutex.
inline topic_node* find_child(const topic_table& table, const topic_node& parent,
                              std::uint64_t hash, text_view token) noexcept {
  return table.find(hash, [&](const topic_node& node) {
    return node.parent == &parent && node.token() == token;
  });
}

// All of these are called under the signal's mutex.

/// The slot lists of the patterns that match the topic.
std::vector<const slot_list*> matching_lists(signal_impl& signal, text_view topic);

/// Finds the group or makes it.
subscriber_group& pattern_group_for(locked_section& section, text_view pattern);
subscriber_group* find_pattern_group(signal_impl& signal, text_view pattern);
bool has_patterns(const signal_impl& signal) noexcept;
/// The groups for which calls may be running: the pattern's group, and those that it had before.
std::vector<const subscriber_group*> pattern_groups_of(signal_impl& signal, text_view pattern);
std::string pattern_text(const subscriber_group& group);
/// Takes the group out of the trie, and retires it.
void retire_pattern_group(signal_impl& signal, subscriber_group& group) noexcept;
/// The receiver, which stays connected, has lost a subscription to a pattern: sends that have
/// matched it check again before they call it.
void invalidate_matches(signal_impl& signal, receiver_slot& slot) noexcept;
/// Frees it when no search of the trie can pass through it any more: it is out of the trie.
void retire_in_trie(signal_impl& signal, reclaimable& retired) noexcept;
/// Frees everything retired. No thread may be inside the signal.
void free_retired_in_trie(signal_impl& signal) noexcept;
void delete_trie(topic_trie* trie) noexcept;
/// Whether a frame remembers matches of this signal: it refers to slots without protecting a slot
/// list that names them.
bool has_remembered_matches(const signal_impl& signal) noexcept;

}  // namespace aldis::detail

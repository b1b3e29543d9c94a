// Searches the trie for the patterns that match a topic, level by level.

#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "topic_trie.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace aldis::detail {

namespace {

/// False if that would allocate.
template <class T>
bool try_push(std::vector<T>& vector, const T& value) noexcept {
  if (vector.size() == vector.capacity()) return false;
  vector.push_back(value);
  return true;
}

template <class T>
void make_larger(std::vector<T>& vector) {
  vector.reserve(std::max<std::size_t>(16, vector.capacity() * 2));
}

/// The order of the calls.
bool called_before(const match& left, const match& right) noexcept {
  return left.priority != right.priority ? left.priority > right.priority
                                         : left.serial < right.serial;
}

}  // namespace

bool topic_search::run(const topic_trie& trie, text_view topic) noexcept {
  found.clear();
  patterns.clear();
  level.assign(1, trie.root);
  latest = trie.latest.load_acquire();
  unsubscribed = trie.unsubscribed.load_acquire();
  // Acquire, here and below: what is found was filled before its address was stored.
  const topic_table& table = *trie.table.load_acquire();
  token_iterator tokens(topic);
  while (tokens.more() && !level.empty()) {
    const text_view token = tokens.next();
    const std::uint64_t hash = hash_of_token(token);
    // Cache misses of one level then overlap.
    if (level.size() > 1) {
      for (const topic_node* node : level) table.prefetch(hash_of_child(*node, hash));
    }
    next_level.clear();
    for (topic_node* const node : level) {
      if (pattern_group* const tail = node->tail.load_acquire()) {
        if (!try_push(patterns, tail)) return false;
        __builtin_prefetch(tail);
      }
      if (topic_node* const star = node->star.load_acquire()) {
        if (!try_push(next_level, star)) return false;
        __builtin_prefetch(star);
      }
      if (topic_node* const same = find_child(table, *node, hash_of_child(*node, hash), token)) {
        if (!try_push(next_level, same)) return false;
      }
    }
    level.swap(next_level);
  }
  for (const topic_node* node : level) {
    if (pattern_group* const exact = node->exact.load_acquire()) {
      if (!try_push(patterns, exact)) return false;
      __builtin_prefetch(exact);
    }
  }
  for (const pattern_group* group : patterns) {
    __builtin_prefetch(group->list.load_acquire());
  }
  for (pattern_group* const group : patterns) {
    const slot_list* const list = group->list.load_acquire();
    const std::uint32_t count = list ? list->count.load_acquire() : 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      receiver_slot* const slot = list->entries[i].load_acquire();
      if (is_removed(slot)) continue;
      if (!try_push(found, match{slot, 0, group, 0})) return false;
      __builtin_prefetch(slot);
    }
  }
  // Relaxed: while a slot list names a slot, the slot is not used again.
  for (match& each : found) {
    each.serial = each.slot->serial.load_relaxed();
    each.priority = each.slot->priority;
  }
  return true;
}

void topic_search::grow() {
  make_larger(found);
  make_larger(level);
  make_larger(next_level);
  make_larger(patterns);
}

void topic_search::sort() {
  if (!std::is_sorted(found.begin(), found.end(), called_before)) {
    std::sort(found.begin(), found.end(), called_before);
  }
}

std::vector<const slot_list*> matching_lists(signal_impl& signal, text_view topic) {
  std::vector<const slot_list*> result;
  const topic_trie* const trie = signal.trie.load_relaxed();
  if (!trie) return result;
  topic_search search;
  while (!search.run(*trie, topic)) search.grow();
  for (const pattern_group* each : search.patterns) result.push_back(each->list.load_relaxed());
  return result;
}

}  // namespace aldis::detail

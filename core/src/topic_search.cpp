// What a send does with its topic: a walk down the trie, level by level.

#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "topics.hpp"

#include <algorithm>

namespace aldis::detail {

namespace {

template <class T>
bool put_in(std::vector<T>& in, const T& what) noexcept {
  if (in.size() == in.capacity()) return false;
  in.push_back(what);
  return true;
}

template <class T>
void make_larger(std::vector<T>& v) {
  v.reserve(std::max<std::size_t>(16, v.capacity() * 2));
}

bool earlier(const match& candidate_match, const match& b) noexcept {
  return candidate_match.priority != b.priority ? candidate_match.priority > b.priority
                                                : candidate_match.serial < b.serial;
}

}  // namespace

bool topic_search::run(const topics& all, text_view topic) noexcept {
  found.clear();
  patterns.clear();
  level.assign(1, all.root);
  latest = all.latest.load_acquire();
  unsubscribed = all.unsubscribed.load_acquire();
  const topic_table& table = *all.table.load_acquire();
  tokens each(topic);
  while (each.more() && !level.empty()) {
    const text_view token = each.next();
    const std::uint64_t hash = hash_of_token(token);
    // Whatever misses the cache misses it together.
    if (level.size() > 1) {
      for (const topic_node* node : level)
        __builtin_prefetch(&table.entries[home(table, hash_of_child(*node, hash))]);
    }
    next_level.clear();
    for (topic_node* const node : level) {
      if (pattern* const rest = node->rest.load_acquire()) {
        if (!put_in(patterns, rest)) return false;
        __builtin_prefetch(rest);
      }
      if (topic_node* const any = node->any.load_acquire()) {
        if (!put_in(next_level, any)) return false;
        __builtin_prefetch(any);
      }
      if (topic_node* const same = child(table, *node, hash_of_child(*node, hash), token)) {
        if (!put_in(next_level, same)) return false;
      }
    }
    level.swap(next_level);
  }
  for (const topic_node* node : level) {
    if (pattern* const here = node->here.load_acquire()) {
      if (!put_in(patterns, here)) return false;
      __builtin_prefetch(here);
    }
  }
  for (const pattern* each_pattern : patterns) {
    __builtin_prefetch(each_pattern->list.load_acquire());
  }
  for (pattern* const each_pattern : patterns) {
    const slot_list* const list = each_pattern->list.load_acquire();
    const std::uint32_t count = list ? list->count.load_acquire() : 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      receiver_slot* const slot = list->entries[i].load_acquire();
      if (is_removed(slot)) continue;
      if (!put_in(found, match{slot, 0, each_pattern, 0})) return false;
      __builtin_prefetch(slot);
    }
  }
  // While a slot list names a slot it is not used again.
  for (match& candidate_match : found) {
    candidate_match.serial = candidate_match.who->serial.load_relaxed();
    candidate_match.priority = candidate_match.who->priority;
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
  if (!std::is_sorted(found.begin(), found.end(), earlier)) {
    std::sort(found.begin(), found.end(), earlier);
  }
}

std::vector<const slot_list*> matching_lists(signal_impl& signal, text_view topic) {
  std::vector<const slot_list*> result;
  const topics* const all = signal.patterns.load_relaxed();
  if (!all) return result;
  topic_search search;
  while (!search.run(*all, topic)) search.grow();
  for (const pattern* each : search.patterns) result.push_back(each->list.load_relaxed());
  return result;
}

}  // namespace aldis::detail

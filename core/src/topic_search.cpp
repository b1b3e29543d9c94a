// What a send does with its topic: a walk down the trie, level by level.

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

bool earlier(const match& a, const match& b) noexcept {
  return a.priority != b.priority ? a.priority > b.priority : a.serial < b.serial;
}

}  // namespace

bool topic_search::run(const topics& all, text_view topic) noexcept {
  found.clear();
  patterns.clear();
  level.assign(1, all.root);
  latest = all.latest.load_acquire();
  unlinked = all.unlinked.load_acquire();
  const topic_table& t = *all.table.load_acquire();
  tokens each(topic);
  while (each.more() && !level.empty()) {
    const text_view token = each.next();
    const std::uint64_t hash = hash_of_token(token);
    // Whatever misses the cache misses it together.
    if (level.size() > 1) {
      for (const topic_node* n : level)
        __builtin_prefetch(&t.slots[home(t, hash_of_child(*n, hash))]);
    }
    next_level.clear();
    for (topic_node* const n : level) {
      if (pattern* const rest = n->rest.load_acquire()) {
        if (!put_in(patterns, rest)) return false;
        __builtin_prefetch(rest);
      }
      if (topic_node* const any = n->any.load_acquire()) {
        if (!put_in(next_level, any)) return false;
        __builtin_prefetch(any);
      }
      if (topic_node* const same = child(t, *n, hash_of_child(*n, hash), token)) {
        if (!put_in(next_level, same)) return false;
      }
    }
    level.swap(next_level);
  }
  for (const topic_node* n : level) {
    if (pattern* const here = n->here.load_acquire()) {
      if (!put_in(patterns, here)) return false;
      __builtin_prefetch(here);
    }
  }
  for (const pattern* each_pattern : patterns) {
    __builtin_prefetch(each_pattern->list.load_acquire());
  }
  for (pattern* const each_pattern : patterns) {
    const roster* const r = each_pattern->list.load_acquire();
    const std::uint32_t count = r ? r->count.load_acquire() : 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      place* const p = r->places[i].load_acquire();
      if (is_struck(p)) continue;
      if (!put_in(found, match{p, 0, each_pattern, 0})) return false;
      __builtin_prefetch(p);
    }
  }
  // While a roster names a place it is not used again.
  for (match& m : found) {
    m.serial = m.who->serial.load_relaxed();
    m.priority = m.who->priority;
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

std::vector<const roster*> matching_rosters(full_core& c, text_view topic) {
  std::vector<const roster*> result;
  const topics* const all = c.patterns.load_relaxed();
  if (!all) return result;
  topic_search search;
  while (!search.run(*all, topic)) search.grow();
  for (const pattern* each : search.patterns) result.push_back(each->list.load_relaxed());
  return result;
}

}  // namespace aldis::detail

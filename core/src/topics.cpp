// Receivers by topic: patterns come and go under the mutex, sends search them without.

#include "topics.hpp"

#include <aldis/topic.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <new>
#include <string>

namespace aldis::detail {

namespace {

/// So much is retired before anybody looks who still reads it.
constexpr std::uint32_t often = 64;

constexpr text_view star("*", 1);
constexpr text_view tail(">", 1);

topic_table* make_topic_table(full_core& c, std::uint32_t capacity) {
  const std::size_t size = sizeof(topic_table) + (capacity - 1) * sizeof(topic_slot);
  auto* const t = ::new (::operator new(size)) topic_table{};
  for (std::uint32_t i = 1; i < capacity; ++i) ::new (t->slots + i) topic_slot{};
  t->owner = &c;
  t->what = block::kind::topic_table;
  t->mask = capacity - 1;
  return t;
}

void put(topic_table& t, topic_node& n) noexcept {
  std::uint32_t i = home(t, n.hash);
  while (t.slots[i].found.load_relaxed()) i = (i + 1) & t.mask;
  topic_slot& slot = t.slots[i];
  if (slot.hash.load_relaxed() == 0) ++t.used;
  // A removed one is used again: who reads the new hash with no node, or the other way round, does
  // not find what is just being put in, which is right.
  slot.hash.store_release(n.hash);
  slot.found.store_release(&n);
}

void rebuild(full_core& c, topics& all, std::uint32_t capacity) {
  topic_table& fresh = *make_topic_table(c, capacity);
  topic_table* const old = all.table.load_relaxed();
  if (old) {
    for (std::uint32_t i = 0; i <= old->mask; ++i) {
      if (topic_node* const n = old->slots[i].found.load_relaxed()) put(fresh, *n);
    }
  }
  all.table.store(&fresh);
  if (old) retire_topic_block(c, *old);
}

std::uint32_t capacity_for(std::uint32_t nodes) noexcept {
  return std::bit_ceil(std::max<std::uint32_t>(16, nodes + nodes / 2));
}

void make_room(full_core& c, topics& all) {
  const topic_table& t = *all.table.load_relaxed();
  if ((t.used + 1) * std::uint64_t{4} > (t.mask + std::uint64_t{1}) * 3) {
    rebuild(c, all, capacity_for(all.nodes + 1));
  }
}

topic_node* make_node(full_core& c, topic_node* parent, text_view token) {
  auto* const n = ::new (::operator new(sizeof(topic_node) + token.size)) topic_node{};
  n->owner = &c;
  n->what = block::kind::topic_node;
  n->parent = parent;
  n->size = static_cast<std::uint32_t>(token.size);
  std::memcpy(n->characters(), token.data, token.size);
  return n;
}

topic_node* find_node(const topics& all, topic_node& parent, text_view token) noexcept {
  if (token == star) return parent.any.load_relaxed();
  return child(*all.table.load_relaxed(), parent, hash_of_child(parent, hash_of_token(token)),
               token);
}

topic_node& add_node(full_core& c, topics& all, topic_node& parent, text_view token) {
  const bool named = !(token == star);
  if (named) make_room(c, all);
  topic_node& n = *make_node(c, &parent, token);
  ++parent.uses;
  if (named) {
    n.hash = hash_of_child(parent, hash_of_token(token));
    put(*all.table.load_relaxed(), n);
    ++all.nodes;
  } else {
    parent.any.store_release(&n);
  }
  return n;
}

void remove_node(topics& all, topic_node& n) noexcept {
  --n.parent->uses;
  if (n.hash == 0) {
    n.parent->any.store(nullptr);
    return;
  }
  --all.nodes;
  const topic_table& t = *all.table.load_relaxed();
  std::uint32_t i = home(t, n.hash);
  while (t.slots[i].found.load_relaxed() != &n) i = (i + 1) & t.mask;
  all.table.load_relaxed()->slots[i].found.store(nullptr);
}

/// Takes away what leads to no pattern any more, from there up.
void prune(full_core& c, topics& all, topic_node* from) noexcept {
  for (topic_node* n = from; n != all.root && n->uses == 0;) {
    topic_node* const parent = n->parent;
    remove_node(all, *n);
    retire_topic_block(c, *n);
    n = parent;
  }
  const topic_table& t = *all.table.load_relaxed();
  if (t.mask < 64 || all.nodes >= t.mask / 8) return;
  try {
    rebuild(c, all, capacity_for(all.nodes));
  } catch (const std::bad_alloc&) {
    // Too large is all it is then.
  }
}

topics& made_topics(full_core& c) {
  if (topics* const known = c.patterns.load_relaxed()) return *known;
  auto made = std::make_unique<topics>();
  std::unique_ptr<topic_table> table(make_topic_table(c, 16));
  made->root = make_node(c, nullptr, text_view());
  made->table.store(table.release());
  c.patterns.store(made.get());
  return *made.release();
}

/// Where a pattern's tokens lead, as far as they are known; `>` is not one of them.
struct path {
  topic_node* node;
  bool rest = false;
};

template <class Step>
path follow(const topics& all, text_view text, const Step& step) {
  path at{all.root};
  for (tokens each(text); each.more();) {
    const text_view token = each.next();
    if (token == tail && !each.more()) {
      at.rest = true;
      break;
    }
    topic_node* const next = find_node(all, *at.node, token);
    at.node = next ? next : step(*at.node, token);
    if (!at.node) break;
  }
  return at;
}

atomic<pattern*>& end_of(const path& at) noexcept {
  return at.rest ? at.node->rest : at.node->here;
}

bool read_before(const full_core& c, std::uint64_t epoch) noexcept {
  return any_record(*c.home, [&](const full_record& r) {
    return any_frame(r, [&](const frame& f) {
      // `reading` first: the core was published before it.
      const std::uint64_t began = f.reading.load();
      return began != 0 && began < epoch && f.matches_of.load() == &c;
    });
  });
}

bool is_matched(const full_core& c, const block& b) noexcept {
  return any_record(*c.home, [&](const full_record& r) {
    return any_frame(r, [&](const frame& f) { return f.matched.load() == &b; });
  });
}

void keep_retired(topics& all, block& b) noexcept {
  b.next_retired = all.fresh;
  all.fresh = &b;
}

void free_list(full_core& c, topics& all, block* list) noexcept {
  while (list) {
    block* const b = list;
    list = b->next_retired;
    // A running call may have been made for this pattern, and a disconnect ask for it.
    if (b->what == block::kind::pattern && is_matched(c, *b)) {
      keep_retired(all, *b);
    } else {
      free_block(b);
    }
  }
}

void reclaim_topics(full_core& c, topics& all) noexcept {
  all.waiting = 0;
  if (quiet(c)) {
    free_list(c, all, std::exchange(all.stale, nullptr));
    free_list(c, all, std::exchange(all.fresh, nullptr));
    return;
  }
  std::uint64_t epoch = all.epoch.load_relaxed();
  if (all.stale && read_before(c, epoch)) return;
  block* list = std::exchange(all.stale, nullptr);
  all.stale = std::exchange(all.fresh, nullptr);
  free_list(c, all, list);
  all.epoch.store(++epoch);
  expose(c);
  if (read_before(c, epoch)) return;
  free_list(c, all, std::exchange(all.stale, nullptr));
}

}  // namespace

bucket& pattern_for(section& s, text_view text) {
  full_core& c = s.core();
  topics& all = made_topics(c);
  topic_node* deepest = all.root;
  try {
    const path at = follow(all, text, [&](topic_node& parent, text_view token) {
      deepest = &parent;
      return deepest = &add_node(c, all, parent, token);
    });
    if (pattern* const known = end_of(at).load_relaxed()) return *known;
    deepest = at.node;
    auto made = std::make_unique<pattern>();
    made->owner = &c;
    made->what = block::kind::pattern;
    made->node = at.node;
    made->hash = hash_of_token(text);
    made->rest = at.rest;
    made->list.store(make_roster(c, made.get(), 1));
    ++at.node->uses;
    end_of(at).store_release(made.get());
    if ((c.mode.load_relaxed() & mode_selective) == 0) add_mode(c, mode_selective);
    return *made.release();
  } catch (...) {
    prune(c, all, deepest);
    throw;
  }
}

bool has_patterns(const full_core& c) noexcept {
  const topics* const all = c.patterns.load_relaxed();
  return all && all->root->uses != 0;
}

bucket* find_pattern(full_core& c, text_view text) {
  const topics* const all = c.patterns.load_relaxed();
  if (!all) return nullptr;
  const path at = follow(*all, text, [](topic_node&, text_view) -> topic_node* { return nullptr; });
  return at.node ? end_of(at).load_relaxed() : nullptr;
}

std::vector<const bucket*> patterns_of(full_core& c, text_view text) {
  std::vector<const bucket*> found;
  const topics* const all = c.patterns.load_relaxed();
  if (!all) return found;
  if (const bucket* const now = find_pattern(c, text)) found.push_back(now);
  // Those it had before: a pattern may have ended and been made again. No new call is made for
  // them, so only those count that a running call is published for.
  const std::uint64_t hash = hash_of_token(text);
  for (const block* list : {all->fresh, all->stale}) {
    for (const block* b = list; b; b = b->next_retired) {
      if (b->what != block::kind::pattern) continue;
      const auto* const old = static_cast<const pattern*>(b);
      if (old->hash == hash && is_matched(c, *old)) found.push_back(old);
    }
  }
  return found;
}

std::string pattern_text(const bucket& of) {
  const auto& ends = static_cast<const pattern&>(of);
  std::vector<text_view> parts;
  if (ends.rest) parts.push_back(tail);
  for (const topic_node* n = ends.node; n->parent; n = n->parent) parts.push_back(n->token());
  std::string result;
  for (std::size_t i = parts.size(); i-- > 0;) {
    result.append(parts[i].data, parts[i].size);
    if (i != 0) result += '.';
  }
  return result;
}

void bury_pattern(full_core& c, bucket& which) noexcept {
  auto& gone = static_cast<pattern&>(which);
  topic_node* const node = gone.node;
  (gone.rest ? node->rest : node->here).store(nullptr);
  --node->uses;
  roster* const list = gone.list.exchange(nullptr);
  retire(c, list);
  retire(c, &gone);
  prune(c, *c.patterns.load_relaxed(), node);
}

void forget_matches(full_core& c, place& p) noexcept {
  topics& all = *c.patterns.load_relaxed();
  const std::uint64_t count = all.unlinked.load_relaxed() + 1;
  // In this order: who sees the second also sees the first.
  p.details->extras->unlinked.store(count);
  all.unlinked.store(count);
}

bool of_patterns(const block& b) noexcept {
  switch (b.what) {
    case block::kind::roster: {
      const bucket* const of = static_cast<const roster&>(b).list_of;
      return of && of->what == block::kind::pattern;
    }
    case block::kind::pattern:
    case block::kind::topic_node:
    case block::kind::topic_table:
      return true;
    case block::kind::bucket:
    case block::kind::table:
      return false;
  }
  return false;
}

void retire_topic_block(full_core& c, block& b) noexcept {
  topics& all = *c.patterns.load_relaxed();
  keep_retired(all, b);
  if (++all.waiting >= often || quiet(c)) reclaim_topics(c, all);
}

void free_topic_block(block* b) noexcept {
  switch (b->what) {
    case block::kind::pattern:
      delete static_cast<pattern*>(b);
      break;
    case block::kind::topic_node:
      ::operator delete(static_cast<topic_node*>(b));
      break;
    case block::kind::topic_table:
      ::operator delete(static_cast<topic_table*>(b));
      break;
    default:
      break;
  }
}

void empty_topics(full_core& c) noexcept {
  topics* const all = c.patterns.load_relaxed();
  if (!all) return;
  for (block* list : {std::exchange(all->stale, nullptr), std::exchange(all->fresh, nullptr)}) {
    while (list) {
      block* const after = list->next_retired;
      free_block(list);
      list = after;
    }
  }
  all->waiting = 0;
}

void delete_topics(topics* all) noexcept {
  if (!all) return;
  // Its receivers are gone, and so are all patterns; what they left was freed before the core.
  free_topic_block(all->root);
  free_topic_block(all->table.load_relaxed());
  delete all;
}

bool remembered(const full_core& c) noexcept {
  return c.patterns.load_relaxed() && any_record(*c.home, [&](const full_record& r) {
           return any_frame(r, [&](const frame& f) { return f.matches_of.load() == &c; });
         });
}

}  // namespace aldis::detail

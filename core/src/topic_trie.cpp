// Receivers by topic: how the trie of patterns changes. topic_search.cpp reads it.

#include "topic_trie.hpp"

#include "locked_section.hpp"
#include "reclaim.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "threads.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <utility>

namespace aldis::detail {

namespace {

/// How much is retired before it is checked what can be freed.
constexpr std::uint32_t retire_limit = 64;

constexpr text_view star("*", 1);
constexpr text_view rest(">", 1);

topic_table* make_topic_table(signal_impl& signal, std::uint32_t capacity) {
  const std::size_t size = sizeof(topic_table) + (capacity - 1) * sizeof(topic_entry);
  auto* const table = ::new (::operator new(size)) topic_table{};
  for (std::uint32_t i = 1; i < capacity; ++i) ::new (table->entries + i) topic_entry{};
  table->owner = &signal;
  table->type = reclaimable::kind::topic_table;
  table->mask = capacity - 1;
  return table;
}

void put(topic_table& table, topic_node& node) noexcept {
  std::uint32_t i = home(table, node.hash);
  while (table.entries[i].node.load_relaxed()) i = (i + 1) & table.mask;
  topic_entry& entry = table.entries[i];
  if (entry.hash.load_relaxed() == 0) ++table.used;
  // The entry may be one that was removed. A search that reads the new hash with no node, or the
  // old hash with the new node, does not find what is just being added, which is correct.
  entry.hash.store_release(node.hash);
  entry.node.store_release(&node);
}

void rebuild(signal_impl& signal, topic_trie& trie, std::uint32_t capacity) {
  topic_table& fresh = *make_topic_table(signal, capacity);
  topic_table* const old = trie.table.load_relaxed();
  if (old) {
    for (std::uint32_t i = 0; i <= old->mask; ++i) {
      if (topic_node* const node = old->entries[i].node.load_relaxed()) put(fresh, *node);
    }
  }
  trie.table.store(&fresh);
  if (old) retire_in_trie(signal, *old);
}

std::uint32_t capacity_for(std::uint32_t nodes) noexcept {
  return std::bit_ceil(std::max<std::uint32_t>(16, nodes + nodes / 2));
}

void make_room(signal_impl& signal, topic_trie& trie) {
  const topic_table& table = *trie.table.load_relaxed();
  if ((table.used + 1) * std::uint64_t{4} > (table.mask + std::uint64_t{1}) * 3) {
    rebuild(signal, trie, capacity_for(trie.nodes + 1));
  }
}

topic_node* make_node(signal_impl& signal, topic_node* parent, text_view token) {
  auto* const node = ::new (::operator new(sizeof(topic_node) + token.size)) topic_node{};
  node->owner = &signal;
  node->type = reclaimable::kind::topic_node;
  node->parent = parent;
  node->size = static_cast<std::uint32_t>(token.size);
  std::memcpy(node->characters(), token.data, token.size);
  return node;
}

topic_node* find_node(const topic_trie& trie, topic_node& parent, text_view token) noexcept {
  if (token == star) return parent.star.load_relaxed();
  return find_child(*trie.table.load_relaxed(), parent, hash_of_child(parent, hash_of_token(token)),
                    token);
}

topic_node& add_node(signal_impl& signal, topic_trie& trie, topic_node& parent, text_view token) {
  const bool named = !(token == star);
  if (named) make_room(signal, trie);
  topic_node& node = *make_node(signal, &parent, token);
  ++parent.uses;
  if (named) {
    node.hash = hash_of_child(parent, hash_of_token(token));
    put(*trie.table.load_relaxed(), node);
    ++trie.nodes;
  } else {
    parent.star.store_release(&node);
  }
  return node;
}

void remove_node(topic_trie& trie, topic_node& node) noexcept {
  --node.parent->uses;
  if (node.hash == 0) {
    node.parent->star.store(nullptr);
    return;
  }
  --trie.nodes;
  const topic_table& table = *trie.table.load_relaxed();
  std::uint32_t i = home(table, node.hash);
  while (table.entries[i].node.load_relaxed() != &node) i = (i + 1) & table.mask;
  trie.table.load_relaxed()->entries[i].node.store(nullptr);
}

/// Removes nodes that lead to no pattern any more, from `from` towards the root.
void prune(signal_impl& signal, topic_trie& trie, topic_node* from) noexcept {
  for (topic_node* node = from; node != trie.root && node->uses == 0;) {
    topic_node* const parent = node->parent;
    remove_node(trie, *node);
    retire_in_trie(signal, *node);
    node = parent;
  }
  const topic_table& table = *trie.table.load_relaxed();
  if (table.mask < 64 || trie.nodes >= table.mask / 8) return;
  try {
    rebuild(signal, trie, capacity_for(trie.nodes));
  } catch (const std::bad_alloc&) {
    // The table stays larger than needed.
  }
}

topic_trie& get_or_make_trie(signal_impl& signal) {
  if (topic_trie* const known = signal.trie.load_relaxed()) return *known;
  auto made = std::make_unique<topic_trie>();
  std::unique_ptr<topic_table> table(make_topic_table(signal, 16));
  made->root = make_node(signal, nullptr, text_view());
  made->table.store(table.release());
  signal.trie.store(made.get());
  return *made.release();
}

/// Where a pattern's tokens lead.
struct path {
  topic_node* node;       ///< null: nowhere
  bool has_tail = false;  ///< the pattern ends with `>`, for which there is no node
};

/// `on_missing` is called for a node that there is not; it may make one, or return null.
template <class OnMissing>
path follow(const topic_trie& trie, text_view text, const OnMissing& on_missing) {
  path result{trie.root};
  for (token_iterator tokens(text); tokens.more();) {
    const text_view token = tokens.next();
    if (token == rest && !tokens.more()) {
      result.has_tail = true;
      break;
    }
    topic_node* const next = find_node(trie, *result.node, token);
    result.node = next ? next : on_missing(*result.node, token);
    if (!result.node) break;
  }
  return result;
}

atomic<pattern_group*>& group_at(const path& end) noexcept {
  return end.has_tail ? end.node->tail : end.node->exact;
}

/// Whether a send is reading the trie that began in an earlier epoch.
bool is_read_before(const signal_impl& signal, std::uint64_t epoch) noexcept {
  return any_record(*signal.domain, [&](const thread_record_impl& thread) {
    return any_frame(thread, [&](const send_frame& frame) {
      // `reading` first: `matches_of` is stored before it.
      const std::uint64_t began = frame.reading.load();
      return began != 0 && began < epoch && frame.matches_of.load() == &signal;
    });
  });
}

/// Whether a call is running, or about to, that was made for this group.
bool is_matched(const signal_impl& signal, const reclaimable& retired) noexcept {
  return any_record(*signal.domain, [&](const thread_record_impl& thread) {
    return any_frame(thread,
                     [&](const send_frame& frame) { return frame.matched.load() == &retired; });
  });
}

void add_retired(topic_trie& trie, reclaimable& retired) noexcept {
  retired.next_retired = trie.fresh;
  trie.fresh = &retired;
}

void free_unmatched(signal_impl& signal, topic_trie& trie, reclaimable* list) noexcept {
  while (list) {
    reclaimable* const retired = list;
    list = retired->next_retired;
    // While a call that was made for this pattern is running, a disconnect may wait for it.
    if (retired->type == reclaimable::kind::pattern_group && is_matched(signal, *retired)) {
      add_retired(trie, *retired);
    } else {
      free_retired(retired);
    }
  }
}

void reclaim_trie(signal_impl& signal, topic_trie& trie) noexcept {
  trie.retired_count = 0;
  if (is_quiescent(signal)) {
    free_unmatched(signal, trie, std::exchange(trie.stale, nullptr));
    free_unmatched(signal, trie, std::exchange(trie.fresh, nullptr));
    return;
  }
  std::uint64_t epoch = trie.epoch.load_relaxed();
  if (trie.stale && is_read_before(signal, epoch)) return;
  reclaimable* list = std::exchange(trie.stale, nullptr);
  trie.stale = std::exchange(trie.fresh, nullptr);
  free_unmatched(signal, trie, list);
  trie.epoch.store(++epoch);
  synchronize(signal);
  if (is_read_before(signal, epoch)) return;
  free_unmatched(signal, trie, std::exchange(trie.stale, nullptr));
}

}  // namespace

subscriber_group& pattern_group_for(locked_section& section, text_view text) {
  signal_impl& signal = section.signal();
  topic_trie& trie = get_or_make_trie(signal);
  topic_node* deepest = trie.root;
  try {
    const path end = follow(trie, text, [&](topic_node& parent, text_view token) {
      deepest = &parent;
      return deepest = &add_node(signal, trie, parent, token);
    });
    if (pattern_group* const known = group_at(end).load_relaxed()) return *known;
    deepest = end.node;
    auto made = std::make_unique<pattern_group>();
    made->owner = &signal;
    made->type = reclaimable::kind::pattern_group;
    made->node = end.node;
    made->hash = hash_of_token(text);
    made->has_tail = end.has_tail;
    made->list.store(make_slot_list(signal, made.get(), 1));
    ++end.node->uses;
    // Release: a send that finds the group sees it filled.
    group_at(end).store_release(made.get());
    if ((signal.slow_path_reasons.load_relaxed() & slow_path_selective) == 0)
      add_slow_path(signal, slow_path_selective);
    return *made.release();
  } catch (...) {
    prune(signal, trie, deepest);
    throw;
  }
}

bool has_patterns(const signal_impl& signal) noexcept {
  const topic_trie* const trie = signal.trie.load_relaxed();
  return trie && trie->root->uses != 0;
}

subscriber_group* find_pattern_group(signal_impl& signal, text_view text) {
  const topic_trie* const trie = signal.trie.load_relaxed();
  if (!trie) return nullptr;
  const path end =
      follow(*trie, text, [](topic_node&, text_view) -> topic_node* { return nullptr; });
  return end.node ? group_at(end).load_relaxed() : nullptr;
}

std::vector<const subscriber_group*> pattern_groups_of(signal_impl& signal, text_view text) {
  std::vector<const subscriber_group*> found;
  const topic_trie* const trie = signal.trie.load_relaxed();
  if (!trie) return found;
  if (const subscriber_group* const group = find_pattern_group(signal, text))
    found.push_back(group);
  // The pattern may have been removed and added again. No new calls are made for its former groups,
  // so only those are of interest for which a call is running.
  const std::uint64_t hash = hash_of_token(text);
  for (const reclaimable* list : {trie->fresh, trie->stale}) {
    for (const reclaimable* retired = list; retired; retired = retired->next_retired) {
      if (retired->type != reclaimable::kind::pattern_group) continue;
      const auto* const old = static_cast<const pattern_group*>(retired);
      if (old->hash == hash && is_matched(signal, *old)) found.push_back(old);
    }
  }
  return found;
}

std::string pattern_text(const subscriber_group& of_pattern) {
  const auto& group = static_cast<const pattern_group&>(of_pattern);
  std::vector<text_view> parts;
  if (group.has_tail) parts.push_back(rest);
  for (const topic_node* node = group.node; node->parent; node = node->parent)
    parts.push_back(node->token());
  std::string result;
  for (std::size_t i = parts.size(); i-- > 0;) {
    result.append(parts[i].data, parts[i].size);
    if (i != 0) result += '.';
  }
  return result;
}

void retire_pattern_group(signal_impl& signal, subscriber_group& of_pattern) noexcept {
  auto& group = static_cast<pattern_group&>(of_pattern);
  topic_node* const node = group.node;
  (group.has_tail ? node->tail : node->exact).store(nullptr);
  --node->uses;
  slot_list* const list = group.list.exchange(nullptr);
  retire(signal, list);
  retire(signal, &group);
  prune(signal, *signal.trie.load_relaxed(), node);
}

void invalidate_matches(signal_impl& signal, receiver_slot& slot) noexcept {
  topic_trie& trie = *signal.trie.load_relaxed();
  const std::uint64_t count = trie.unsubscribed.load_relaxed() + 1;
  // In this order: a send that sees the trie's count also sees the receiver's.
  slot.metadata->options->unsubscribed.store(count);
  trie.unsubscribed.store(count);
}

bool belongs_to_trie(const reclaimable& retired) noexcept {
  switch (retired.type) {
    case reclaimable::kind::slot_list: {
      const subscriber_group* const group = static_cast<const slot_list&>(retired).group;
      return group && group->type == reclaimable::kind::pattern_group;
    }
    case reclaimable::kind::pattern_group:
    case reclaimable::kind::topic_node:
    case reclaimable::kind::topic_table:
      return true;
    case reclaimable::kind::sender_group:
    case reclaimable::kind::sender_index:
      return false;
  }
  return false;
}

void retire_in_trie(signal_impl& signal, reclaimable& retired) noexcept {
  topic_trie& trie = *signal.trie.load_relaxed();
  add_retired(trie, retired);
  if (++trie.retired_count >= retire_limit || is_quiescent(signal)) reclaim_trie(signal, trie);
}

void free_trie_block(reclaimable* retired) noexcept {
  switch (retired->type) {
    case reclaimable::kind::pattern_group:
      delete static_cast<pattern_group*>(retired);
      break;
    case reclaimable::kind::topic_node:
      ::operator delete(static_cast<topic_node*>(retired));
      break;
    case reclaimable::kind::topic_table:
      ::operator delete(static_cast<topic_table*>(retired));
      break;
    default:
      break;
  }
}

void free_retired_in_trie(signal_impl& signal) noexcept {
  topic_trie* const trie = signal.trie.load_relaxed();
  if (!trie) return;
  for (reclaimable* list :
       {std::exchange(trie->stale, nullptr), std::exchange(trie->fresh, nullptr)}) {
    while (list) {
      reclaimable* const after = list->next_retired;
      free_retired(list);
      list = after;
    }
  }
  trie->retired_count = 0;
}

void delete_trie(topic_trie* trie) noexcept {
  if (!trie) return;
  // All patterns have gone with their receivers; what was retired has been freed before.
  free_trie_block(trie->root);
  free_trie_block(trie->table.load_relaxed());
  delete trie;
}

bool has_remembered_matches(const signal_impl& signal) noexcept {
  return signal.trie.load_relaxed() &&
         any_record(*signal.domain, [&](const thread_record_impl& thread) {
           return any_frame(
               thread, [&](const send_frame& frame) { return frame.matches_of.load() == &signal; });
         });
}

}  // namespace aldis::detail

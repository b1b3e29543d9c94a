// Receivers by topic: how the trie of patterns changes. topic_search.cpp reads it.

#include "topic_trie.hpp"

#include "library_state.hpp"
#include "locked_section.hpp"
#include "reclaim.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "slot_list.hpp"

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

/// Exceptions: std::bad_alloc.
void rebuild(signal_impl& signal, topic_trie& trie, std::uint32_t more) {
  topic_table* const old = trie.table.load_relaxed();
  trie.table.store(&topic_table::copy(old, more));
  if (old) retire_in_trie(signal, *old);
}

topic_node* make_node(topic_node* parent, text_view token) {
  auto* const node = ::new (::operator new(sizeof(topic_node) + token.size)) topic_node{};
  node->kind = plain_memory;
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
  if (named && trie.table.load_relaxed()->is_full()) rebuild(signal, trie, 1);
  topic_node& node = *make_node(&parent, token);
  ++parent.uses;
  if (named) {
    node.hash = hash_of_child(parent, hash_of_token(token));
    trie.table.load_relaxed()->insert(node.hash, node);
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
  trie.table.load_relaxed()->erase(node.hash, node);
}

/// Removes nodes that lead to no pattern any more, from `from` towards the root.
void prune(signal_impl& signal, topic_trie& trie, topic_node* from) noexcept {
  for (topic_node* node = from; node != trie.root && node->uses == 0;) {
    topic_node* const parent = node->parent;
    remove_node(trie, *node);
    retire_in_trie(signal, *node);
    node = parent;
  }
  if (!trie.table.load_relaxed()->is_sparse()) return;
  try {
    rebuild(signal, trie, 0);
  } catch (const std::bad_alloc&) {
    // The table stays larger than needed.
  }
}

topic_trie& get_or_make_trie(signal_impl& signal) {
  if (topic_trie* const known = signal.trie.load_relaxed()) return *known;
  auto made = std::make_unique<topic_trie>();
  made->root = make_node(nullptr, text_view());
  try {
    rebuild(signal, *made, 0);
  } catch (...) {
    dispose(*made->root);
    throw;
  }
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

void reclaim_trie(signal_impl& signal, topic_trie& trie) noexcept {
  trie.retired_count = 0;
  if (is_quiescent(signal)) {
    trie.reclamation.free_all(*signal.registry);
  } else {
    trie.reclamation.reclaim(*signal.registry, [&] { synchronize(signal); });
  }
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
    made->kind = group_of_pattern;
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
  const auto add_if_running = [&](const reclaimable& retired) {
    if (retired.kind != group_of_pattern && retired.kind != unreachable_pattern) return false;
    const auto& old = static_cast<const pattern_group&>(retired);
    if (old.hash == hash && is_protected(*signal.registry, &old)) found.push_back(&old);
    return false;
  };
  trie->reclamation.any_retired(add_if_running);
  for (const reclaimable& each : signal.writer.retired()) add_if_running(each);
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
  retire_in_trie(signal, *list);
  retire_in_trie(signal, group);
  prune(signal, *signal.trie.load_relaxed(), node);
}

void invalidate_matches(signal_impl& signal, receiver_slot& slot) noexcept {
  topic_trie& trie = *signal.trie.load_relaxed();
  const std::uint64_t count = trie.unsubscribed.load_relaxed() + 1;
  // In this order: a send that sees the trie's count also sees the receiver's.
  slot.metadata->options->unsubscribed.store(count);
  trie.unsubscribed.store(count);
}

void retire_in_trie(signal_impl& signal, reclaimable& retired) noexcept {
  topic_trie& trie = *signal.trie.load_relaxed();
  trie.reclamation.retire(retired);
  if (++trie.retired_count >= retire_limit || is_quiescent(signal)) reclaim_trie(signal, trie);
}

void free_retired_in_trie(signal_impl& signal) noexcept {
  if (topic_trie* const trie = signal.trie.load_relaxed()) {
    trie->reclamation.free_all(*signal.registry);
    trie->retired_count = 0;
  }
}

void delete_trie(topic_trie* trie) noexcept {
  if (!trie) return;
  // All patterns have gone with their receivers; what was retired has been freed before.
  dispose(*trie->root);
  dispose(*trie->table.load_relaxed());
  delete trie;
}

bool has_remembered_matches(const signal_impl& signal) noexcept {
  return signal.trie.load_relaxed() && is_protected(*signal.registry, &signal);
}

}  // namespace aldis::detail

// Receivers by topic: patterns come and go under the mutex, sends search them without.

#include "topics.hpp"

#include <aldis/topic.hpp>

#include "locked_section.hpp"
#include "reclaim.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "slow_send.hpp"
#include "threads.hpp"

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

topic_table* make_topic_table(signal_impl& signal, std::uint32_t capacity) {
  const std::size_t size = sizeof(topic_table) + (capacity - 1) * sizeof(topic_entry);
  auto* const table = ::new (::operator new(size)) topic_table{};
  for (std::uint32_t i = 1; i < capacity; ++i) ::new (table->entries + i) topic_entry{};
  table->owner = &signal;
  table->what = block::kind::topic_table;
  table->mask = capacity - 1;
  return table;
}

void put(topic_table& table, topic_node& node) noexcept {
  std::uint32_t i = home(table, node.hash);
  while (table.entries[i].found.load_relaxed()) i = (i + 1) & table.mask;
  topic_entry& entry = table.entries[i];
  if (entry.hash.load_relaxed() == 0) ++table.used;
  // A removed one is used again: who reads the new hash with no node, or the other way round, does
  // not find what is just being put in, which is right.
  entry.hash.store_release(node.hash);
  entry.found.store_release(&node);
}

void rebuild(signal_impl& signal, topics& all, std::uint32_t capacity) {
  topic_table& fresh = *make_topic_table(signal, capacity);
  topic_table* const old = all.table.load_relaxed();
  if (old) {
    for (std::uint32_t i = 0; i <= old->mask; ++i) {
      if (topic_node* const node = old->entries[i].found.load_relaxed()) put(fresh, *node);
    }
  }
  all.table.store(&fresh);
  if (old) retire_topic_block(signal, *old);
}

std::uint32_t capacity_for(std::uint32_t nodes) noexcept {
  return std::bit_ceil(std::max<std::uint32_t>(16, nodes + nodes / 2));
}

void make_room(signal_impl& signal, topics& all) {
  const topic_table& table = *all.table.load_relaxed();
  if ((table.used + 1) * std::uint64_t{4} > (table.mask + std::uint64_t{1}) * 3) {
    rebuild(signal, all, capacity_for(all.nodes + 1));
  }
}

topic_node* make_node(signal_impl& signal, topic_node* parent, text_view token) {
  auto* const node = ::new (::operator new(sizeof(topic_node) + token.size)) topic_node{};
  node->owner = &signal;
  node->what = block::kind::topic_node;
  node->parent = parent;
  node->size = static_cast<std::uint32_t>(token.size);
  std::memcpy(node->characters(), token.data, token.size);
  return node;
}

topic_node* find_node(const topics& all, topic_node& parent, text_view token) noexcept {
  if (token == star) return parent.any.load_relaxed();
  return child(*all.table.load_relaxed(), parent, hash_of_child(parent, hash_of_token(token)),
               token);
}

topic_node& add_node(signal_impl& signal, topics& all, topic_node& parent, text_view token) {
  const bool named = !(token == star);
  if (named) make_room(signal, all);
  topic_node& node = *make_node(signal, &parent, token);
  ++parent.uses;
  if (named) {
    node.hash = hash_of_child(parent, hash_of_token(token));
    put(*all.table.load_relaxed(), node);
    ++all.nodes;
  } else {
    parent.any.store_release(&node);
  }
  return node;
}

void remove_node(topics& all, topic_node& node) noexcept {
  --node.parent->uses;
  if (node.hash == 0) {
    node.parent->any.store(nullptr);
    return;
  }
  --all.nodes;
  const topic_table& table = *all.table.load_relaxed();
  std::uint32_t i = home(table, node.hash);
  while (table.entries[i].found.load_relaxed() != &node) i = (i + 1) & table.mask;
  all.table.load_relaxed()->entries[i].found.store(nullptr);
}

/// Takes away what leads to no pattern any more, from there up.
void prune(signal_impl& signal, topics& all, topic_node* from) noexcept {
  for (topic_node* node = from; node != all.root && node->uses == 0;) {
    topic_node* const parent = node->parent;
    remove_node(all, *node);
    retire_topic_block(signal, *node);
    node = parent;
  }
  const topic_table& table = *all.table.load_relaxed();
  if (table.mask < 64 || all.nodes >= table.mask / 8) return;
  try {
    rebuild(signal, all, capacity_for(all.nodes));
  } catch (const std::bad_alloc&) {
    // Too large is all it is then.
  }
}

topics& made_topics(signal_impl& signal) {
  if (topics* const known = signal.patterns.load_relaxed()) return *known;
  auto made = std::make_unique<topics>();
  std::unique_ptr<topic_table> table(make_topic_table(signal, 16));
  made->root = make_node(signal, nullptr, text_view());
  made->table.store(table.release());
  signal.patterns.store(made.get());
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

bool read_before(const signal_impl& signal, std::uint64_t epoch) noexcept {
  return any_record(*signal.home, [&](const thread_record_impl& thread) {
    return any_frame(thread, [&](const send_frame& frame) {
      // `reading` first: the signal was published before it.
      const std::uint64_t began = frame.reading.load();
      return began != 0 && began < epoch && frame.matches_of.load() == &signal;
    });
  });
}

bool is_matched(const signal_impl& signal, const block& retired) noexcept {
  return any_record(*signal.home, [&](const thread_record_impl& thread) {
    return any_frame(thread,
                     [&](const send_frame& frame) { return frame.matched.load() == &retired; });
  });
}

void keep_retired(topics& all, block& retired) noexcept {
  retired.next_retired = all.fresh;
  all.fresh = &retired;
}

void free_list(signal_impl& signal, topics& all, block* list) noexcept {
  while (list) {
    block* const retired = list;
    list = retired->next_retired;
    // A running call may have been made for this pattern, and a disconnect ask for it.
    if (retired->what == block::kind::pattern && is_matched(signal, *retired)) {
      keep_retired(all, *retired);
    } else {
      free_block(retired);
    }
  }
}

void reclaim_topics(signal_impl& signal, topics& all) noexcept {
  all.waiting = 0;
  if (is_quiescent(signal)) {
    free_list(signal, all, std::exchange(all.stale, nullptr));
    free_list(signal, all, std::exchange(all.fresh, nullptr));
    return;
  }
  std::uint64_t epoch = all.epoch.load_relaxed();
  if (all.stale && read_before(signal, epoch)) return;
  block* list = std::exchange(all.stale, nullptr);
  all.stale = std::exchange(all.fresh, nullptr);
  free_list(signal, all, list);
  all.epoch.store(++epoch);
  synchronize(signal);
  if (read_before(signal, epoch)) return;
  free_list(signal, all, std::exchange(all.stale, nullptr));
}

}  // namespace

subscriber_group& pattern_group_for(locked_section& section, text_view text) {
  signal_impl& signal = section.signal();
  topics& all = made_topics(signal);
  topic_node* deepest = all.root;
  try {
    const path at = follow(all, text, [&](topic_node& parent, text_view token) {
      deepest = &parent;
      return deepest = &add_node(signal, all, parent, token);
    });
    if (pattern* const known = end_of(at).load_relaxed()) return *known;
    deepest = at.node;
    auto made = std::make_unique<pattern>();
    made->owner = &signal;
    made->what = block::kind::pattern;
    made->node = at.node;
    made->hash = hash_of_token(text);
    made->rest = at.rest;
    made->list.store(make_slot_list(signal, made.get(), 1));
    ++at.node->uses;
    end_of(at).store_release(made.get());
    if ((signal.slow_path.load_relaxed() & slow_path_selective) == 0)
      add_slow_path(signal, slow_path_selective);
    return *made.release();
  } catch (...) {
    prune(signal, all, deepest);
    throw;
  }
}

bool has_patterns(const signal_impl& signal) noexcept {
  const topics* const all = signal.patterns.load_relaxed();
  return all && all->root->uses != 0;
}

subscriber_group* find_pattern_group(signal_impl& signal, text_view text) {
  const topics* const all = signal.patterns.load_relaxed();
  if (!all) return nullptr;
  const path at = follow(*all, text, [](topic_node&, text_view) -> topic_node* { return nullptr; });
  return at.node ? end_of(at).load_relaxed() : nullptr;
}

std::vector<const subscriber_group*> patterns_of(signal_impl& signal, text_view text) {
  std::vector<const subscriber_group*> found;
  const topics* const all = signal.patterns.load_relaxed();
  if (!all) return found;
  if (const subscriber_group* const now = find_pattern_group(signal, text)) found.push_back(now);
  // Those it had before: a pattern may have ended and been made again. No new call is made for
  // them, so only those count that a running call is published for.
  const std::uint64_t hash = hash_of_token(text);
  for (const block* list : {all->fresh, all->stale}) {
    for (const block* retired = list; retired; retired = retired->next_retired) {
      if (retired->what != block::kind::pattern) continue;
      const auto* const old = static_cast<const pattern*>(retired);
      if (old->hash == hash && is_matched(signal, *old)) found.push_back(old);
    }
  }
  return found;
}

std::string pattern_text(const subscriber_group& of) {
  const auto& ends = static_cast<const pattern&>(of);
  std::vector<text_view> parts;
  if (ends.rest) parts.push_back(tail);
  for (const topic_node* node = ends.node; node->parent; node = node->parent)
    parts.push_back(node->token());
  std::string result;
  for (std::size_t i = parts.size(); i-- > 0;) {
    result.append(parts[i].data, parts[i].size);
    if (i != 0) result += '.';
  }
  return result;
}

void retire_pattern_group(signal_impl& signal, subscriber_group& which) noexcept {
  auto& gone = static_cast<pattern&>(which);
  topic_node* const node = gone.node;
  (gone.rest ? node->rest : node->here).store(nullptr);
  --node->uses;
  slot_list* const list = gone.list.exchange(nullptr);
  retire(signal, list);
  retire(signal, &gone);
  prune(signal, *signal.patterns.load_relaxed(), node);
}

void forget_matches(signal_impl& signal, receiver_slot& slot) noexcept {
  topics& all = *signal.patterns.load_relaxed();
  const std::uint64_t count = all.unsubscribed.load_relaxed() + 1;
  // In this order: who sees the second also sees the first.
  slot.metadata->options->unsubscribed.store(count);
  all.unsubscribed.store(count);
}

bool of_patterns(const block& retired) noexcept {
  switch (retired.what) {
    case block::kind::slot_list: {
      const subscriber_group* const of = static_cast<const slot_list&>(retired).group;
      return of && of->what == block::kind::pattern;
    }
    case block::kind::pattern:
    case block::kind::topic_node:
    case block::kind::topic_table:
      return true;
    case block::kind::subscriber_group:
    case block::kind::table:
      return false;
  }
  return false;
}

void retire_topic_block(signal_impl& signal, block& retired) noexcept {
  topics& all = *signal.patterns.load_relaxed();
  keep_retired(all, retired);
  if (++all.waiting >= often || is_quiescent(signal)) reclaim_topics(signal, all);
}

void free_topic_block(block* retired) noexcept {
  switch (retired->what) {
    case block::kind::pattern:
      delete static_cast<pattern*>(retired);
      break;
    case block::kind::topic_node:
      ::operator delete(static_cast<topic_node*>(retired));
      break;
    case block::kind::topic_table:
      ::operator delete(static_cast<topic_table*>(retired));
      break;
    default:
      break;
  }
}

void empty_topics(signal_impl& signal) noexcept {
  topics* const all = signal.patterns.load_relaxed();
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
  // Its receivers are gone, and so are all patterns; what they left was freed before the signal.
  free_topic_block(all->root);
  free_topic_block(all->table.load_relaxed());
  delete all;
}

bool remembered(const signal_impl& signal) noexcept {
  return signal.patterns.load_relaxed() &&
         any_record(*signal.home, [&](const thread_record_impl& thread) {
           return any_frame(
               thread, [&](const send_frame& frame) { return frame.matches_of.load() == &signal; });
         });
}

}  // namespace aldis::detail

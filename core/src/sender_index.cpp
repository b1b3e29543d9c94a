// Receivers by sender: a hash table from senders to slot lists, which sends read without locks.

#include "sender_index.hpp"

#include "connect.hpp"
#include "locked_section.hpp"
#include "reclaim.hpp"
#include "signal_impl.hpp"
#include "slab.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "topic_trie.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace aldis::detail {

namespace {

// Differs from run to run where addresses do, so that colliding senders cannot be prepared.
std::uint64_t hash_seed() noexcept {
  static const char here = 0;
  return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&here));
}

std::uint64_t hash_bytes(const char* data, std::size_t size, std::uint64_t seed) noexcept {
  std::uint64_t h = seed ^ size;
  while (size >= 8) {
    std::uint64_t word;
    std::memcpy(&word, data, 8);
    h = mix(h ^ word, 0x9e3779b97f4a7c15u);
    data += 8;
    size -= 8;
  }
  std::uint64_t word = 0;
  std::memcpy(&word, data, size);
  return mix(h ^ word, 0xa0761d6478bd642fu);
}

sender_index_entry* entry_of_group(sender_index& senders, const sender_group& group) noexcept {
  for (std::uint32_t i = static_cast<std::uint32_t>(group.hash) & senders.mask;;
       i = (i + 1) & senders.mask) {
    if (senders.entries[i].group.load_relaxed() == &group) return &senders.entries[i];
    if (senders.entries[i].hash.load_relaxed() == 0) return nullptr;
  }
}

void put(sender_index& senders, sender_group& group) noexcept {
  std::uint32_t i = static_cast<std::uint32_t>(group.hash) & senders.mask;
  while (senders.entries[i].hash.load_relaxed() != 0) i = (i + 1) & senders.mask;
  // Release: a send that reads the hash sees the group. A search ends at hash 0, so it is written
  // last.
  senders.entries[i].group.store_release(&group);
  senders.entries[i].hash.store_release(group.hash);
  ++senders.used;
}

void make_room(signal_impl& signal) {
  sender_index* const old = signal.senders.load_relaxed();
  if (old && (old->used + 1) * 4 <= (old->mask + 1) * 3) return;
  const std::uint32_t capacity = std::bit_ceil(std::max<std::uint32_t>(8, (signal.groups + 1) * 2));
  sender_index& fresh = *make_sender_index(signal, capacity);
  if (old) {
    for (std::uint32_t i = 0; i <= old->mask; ++i) {
      if (sender_group* const group = old->entries[i].group.load_relaxed()) put(fresh, *group);
    }
  }
  signal.senders.store(&fresh);
  if (!old) return;
  if (is_quiescent(signal)) {
    free_retired(old);
  } else {
    synchronize(signal);
    retire(signal, old);
  }
}

}  // namespace

std::uint64_t hash_of(const key_view& key) noexcept {
  const std::uint64_t kind = static_cast<std::uint64_t>(key.type) * 0xe7037ed1a0b428dbu;
  std::uint64_t h = mix(key.bits ^ hash_seed(), kind ^ 0x8ebc6af09c88c6e3u);
  if (key.text && key.size != 0) h = hash_bytes(key.text, key.size, h);
  if (key.type == key_view::kind::long_floating) h = mix(h ^ key.size, 0xa0761d6478bd642fu);
  return h == 0 ? 1 : h;
}

std::uint64_t hash_of_token(text_view token) noexcept {
  return hash_bytes(token.data, token.size, hash_seed());
}

bool equal(const key_view& a, const key_view& b) noexcept {
  if (a.type == key_view::kind::floating && std::isnan(std::bit_cast<double>(a.bits))) return false;
  return a.type == b.type && a.bits == b.bits && a.size == b.size &&
         (!a.text || a.size == 0 || std::memcmp(a.text, b.text, a.size) == 0);
}

sender_index* make_sender_index(signal_impl& signal, std::uint32_t capacity) {
  const std::size_t size = sizeof(sender_index) + (capacity - 1) * sizeof(sender_index_entry);
  auto* const senders = ::new (::operator new(size)) sender_index{};
  for (std::uint32_t i = 1; i < capacity; ++i) ::new (senders->entries + i) sender_index_entry{};
  senders->owner = &signal;
  senders->type = reclaimable::kind::sender_index;
  senders->mask = capacity - 1;
  return senders;
}

sender_group* find_sender_group(signal_impl& signal, const key_view& key) {
  sender_index* const senders = signal.senders.load_relaxed();
  if (!senders) return nullptr;
  const std::uint64_t hash = hash_of(key);
  for (std::uint32_t i = static_cast<std::uint32_t>(hash) & senders->mask;;
       i = (i + 1) & senders->mask) {
    const std::uint64_t there = senders->entries[i].hash.load_relaxed();
    if (there == 0) return nullptr;
    sender_group* const group = senders->entries[i].group.load_relaxed();
    if (there == hash && group && equal(group->key, key)) return group;
  }
}

sender_group& sender_group_for(locked_section& section, sender_filter& filter) {
  signal_impl& signal = section.signal();
  const bool tracked = filter.lifetime != nullptr;
  if (sender_group* const known = find_sender_group(signal, filter.key)) {
    if (const any_weak_pointer* const lifetime = known->lifetime.load_relaxed();
        lifetime && lifetime->expired()) {
      // The group is of an object that was at this address before.
      remove_group(section, *known);
    } else {
      if (!lifetime && tracked) {
        known->lifetime.store_release(std::exchange(filter.lifetime, nullptr));
        ++signal.weak;
      }
      return *known;
    }
  }
  make_room(signal);
  auto made = std::make_unique<sender_group>();
  made->owner = &signal;
  made->type = reclaimable::kind::sender_group;
  made->list.store(make_slot_list(signal, made.get(), 2));
  made->key = filter.key;
  made->characters = std::move(filter.characters);
  if (filter.key.text) made->key.text = made->characters.view().data;
  made->hash = hash_of(filter.key);
  if (tracked) {
    made->lifetime.store(std::exchange(filter.lifetime, nullptr));
    ++signal.weak;
  }
  if (signal.groups++ == 0) add_slow_path(signal, slow_path_selective);
  put(*signal.senders.load_relaxed(), *made);
  return *made.release();
}

void remove_group(locked_section& section, sender_group& group) {
  // The receivers first: each loses its subscription, and is disconnected if that was its last.
  const slot_list& list = *group.list.load_relaxed();
  const std::uint32_t count = list.count.load_relaxed();
  std::vector<receiver_slot*> receivers;
  for (std::uint32_t i = 0; i < count; ++i) {
    receiver_slot* const slot = list.entries[i].load_relaxed();
    if (!is_removed(slot) && slot->metadata->alive.load_relaxed())
      receivers.push_back(refer(*slot));
  }
  ++group.live;  // or the last removal would retire it
  for (receiver_slot* const slot : receivers) {
    auto& subscriptions = slot->metadata->options->subscriptions;
    for (std::size_t i = subscriptions.size(); i-- > 0;) {
      if (subscriptions[i].group != &group) continue;
      if (!remove_subscription(section, *slot, i)) section.disconnect(*slot, notification::none);
      break;
    }
    release_locked(*slot);
  }
  --group.live;
  retire_group(section, group);
  end_selection(section.signal());
}

void retire_group(locked_section& section, subscriber_group& empty_group) noexcept {
  signal_impl& signal = section.signal();
  if (empty_group.type == reclaimable::kind::pattern_group)
    return retire_pattern_group(signal, empty_group);
  auto& group = static_cast<sender_group&>(empty_group);
  if (sender_index_entry* const entry = entry_of_group(*signal.senders.load_relaxed(), group))
    entry->group.store(nullptr);
  --signal.groups;
  if (group.lifetime.load_relaxed()) --signal.weak;
  slot_list* const list = group.list.exchange(nullptr);
  if (!is_quiescent(signal)) synchronize(signal);
  retire(signal, list);
  retire(signal, &group);
}

void end_selection(signal_impl& signal) noexcept {
  if (signal.groups != 0 || has_patterns(signal) ||
      (signal.slow_path_reasons.load_relaxed() & slow_path_selective) == 0)
    return;
  try {
    // The fast path does not check for entries that are marked removed.
    compact(signal, signal.unfiltered, 0);
    remove_slow_path(signal, slow_path_selective);
  } catch (const std::bad_alloc&) {
    // Sends stay on the slow path, which is correct as well.
  }
}

}  // namespace aldis::detail

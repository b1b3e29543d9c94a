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
#include <pthread.h>

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

void make_room(signal_impl& signal) {
  sender_index* const old = signal.senders.load_relaxed();
  if (old && !old->is_full()) return;
  signal.senders.store(&sender_index::copy(old, 1));
  if (!old) return;
  if (is_quiescent(signal)) {
    dispose(*old);
  } else {
    synchronize(signal);
    signal.writer.retire(*old);
  }
}

}  // namespace

// An address in the C library, because copies of this library that use the same signal must agree.
std::uint64_t hash_seed() noexcept {
  return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&pthread_key_create));
}

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

sender_group* find_sender_group(const signal_impl& signal, const key_view& key) {
  const sender_index* const senders = signal.senders.load_relaxed();
  if (!senders) return nullptr;
  return senders->find(hash_of(key),
                       [&](const sender_group& group) { return equal(group.key, key); });
}

std::vector<const subscriber_group*> sender_groups_of(const signal_impl& signal,
                                                      const key_view& key) {
  std::vector<const subscriber_group*> found;
  if (const subscriber_group* const group = find_sender_group(signal, key)) found.push_back(group);
  for (const reclaimable& each : signal.writer.retired()) {
    if (each.kind != group_of_sender) continue;
    const auto& old = static_cast<const sender_group&>(each);
    if (equal(old.key, key)) found.push_back(&old);
  }
  return found;
}

sender_group& sender_group_for(locked_section& section, sender_filter& filter) {
  signal_impl& signal = section.signal();
  const bool tracked = filter.lifetime != nullptr;
  if (sender_group* const known = find_sender_group(signal, filter.key)) {
    if (is_expired(known)) {
      // The group is of an object that was at this address before.
      remove_group(section, *known);
    } else {
      if (!known->lifetime.load_relaxed() && tracked) {
        known->lifetime.store_release(std::exchange(filter.lifetime, nullptr));
        ++signal.weak;
      }
      return *known;
    }
  }
  make_room(signal);
  auto made = std::make_unique<sender_group>();
  made->owner = &signal;
  made->kind = group_of_sender;
  made->list.store(make_slot_list(signal, made.get(), 2));
  made->key = filter.key;
  made->characters = std::move(filter.characters);
  if (filter.key.text) made->key.text = made->characters.view().data;
  made->hash = hash_of(filter.key);
  if (tracked) {
    made->lifetime.store(std::exchange(filter.lifetime, nullptr));
    ++signal.weak;
  }
  sender_index& senders = *signal.senders.load_relaxed();
  if (senders.live == 0) add_slow_path(signal, slow_path_selective);
  senders.insert(made->hash, *made);
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
  if (empty_group.of_pattern()) return retire_pattern_group(signal, empty_group);
  auto& group = static_cast<sender_group&>(empty_group);
  signal.senders.load_relaxed()->erase(group.hash, group);
  if (group.lifetime.load_relaxed()) --signal.weak;
  slot_list* const list = group.list.exchange(nullptr);
  if (!is_quiescent(signal)) synchronize(signal);
  retire(signal, *list);
  signal.writer.retire(group);
}

void end_selection(signal_impl& signal) noexcept {
  const sender_index* const senders = signal.senders.load_relaxed();
  if ((senders && senders->live != 0) || has_patterns(signal) || has_ended(signal) ||
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

// Receivers by sender: a hash table from senders to rosters that sends read without locks.

#include "state.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <new>

namespace aldis::detail {

namespace {

// Differs from run to run where addresses do, so that nobody can prepare colliding senders.
std::uint64_t seed_of_run() noexcept {
  static const char here = 0;
  return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&here));
}

std::uint64_t hash_bytes(const char* data, std::size_t size, std::uint64_t seed) noexcept {
  std::uint64_t h = seed ^ size;
  while (size >= 8) {
    std::uint64_t word;
    std::memcpy(&word, data, 8);
    h = fold(h ^ word, 0x9e3779b97f4a7c15u);
    data += 8;
    size -= 8;
  }
  std::uint64_t word = 0;
  std::memcpy(&word, data, size);
  return fold(h ^ word, 0xa0761d6478bd642fu);
}

selection_slot* slot_of(selection_table& t, const sender_bucket& b) noexcept {
  for (std::uint32_t i = static_cast<std::uint32_t>(b.hash) & t.mask;; i = (i + 1) & t.mask) {
    if (t.slots[i].found.load_relaxed() == &b) return &t.slots[i];
    if (t.slots[i].hash.load_relaxed() == 0) return nullptr;
  }
}

void put(selection_table& t, sender_bucket& b) noexcept {
  std::uint32_t i = static_cast<std::uint32_t>(b.hash) & t.mask;
  while (t.slots[i].hash.load_relaxed() != 0) i = (i + 1) & t.mask;
  // Readers stop at hash 0, so it is written last.
  t.slots[i].found.store_release(&b);
  t.slots[i].hash.store_release(b.hash);
  ++t.used;
}

void make_room(full_core& c) {
  selection_table* const old = c.table.load_relaxed();
  if (old && (old->used + 1) * 4 <= (old->mask + 1) * 3) return;
  const std::uint32_t capacity = std::bit_ceil(std::max<std::uint32_t>(8, (c.buckets + 1) * 2));
  selection_table& fresh = *make_table(c, capacity);
  if (old) {
    for (std::uint32_t i = 0; i <= old->mask; ++i) {
      if (sender_bucket* const b = old->slots[i].found.load_relaxed()) put(fresh, *b);
    }
  }
  c.table.store(&fresh);
  if (!old) return;
  if (quiet(c)) {
    free_block(old);
  } else {
    expose(c);
    retire(c, old);
  }
}

}  // namespace

std::uint64_t hash_of(const key_view& key) noexcept {
  const std::uint64_t kind = static_cast<std::uint64_t>(key.what) * 0xe7037ed1a0b428dbu;
  std::uint64_t h = fold(key.bits ^ seed_of_run(), kind ^ 0x8ebc6af09c88c6e3u);
  if (key.text && key.size != 0) h = hash_bytes(key.text, key.size, h);
  if (key.what == key_view::kind::long_floating) h = fold(h ^ key.size, 0xa0761d6478bd642fu);
  return h == 0 ? 1 : h;
}

std::uint64_t hash_of_token(text_view token) noexcept {
  return hash_bytes(token.data, token.size, seed_of_run());
}

bool equal(const key_view& a, const key_view& b) noexcept {
  if (a.what == key_view::kind::floating && std::isnan(std::bit_cast<double>(a.bits))) return false;
  return a.what == b.what && a.bits == b.bits && a.size == b.size &&
         (!a.text || a.size == 0 || std::memcmp(a.text, b.text, a.size) == 0);
}

selection_table* make_table(full_core& c, std::uint32_t capacity) {
  const std::size_t size = sizeof(selection_table) + (capacity - 1) * sizeof(selection_slot);
  auto* const t = ::new (::operator new(size)) selection_table{};
  for (std::uint32_t i = 1; i < capacity; ++i) ::new (t->slots + i) selection_slot{};
  t->owner = &c;
  t->what = block::kind::table;
  t->mask = capacity - 1;
  return t;
}

sender_bucket* find_bucket(full_core& c, const key_view& key) {
  selection_table* const t = c.table.load_relaxed();
  if (!t) return nullptr;
  const std::uint64_t hash = hash_of(key);
  for (std::uint32_t i = static_cast<std::uint32_t>(hash) & t->mask;; i = (i + 1) & t->mask) {
    const std::uint64_t there = t->slots[i].hash.load_relaxed();
    if (there == 0) return nullptr;
    sender_bucket* const b = t->slots[i].found.load_relaxed();
    if (there == hash && b && equal(b->key, key)) return b;
  }
}

sender_bucket& bucket_for(section& s, sender_choice& choice) {
  full_core& c = s.core();
  const bool tracked = choice.owner != nullptr;
  if (sender_bucket* const known = find_bucket(c, choice.key)) {
    if (const weak_owner* const owner = known->lives_with.load_relaxed();
        owner && owner->expired()) {
      // Another object lived at this address.
      drop_bucket(s, *known);
    } else {
      if (!owner && tracked) {
        known->lives_with.store_release(std::exchange(choice.owner, nullptr));
        ++c.weak;
      }
      return *known;
    }
  }
  make_room(c);
  auto made = std::make_unique<sender_bucket>();
  made->owner = &c;
  made->what = block::kind::bucket;
  made->list.store(make_roster(c, made.get(), 2));
  made->key = choice.key;
  made->characters = std::move(choice.characters);
  if (choice.key.text) made->key.text = made->characters.view().data;
  made->hash = hash_of(choice.key);
  if (tracked) {
    made->lives_with.store(std::exchange(choice.owner, nullptr));
    ++c.weak;
  }
  if (c.buckets++ == 0) add_mode(c, mode_selective);
  put(*c.table.load_relaxed(), *made);
  return *made.release();
}

void drop_bucket(section& s, sender_bucket& b) {
  // The receivers first: each loses its link, and those without another one fall.
  const roster& r = *b.list.load_relaxed();
  const std::uint32_t count = r.count.load_relaxed();
  std::vector<place*> listed;
  for (std::uint32_t i = 0; i < count; ++i) {
    place* const p = r.places[i].load_relaxed();
    if (!is_struck(p) && p->details->alive.load_relaxed()) listed.push_back(refer(*p));
  }
  ++b.live;  // keeps it while its links go
  for (place* const p : listed) {
    auto& links = p->details->extras->links;
    for (std::size_t i = links.size(); i-- > 0;) {
      if (links[i].to != &b) continue;
      if (!remove_link(s, *p, i)) s.fell(*p, false);
      break;
    }
    release_locked(*p);
  }
  --b.live;
  bury_bucket(s, b);
  end_selection(s.core());
}

void bury_bucket(section& s, bucket& which) noexcept {
  full_core& c = s.core();
  if (which.what == block::kind::pattern) return bury_pattern(c, which);
  auto& b = static_cast<sender_bucket&>(which);
  if (selection_slot* const slot = slot_of(*c.table.load_relaxed(), b)) slot->found.store(nullptr);
  --c.buckets;
  if (b.lives_with.load_relaxed()) --c.weak;
  roster* const list = b.list.exchange(nullptr);
  if (!quiet(c)) expose(c);
  retire(c, list);
  retire(c, &b);
}

void end_selection(full_core& c) noexcept {
  if (c.buckets != 0 || has_patterns(c) || (c.mode.load_relaxed() & mode_selective) == 0) return;
  try {
    // The short way knows no struck entries.
    squeeze(c, c.everyone, 0);
    remove_mode(c, mode_selective);
  } catch (const std::bad_alloc&) {
    // The long way is right as well.
  }
}

}  // namespace aldis::detail

#pragma once

// A hash table that may be read without locks.

#include <aldis/reclamation/hazard_pointers.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>

namespace aldis::reclamation {

/// A multimap from hashes, which are not 0, to objects that it does not own. Open addressing with
/// linear probing. May be read without locks while it changes: then it is replaced when it is full.
/// Changed by one thread at a time; only that one reads the members that are not atomic. Its
/// reclaimable::kind is 0; it is freed by ::operator delete.
template <class T>
struct hash_table : reclaimable {
  struct entry {
    atomic<std::uint64_t> hash;  ///< 0: never used
    atomic<T*> value;            ///< null: erased
  };

  std::uint32_t mask = 0;
  std::uint32_t used = 0;  ///< entries that were ever used
  std::uint32_t live = 0;  ///< entries that are not erased
  entry entries[1];

  /// `capacity`: a power of two. Exceptions: std::bad_alloc.
  static hash_table& make(std::uint32_t capacity) {
    const std::size_t size = sizeof(hash_table) + (capacity - 1) * sizeof(entry);
    auto* const made = ::new (::operator new(size)) hash_table{};
    for (std::uint32_t i = 1; i < capacity; ++i) ::new (made->entries + i) entry{};
    made->mask = capacity - 1;
    return *made;
  }

  /// A copy, half full at most, with room for `more` entries. Exceptions: std::bad_alloc.
  static hash_table& copy(const hash_table* from, std::uint32_t more) {
    const std::uint32_t live = (from ? from->live : 0) + more;
    hash_table& made = make(std::bit_ceil(std::max<std::uint32_t>(8, live * 2)));
    if (from) {
      from->each([&](std::uint64_t hash, T& value) { made.insert(hash, value); });
    }
    return made;
  }

  bool is_full() const noexcept {
    return (used + 1) * std::uint64_t{4} > (mask + std::uint64_t{1}) * 3;
  }
  bool is_sparse() const noexcept { return mask >= 64 && live < mask / 8; }

  /// There must be room.
  void insert(std::uint64_t hash, T& value) noexcept {
    std::uint32_t i = home(hash);
    while (entries[i].value.load_relaxed()) i = next(i);
    if (entries[i].hash.load_relaxed() == 0) ++used;
    ++live;
    // The entry may be one that was erased. A search that reads the new hash without a value, or
    // the old hash with the new value, does not find what is just being added, which is correct.
    entries[i].hash.store_release(hash);
    // Release: a search that reads the value sees it filled.
    entries[i].value.store_release(&value);
  }

  /// Searches that are running may still find it.
  void erase(std::uint64_t hash, const T& value) noexcept {
    if (entry* const found = entry_of(hash, value)) {
      found->value.store(nullptr);
      --live;
    }
  }

  /// The same while no other thread searches: if no entry follows, this one and the erased ones
  /// before it become unused.
  void erase_unread(std::uint64_t hash, const T& value) noexcept {
    entry* const found = entry_of(hash, value);
    if (!found) return;
    found->value.store_relaxed(nullptr);
    --live;
    auto i = static_cast<std::uint32_t>(found - entries);
    if (entries[next(i)].hash.load_relaxed() != 0) return;
    for (; entries[i].hash.load_relaxed() != 0 && !entries[i].value.load_relaxed();
         i = (i - 1) & mask) {
      entries[i].hash.store_relaxed(0);
      --used;
    }
  }

  void prefetch(std::uint64_t hash) const noexcept { __builtin_prefetch(&entries[home(hash)]); }

  /// Visits the entries with this hash until `visit` returns true; returns that entry, or null.
  template <class Visit>
  const entry* find_entry(std::uint64_t hash, const Visit& visit) const {
    for (std::uint32_t i = home(hash);; i = next(i)) {
      const std::uint64_t there = entries[i].hash.load_acquire();
      if (there == 0) return nullptr;
      if (there == hash && visit(entries[i])) return &entries[i];
    }
  }

  /// The first value with this hash of which `is_equal` is true; else null.
  template <class Equal>
  T* find(std::uint64_t hash, const Equal& is_equal) const {
    T* found = nullptr;
    find_entry(hash, [&](const entry& at) {
      // The entry may be changing from one value to another, so the value itself is compared.
      // Acquire: it was filled before its address was stored here.
      T* const value = at.value.load_acquire();
      if (value && is_equal(*value)) found = value;
      return found != nullptr;
    });
    return found;
  }

  /// Calls `visit` with each hash and value.
  template <class Visit>
  void each(const Visit& visit) const {
    for (std::uint32_t i = 0; i <= mask; ++i) {
      if (T* const value = entries[i].value.load_relaxed())
        visit(entries[i].hash.load_relaxed(), *value);
    }
  }

 private:
  entry* entry_of(std::uint64_t hash, const T& value) noexcept {
    return const_cast<entry*>(
        find_entry(hash, [&](const entry& at) { return at.value.load_relaxed() == &value; }));
  }
  std::uint32_t home(std::uint64_t hash) const noexcept {
    return static_cast<std::uint32_t>(hash) & mask;
  }
  std::uint32_t next(std::uint32_t i) const noexcept { return (i + 1) & mask; }
};

}  // namespace aldis::reclamation

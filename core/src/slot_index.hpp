#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace aldis::detail {

struct receiver_slot;

/// A multimap from hashes to slots. Open addressing with linear probing; erasing moves entries back
/// (Knuth, The Art of Computer Programming 3, 6.4, algorithm R).
class slot_index {
 public:
  void insert(std::uint64_t hash, receiver_slot& slot) {
    if ((size_ + 1) * 4 > entries_.size() * 3) resize(entries_.empty() ? 8 : entries_.size() * 2);
    put(hash, &slot);
    ++size_;
  }

  void erase(std::uint64_t hash, const receiver_slot& slot) noexcept {
    if (entries_.empty()) return;
    std::size_t hole = home(hash);
    while (entries_[hole].slot != &slot || entries_[hole].hash != hash) {
      if (!entries_[hole].slot) return;
      hole = next(hole);
    }
    for (std::size_t i = next(hole); entries_[i].slot; i = next(i)) {
      const std::size_t home_of_entry = home(entries_[i].hash);
      // Moves back only an entry whose home is not cyclically after the hole.
      if (((i - home_of_entry) & (entries_.size() - 1)) >= ((i - hole) & (entries_.size() - 1))) {
        entries_[hole] = entries_[i];
        hole = i;
      }
    }
    entries_[hole] = {};
    --size_;
    if (entries_.size() > 64 && size_ * 8 < entries_.size()) shrink();
  }

  /// Visits the slots with this hash until `visit` returns true; returns that slot, or null.
  template <class Visit>
  receiver_slot* find(std::uint64_t hash, const Visit& visit) const {
    if (entries_.empty()) return nullptr;
    for (std::size_t i = home(hash); entries_[i].slot; i = next(i)) {
      if (entries_[i].hash == hash && visit(*entries_[i].slot)) return entries_[i].slot;
    }
    return nullptr;
  }

 private:
  struct entry {
    std::uint64_t hash = 0;
    receiver_slot* slot = nullptr;
  };

  std::size_t home(std::uint64_t hash) const noexcept {
    return static_cast<std::size_t>(hash) & (entries_.size() - 1);
  }
  std::size_t next(std::size_t i) const noexcept { return (i + 1) & (entries_.size() - 1); }

  void put(std::uint64_t hash, receiver_slot* slot) noexcept {
    std::size_t i = home(hash);
    while (entries_[i].slot) i = next(i);
    entries_[i] = {hash, slot};
  }

  void resize(std::size_t capacity) {
    std::vector<entry> old(capacity);
    old.swap(entries_);
    for (const entry& each : old) {
      if (each.slot) put(each.hash, each.slot);
    }
  }

  void shrink() noexcept {
    try {
      resize(entries_.size() / 2);
    } catch (...) {
      // The table stays larger than needed.
    }
  }

  std::vector<entry> entries_;
  std::size_t size_ = 0;
};

}  // namespace aldis::detail

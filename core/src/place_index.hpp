#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace aldis::detail {

struct place;

/// Places by hash, several under one; open addressing with linear probing, and deletion that moves
/// entries back (Knuth, The Art of Computer Programming 3, 6.4, algorithm R).
class place_index {
 public:
  void insert(std::uint64_t hash, place& p) {
    if ((size_ + 1) * 4 > slots_.size() * 3) resize(slots_.empty() ? 8 : slots_.size() * 2);
    put(hash, &p);
    ++size_;
  }

  void erase(std::uint64_t hash, const place& p) noexcept {
    if (slots_.empty()) return;
    std::size_t hole = home(hash);
    while (slots_[hole].what != &p || slots_[hole].hash != hash) {
      if (!slots_[hole].what) return;
      hole = next(hole);
    }
    for (std::size_t i = next(hole); slots_[i].what; i = next(i)) {
      const std::size_t wanted = home(slots_[i].hash);
      // Moves back only what may stand in the hole: not what belongs cyclically after it.
      if (((i - wanted) & (slots_.size() - 1)) >= ((i - hole) & (slots_.size() - 1))) {
        slots_[hole] = slots_[i];
        hole = i;
      }
    }
    slots_[hole] = {};
    --size_;
    if (slots_.size() > 64 && size_ * 8 < slots_.size()) shrink();
  }

  /// Visits all places under the hash until `visit` returns true.
  template <class Visit>
  place* find(std::uint64_t hash, const Visit& visit) const {
    if (slots_.empty()) return nullptr;
    for (std::size_t i = home(hash); slots_[i].what; i = next(i)) {
      if (slots_[i].hash == hash && visit(*slots_[i].what)) return slots_[i].what;
    }
    return nullptr;
  }

 private:
  struct slot {
    std::uint64_t hash = 0;
    place* what = nullptr;
  };

  std::size_t home(std::uint64_t hash) const noexcept {
    return static_cast<std::size_t>(hash) & (slots_.size() - 1);
  }
  std::size_t next(std::size_t i) const noexcept { return (i + 1) & (slots_.size() - 1); }

  void put(std::uint64_t hash, place* p) noexcept {
    std::size_t i = home(hash);
    while (slots_[i].what) i = next(i);
    slots_[i] = {hash, p};
  }

  void resize(std::size_t capacity) {
    std::vector<slot> old(capacity);
    old.swap(slots_);
    for (const slot& each : old) {
      if (each.what) put(each.hash, each.what);
    }
  }

  void shrink() noexcept {
    try {
      resize(slots_.size() / 2);
    } catch (...) {
      // Too large is all it is then.
    }
  }

  std::vector<slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace aldis::detail

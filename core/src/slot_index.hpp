#pragma once

#include "hash_table.hpp"
#include "reclaim.hpp"

#include <cstdint>
#include <new>
#include <utility>

namespace aldis::detail {

struct receiver_slot;

/// A multimap from hashes to slots, which no thread reads without the signal's mutex.
class slot_index {
 public:
  slot_index() = default;
  slot_index(const slot_index&) = delete;
  slot_index& operator=(const slot_index&) = delete;
  ~slot_index() { replace(nullptr); }

  /// Exceptions: std::bad_alloc.
  void insert(std::uint64_t hash, receiver_slot& slot) {
    if (!table_ || table_->is_full()) replace(&table::copy(table_, 1));
    table_->insert(hash, slot);
  }

  void erase(std::uint64_t hash, const receiver_slot& slot) noexcept {
    if (!table_) return;
    table_->erase_unread(hash, slot);
    if (!table_->is_sparse()) return;
    try {
      replace(&table::copy(table_, 0));
    } catch (const std::bad_alloc&) {
      // The table stays larger than needed.
    }
  }

  /// The first slot with this hash of which `is_equal` is true; else null.
  template <class Equal>
  receiver_slot* find(std::uint64_t hash, const Equal& is_equal) const {
    return table_ ? table_->find(hash, is_equal) : nullptr;
  }

 private:
  using table = hash_table<receiver_slot>;

  void replace(table* fresh) noexcept {
    if (table* const old = std::exchange(table_, fresh)) dispose(*old);
  }

  table* table_ = nullptr;
};

}  // namespace aldis::detail

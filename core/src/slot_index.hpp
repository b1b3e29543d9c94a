#pragma once

#include <aldis/receiver.hpp>

#include "reclamation/hash_table.hpp"

#include <algorithm>
#include <cstdint>

namespace aldis::detail {

struct receiver_slot;

std::uint64_t hash_of(const receiver_identity& identity) noexcept;
/// Whether the slot's receiver has this identity, or this id.
bool has_identity(const receiver_slot& slot, const receiver_identity& identity) noexcept;

/// The receivers that can be compared, by their identities and ids. Few are searched one by one, so
/// that a small signal needs no memory for this; more are in a hash table. Under the signal's
/// mutex.
class slot_index {
 public:
  slot_index() = default;
  slot_index(const slot_index&) = delete;
  slot_index& operator=(const slot_index&) = delete;
  ~slot_index() { replace(nullptr); }

  /// The slot is complete but for what `identity` says. Exceptions: std::bad_alloc.
  void insert(const receiver_identity& identity, receiver_slot& slot);
  void erase(const receiver_identity& identity, const receiver_slot& slot) noexcept;

  /// Visits the slots with this identity until `visit` returns true; returns that slot, or null.
  template <class Visit>
  receiver_slot* find(const receiver_identity& identity, const Visit& visit) const {
    const auto matches = [&](receiver_slot& slot) {
      return has_identity(slot, identity) && visit(slot);
    };
    if (table_) return table_->find(hash_of(identity), matches);
    receiver_slot* const* const end = few_ + count_;
    receiver_slot* const* const found =
        std::find_if(few_, end, [&](receiver_slot* slot) { return matches(*slot); });
    return found != end ? *found : nullptr;
  }

 private:
  using table = hash_table<receiver_slot>;

  void make_table();
  void replace(table* fresh) noexcept;

  receiver_slot* few_[8] = {};  ///< each once, even if it has an identity and an id
  std::uint32_t count_ = 0;     ///< of `few_`
  table* table_ = nullptr;      ///< null: `few_` has all
};

}  // namespace aldis::detail

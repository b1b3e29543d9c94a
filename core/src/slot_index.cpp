#include "slot_index.hpp"

#include "reclaim.hpp"
#include "sender_index.hpp"
#include "slot.hpp"

#include <iterator>
#include <new>
#include <utility>

namespace aldis::detail {

std::uint64_t hash_of(const receiver_identity& identity) noexcept {
  if (identity.is_id())
    return hash_of({key_view::kind::text, 0, identity.id().data, identity.id().size});
  std::uint64_t hash = hash_seed();
  for (void* const word : identity.words) {
    const auto bits = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(word));
    hash = mix(hash ^ bits, 0x9e3779b97f4a7c15u);
  }
  return hash == 0 ? 1 : hash;
}

namespace {

/// Not by std::equal, which calls memcmp for each receiver of a signal.
bool same_words(const receiver_identity& left, const receiver_identity& right) noexcept {
  std::uintptr_t difference = 0;
  for (std::size_t i = 0; i < receiver_identity::capacity; ++i)
    difference |= reinterpret_cast<std::uintptr_t>(left.words[i]) ^
                  reinterpret_cast<std::uintptr_t>(right.words[i]);
  return difference == 0;
}

}  // namespace

bool has_identity(const receiver_slot& slot, const receiver_identity& identity) noexcept {
  const slot_metadata& metadata = *slot.metadata;
  if (identity.is_id())
    return metadata.options && !metadata.options->id.empty() &&
           metadata.options->id.view() == identity.id();
  // The kinds last: programs and plugins may have the same text at different addresses.
  return metadata.identity.kind && same_words(identity, metadata.identity) &&
         (metadata.identity.kind == identity.kind ||
          text_view(metadata.identity.kind) == text_view(identity.kind));
}

void slot_index::insert(const receiver_identity& identity, receiver_slot& slot) {
  if (!table_) {
    receiver_slot** const end = few_ + count_;
    if (std::find(few_, end, &slot) != end) return;
    if (count_ < std::size(few_)) {
      few_[count_++] = &slot;
      return;
    }
    make_table();
  }
  if (table_->is_full()) replace(&table::copy(table_, 1));
  table_->insert(hash_of(identity), slot);
}

void slot_index::make_table() {
  // Each may have an identity and an id.
  table& made = table::make(64);
  for (receiver_slot* const slot : few_) {
    const slot_metadata& metadata = *slot->metadata;
    if (metadata.identity.kind) made.insert(hash_of(metadata.identity), *slot);
    if (metadata.options && !metadata.options->id.empty())
      made.insert(hash_of(receiver_identity::of_id(metadata.options->id.view())), *slot);
  }
  count_ = 0;
  replace(&made);
}

void slot_index::erase(const receiver_identity& identity, const receiver_slot& slot) noexcept {
  if (!table_) {
    receiver_slot** const end = few_ + count_;
    receiver_slot** const found = std::find(few_, end, &slot);
    if (found == end) return;
    std::copy(found + 1, end, found);
    --count_;
    return;
  }
  table_->erase_unread(hash_of(identity), slot);
  if (!table_->is_sparse()) return;
  try {
    replace(&table::copy(table_, 0));
  } catch (const std::bad_alloc&) {
    // The table stays larger than needed.
  }
}

void slot_index::replace(table* fresh) noexcept {
  if (table* const old = std::exchange(table_, fresh)) dispose(*old);
}

}  // namespace aldis::detail

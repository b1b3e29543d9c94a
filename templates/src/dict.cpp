#include <aldis/templates/dict.hpp>

#include "python_operations.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>
#include <utility>

namespace aldis::templates {

namespace {

// Values of the index that are not positions.
constexpr std::uint32_t empty_slot = 0;
constexpr std::uint32_t removed_slot = std::numeric_limits<std::uint32_t>::max();

bool same_text(const value& key, std::string_view text) noexcept {
  return key.is_text() && key.as_text() == text;
}

/// Replaces the hash that marks tombstones.
std::size_t usable(std::size_t hash) noexcept { return hash == ~std::size_t{0} ? 0 : hash; }

}  // namespace

dict::dict(std::initializer_list<std::pair<value, value>> entries) {
  entries_.reserve(entries.size());
  for (const auto& [key, mapped] : entries) (*this)[key] = mapped;
}

void dict::swap(dict& other) noexcept {
  entries_.swap(other.entries_);
  std::swap(tombstones_, other.tombstones_);
  std::swap(first_, other.first_);
  index_.swap(other.index_);
  std::swap(used_, other.used_);
}

template <class Same>
std::size_t dict::search(std::size_t hash, Same same) const {
  if (index_.empty()) {
    for (std::size_t position = 0; position < entries_.size(); ++position) {
      if (entries_[position].hash == hash && same(entries_[position].key)) return position;
    }
    return npos;
  }
  const std::size_t mask = index_.size() - 1;
  for (std::size_t slot = hash & mask; index_[slot] != empty_slot; slot = (slot + 1) & mask) {
    if (index_[slot] == removed_slot) continue;
    const std::size_t position = index_[slot] - 1;
    if (entries_[position].hash == hash && same(entries_[position].key)) return position;
  }
  return npos;
}

std::size_t dict::find_position(const value& key, std::size_t hash) const {
  return search(hash, [&](const value& other) { return detail::same_or_equal(other, key); });
}

std::size_t dict::find_position(std::string_view key, std::size_t hash) const noexcept {
  return search(hash, [&](const value& other) { return same_text(other, key); });
}

const value* dict::find(const value& key) const {
  const std::size_t position = find_position(key, usable(detail::hash(key)));
  return position == npos ? nullptr : &entries_[position].mapped;
}

value* dict::find_mutable(const value& key) {
  return const_cast<value*>(std::as_const(*this).find(key));
}

const value* dict::find(std::string_view key) const noexcept {
  if (index_.empty()) {
    // Comparing a few short texts is faster than computing a hash.
    for (const entry& each : entries_) {
      if (same_text(each.key, key)) return &each.mapped;
    }
    return nullptr;
  }
  const std::size_t position = find_position(key, usable(detail::hash(key)));
  return position == npos ? nullptr : &entries_[position].mapped;
}

value& dict::operator[](const value& key) {
  const std::size_t hash = usable(detail::hash(key));
  const std::size_t position = find_position(key, hash);
  return position == npos ? append(key, hash) : entries_[position].mapped;
}

value& dict::operator[](std::string_view key) {
  const std::size_t hash = usable(detail::hash(key));
  const std::size_t position = find_position(key, hash);
  return position == npos ? append(value(key), hash) : entries_[position].mapped;
}

value& dict::append(value key, std::size_t hash) {
  const std::size_t count = size() + 1;
  if (count > linear_limit && (used_ + 1) * 2 > index_.size()) rebuild_index();
  entries_.push_back({std::move(key), value(), hash});
  if (!index_.empty()) {
    const std::size_t mask = index_.size() - 1;
    std::size_t slot = hash & mask;
    // Removed slots are reused: otherwise a key that is added and removed repeatedly would leave a
    // run of them that every search for it traverses.
    while (index_[slot] != empty_slot && index_[slot] != removed_slot) slot = (slot + 1) & mask;
    if (index_[slot] == empty_slot) ++used_;
    index_[slot] = static_cast<std::uint32_t>(entries_.size());
  }
  return entries_.back().mapped;
}

void dict::rebuild_index() {
  if (tombstones_ > 0) {
    const auto is_tombstone = [](const entry& each) { return each.hash == removed; };
    entries_.erase(std::remove_if(entries_.begin(), entries_.end(), is_tombstone), entries_.end());
    tombstones_ = first_ = 0;
  }
  // With room for at least half as many more, so that insertion is O(1) amortized.
  std::vector<std::uint32_t> fresh(std::bit_ceil(std::max(3 * entries_.size(), 4 * linear_limit)),
                                   empty_slot);
  const std::size_t mask = fresh.size() - 1;
  for (std::size_t position = 0; position < entries_.size(); ++position) {
    std::size_t slot = entries_[position].hash & mask;
    while (fresh[slot] != empty_slot) slot = (slot + 1) & mask;
    fresh[slot] = static_cast<std::uint32_t>(position + 1);
  }
  index_ = std::move(fresh);
  used_ = entries_.size();
}

std::size_t dict::slot_of(std::size_t position) const noexcept {
  const std::size_t mask = index_.size() - 1;
  std::size_t slot = entries_[position].hash & mask;
  while (index_[slot] != position + 1) slot = (slot + 1) & mask;
  return slot;
}

bool dict::erase(const value& key) {
  const std::size_t position = find_position(key, usable(detail::hash(key)));
  if (position == npos) return false;
  // Destroyed last: the removed value may own `key`.
  entry gone;
  if (index_.empty()) {
    gone = std::move(entries_[position]);
    entries_.erase(std::next(entries_.begin(), static_cast<std::ptrdiff_t>(position)));
    return true;
  }
  index_[slot_of(position)] = removed_slot;
  gone = std::exchange(entries_[position], {value(), value(), removed});
  ++tombstones_;
  // No tombstones at either end: removing the first or last entry repeatedly must stay O(1).
  while (!entries_.empty() && entries_.back().hash == removed) {
    entries_.pop_back();
    --tombstones_;
  }
  if (entries_.empty()) {
    clear();
  } else {
    while (entries_[first_].hash == removed) ++first_;
    if (tombstones_ > entries_.size() / 2) rebuild_index();
  }
  return true;
}

void dict::clear() noexcept {
  // Destroyed last, when this is consistent again: an entry may own the owner of this dict.
  const std::vector<entry> gone = std::exchange(entries_, {});
  index_.clear();
  tombstones_ = first_ = used_ = 0;
}

const dict::entry& dict::at(std::size_t position) const noexcept {
  if (tombstones_ == 0) return entries_[position];
  return *std::next(begin(), static_cast<std::ptrdiff_t>(position));
}

const dict::entry* dict::next(std::size_t& cursor) const noexcept {
  if (cursor < first_) cursor = first_;
  while (cursor < entries_.size()) {
    const entry& here = entries_[cursor++];
    if (here.hash != removed) return &here;
  }
  return nullptr;
}

}  // namespace aldis::templates

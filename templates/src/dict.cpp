#include <aldis/templates/dict.hpp>

#include "python_operations.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>
#include <utility>

namespace aldis::templates {

namespace {

// What the index has instead of a place.
constexpr std::uint32_t empty_slot = 0;
constexpr std::uint32_t removed_slot = std::numeric_limits<std::uint32_t>::max();

bool same_text(const value& key, std::string_view text) noexcept {
  return key.is_text() && key.as_text() == text;
}

/// All hashes but the one that says something else.
std::size_t usable(std::size_t hash) noexcept { return hash == ~std::size_t{0} ? 0 : hash; }

}  // namespace

dict::dict(std::initializer_list<std::pair<value, value>> entries) {
  entries_.reserve(entries.size());
  for (const auto& [key, mapped] : entries) (*this)[key] = mapped;
}

void dict::swap(dict& other) noexcept {
  entries_.swap(other.entries_);
  std::swap(holes_, other.holes_);
  std::swap(first_, other.first_);
  index_.swap(other.index_);
  std::swap(used_, other.used_);
}

template <class Same>
std::size_t dict::search(std::size_t hash, Same same) const {
  if (index_.empty()) {
    for (std::size_t place = 0; place < entries_.size(); ++place) {
      if (entries_[place].hash == hash && same(entries_[place].key)) return place;
    }
    return nowhere;
  }
  const std::size_t mask = index_.size() - 1;
  for (std::size_t slot = hash & mask; index_[slot] != empty_slot; slot = (slot + 1) & mask) {
    if (index_[slot] == removed_slot) continue;
    const std::size_t place = index_[slot] - 1;
    if (entries_[place].hash == hash && same(entries_[place].key)) return place;
  }
  return nowhere;
}

std::size_t dict::place_of(const value& key, std::size_t hash) const {
  return search(hash, [&](const value& other) { return detail::same_or_equal(other, key); });
}

std::size_t dict::place_of(std::string_view key, std::size_t hash) const noexcept {
  return search(hash, [&](const value& other) { return same_text(other, key); });
}

const value* dict::find(const value& key) const {
  const std::size_t place = place_of(key, usable(detail::hash(key)));
  return place == nowhere ? nullptr : &entries_[place].mapped;
}

value* dict::find_mutable(const value& key) {
  return const_cast<value*>(std::as_const(*this).find(key));
}

const value* dict::find(std::string_view key) const noexcept {
  if (index_.empty()) {
    // Comparing a few short texts is faster than hashing one.
    for (const entry& each : entries_) {
      if (same_text(each.key, key)) return &each.mapped;
    }
    return nullptr;
  }
  const std::size_t place = place_of(key, usable(detail::hash(key)));
  return place == nowhere ? nullptr : &entries_[place].mapped;
}

value& dict::operator[](const value& key) {
  const std::size_t hash = usable(detail::hash(key));
  const std::size_t place = place_of(key, hash);
  return place == nowhere ? append(key, hash) : entries_[place].mapped;
}

value& dict::operator[](std::string_view key) {
  const std::size_t hash = usable(detail::hash(key));
  const std::size_t place = place_of(key, hash);
  return place == nowhere ? append(value(key), hash) : entries_[place].mapped;
}

value& dict::append(value key, std::size_t hash) {
  const std::size_t count = size() + 1;
  if (count > few && (used_ + 1) * 2 > index_.size()) index();
  entries_.push_back({std::move(key), value(), hash});
  if (!index_.empty()) {
    const std::size_t mask = index_.size() - 1;
    std::size_t slot = hash & mask;
    // Those that were removed are used again: a key that comes and goes would leave a row of them
    // behind, which every search for it goes through.
    while (index_[slot] != empty_slot && index_[slot] != removed_slot) slot = (slot + 1) & mask;
    if (index_[slot] == empty_slot) ++used_;
    index_[slot] = static_cast<std::uint32_t>(entries_.size());
  }
  return entries_.back().mapped;
}

void dict::index() {
  if (holes_ > 0) {
    const auto is_hole = [](const entry& each) { return each.hash == removed; };
    entries_.erase(std::remove_if(entries_.begin(), entries_.end(), is_hole), entries_.end());
    holes_ = first_ = 0;
  }
  // With room for half as many again at least, so that the work is shared by those that come.
  std::vector<std::uint32_t> fresh(std::bit_ceil(std::max(3 * entries_.size(), 4 * few)),
                                   empty_slot);
  const std::size_t mask = fresh.size() - 1;
  for (std::size_t place = 0; place < entries_.size(); ++place) {
    std::size_t slot = entries_[place].hash & mask;
    while (fresh[slot] != empty_slot) slot = (slot + 1) & mask;
    fresh[slot] = static_cast<std::uint32_t>(place + 1);
  }
  index_ = std::move(fresh);
  used_ = entries_.size();
}

std::size_t dict::slot_of(std::size_t place) const noexcept {
  const std::size_t mask = index_.size() - 1;
  std::size_t slot = entries_[place].hash & mask;
  while (index_[slot] != place + 1) slot = (slot + 1) & mask;
  return slot;
}

bool dict::erase(const value& key) {
  const std::size_t place = place_of(key, usable(detail::hash(key)));
  if (place == nowhere) return false;
  // Last: what is removed may be what the key belongs to.
  entry gone;
  if (index_.empty()) {
    gone = std::move(entries_[place]);
    entries_.erase(std::next(entries_.begin(), static_cast<std::ptrdiff_t>(place)));
    return true;
  }
  index_[slot_of(place)] = removed_slot;
  gone = std::exchange(entries_[place], {value(), value(), removed});
  ++holes_;
  // No holes at either end: who takes away the first or the last again and again finds it at once.
  while (!entries_.empty() && entries_.back().hash == removed) {
    entries_.pop_back();
    --holes_;
  }
  if (entries_.empty()) {
    clear();
  } else {
    while (entries_[first_].hash == removed) ++first_;
    if (holes_ > entries_.size() / 2) index();
  }
  return true;
}

void dict::clear() noexcept {
  // Last, and not while this is half empty: entries may hold what holds this.
  const std::vector<entry> gone = std::exchange(entries_, {});
  index_.clear();
  holes_ = first_ = used_ = 0;
}

const dict::entry& dict::at(std::size_t place) const noexcept {
  if (holes_ == 0) return entries_[place];
  return *std::next(begin(), static_cast<std::ptrdiff_t>(place));
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

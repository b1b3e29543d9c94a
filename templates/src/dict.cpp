#include <aldis/templates/dict.hpp>

#include "operations.hpp"

#include <cstring>
#include <iterator>
#include <utility>

namespace aldis::templates {

namespace {

bool same_text(const value& key, std::string_view text) noexcept {
  return key.is_text() && key.as_text() == text;
}

}  // namespace

dict::dict(std::initializer_list<std::pair<value, value>> entries) {
  entries_.reserve(entries.size());
  for (const auto& [key, mapped] : entries) (*this)[key] = mapped;
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
  for (std::size_t slot = hash & mask; index_[slot] != 0; slot = (slot + 1) & mask) {
    const std::size_t place = index_[slot] - 1;
    if (entries_[place].hash == hash && same(entries_[place].key)) return place;
  }
  return nowhere;
}

std::size_t dict::place_of(const value& key, std::size_t hash) const {
  return search(
      hash, [&](const value& other) { return other.same_as(key) || detail::equal(other, key); });
}

std::size_t dict::place_of(std::string_view key, std::size_t hash) const noexcept {
  return search(hash, [&](const value& other) { return same_text(other, key); });
}

const value* dict::find(const value& key) const {
  const std::size_t place = place_of(key, detail::hash(key));
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
  const std::size_t place = place_of(key, detail::hash(key));
  return place == nowhere ? nullptr : &entries_[place].mapped;
}

value& dict::operator[](const value& key) {
  const std::size_t hash = detail::hash(key);
  const std::size_t place = place_of(key, hash);
  return place == nowhere ? append(key, hash) : entries_[place].mapped;
}

value& dict::operator[](std::string_view key) {
  const std::size_t hash = detail::hash(key);
  const std::size_t place = place_of(key, hash);
  return place == nowhere ? append(value(key), hash) : entries_[place].mapped;
}

value& dict::append(value key, std::size_t hash) {
  const std::size_t count = entries_.size() + 1;
  if (count > few && count * 2 > index_.size()) index(index_.empty() ? 4 * few : 2 * index_.size());
  entries_.push_back({std::move(key), value(), hash});
  if (!index_.empty()) {
    const std::size_t mask = index_.size() - 1;
    std::size_t slot = hash & mask;
    while (index_[slot] != 0) slot = (slot + 1) & mask;
    index_[slot] = static_cast<std::uint32_t>(count);
  }
  return entries_.back().mapped;
}

void dict::index(std::size_t slots) {
  std::vector<std::uint32_t> fresh(slots, 0);
  const std::size_t mask = slots - 1;
  for (std::size_t place = 0; place < entries_.size(); ++place) {
    std::size_t slot = entries_[place].hash & mask;
    while (fresh[slot] != 0) slot = (slot + 1) & mask;
    fresh[slot] = static_cast<std::uint32_t>(place + 1);
  }
  index_ = std::move(fresh);
}

bool dict::erase(const value& key) {
  const std::size_t place = place_of(key, detail::hash(key));
  if (place == nowhere) return false;
  entries_.erase(std::next(entries_.begin(), static_cast<std::ptrdiff_t>(place)));
  if (!index_.empty()) index(index_.size());
  return true;
}

void dict::clear() noexcept {
  entries_.clear();
  index_.clear();
}

}  // namespace aldis::templates

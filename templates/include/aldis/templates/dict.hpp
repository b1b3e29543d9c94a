#pragma once

#include <aldis/templates/value.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis::templates {

/// Keys and values in insertion order, like Python's dict.
///
/// A key is none, a number, text, an object, or a tuple of keys; other values throw Python's
/// `unhashable type`. 1, 1.0 and true are the same key.
///
/// Cost: lookup, insertion and removal are O(1), also for keys chosen to collide: hashes are keyed
/// with a random key of the process. `at` is O(n) after keys have been removed.
class ALDIS_TEMPLATES_API dict {
 public:
  struct entry {
    value key;
    value mapped;
    std::size_t hash;
  };
  class const_iterator;

  dict() = default;
  dict(const dict&) = default;
  dict(dict&& other) noexcept { swap(other); }
  dict& operator=(const dict&) = default;
  dict& operator=(dict&& other) noexcept {
    dict moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~dict() = default;
  void swap(dict& other) noexcept;
  dict(std::initializer_list<std::pair<value, value>> entries);

  /// Null if the key is missing.
  const value* find(const value& key) const;
  const value* find(std::string_view key) const noexcept;
  const value* find(const std::string& key) const noexcept { return find(std::string_view(key)); }
  const value* find(const char* key) const noexcept { return find(std::string_view(key)); }
  /// Like find, but the value may be changed.
  value* find_mutable(const value& key);

  /// The key's value; a missing key is added with the value none.
  value& operator[](const value& key);
  value& operator[](std::string_view key);
  value& operator[](const std::string& key) { return (*this)[std::string_view(key)]; }
  value& operator[](const char* key) { return (*this)[std::string_view(key)]; }

  /// False if the key was missing.
  bool erase(const value& key);
  void clear() noexcept;

  bool contains(const value& key) const { return find(key) != nullptr; }
  std::size_t size() const noexcept { return entries_.size() - tombstones_; }
  bool empty() const noexcept { return size() == 0; }
  const_iterator begin() const noexcept;
  const_iterator end() const noexcept;
  /// The entry at a position in insertion order, counted from 0.
  const entry& at(std::size_t position) const noexcept;

  /// Returns the entry at `cursor` and advances the cursor; null at the end. Start with 0. Unlike
  /// an iterator, a cursor stays usable when the dict changes, but may then skip or repeat entries.
  const entry* next(std::size_t& cursor) const noexcept;

 private:
  static constexpr std::size_t npos = ~std::size_t{0};
  /// Marks the tombstone of a removed entry; no key has this hash.
  static constexpr std::size_t removed = ~std::size_t{0};
  /// A dict of up to this size is searched linearly; a larger one has an index.
  static constexpr std::size_t linear_limit = 8;

  std::size_t find_position(const value& key, std::size_t hash) const;
  std::size_t find_position(std::string_view key, std::size_t hash) const noexcept;
  template <class Same>
  std::size_t search(std::size_t hash, Same same) const;
  std::size_t slot_of(std::size_t position) const noexcept;
  value& append(value key, std::size_t hash);
  void rebuild_index();

  std::vector<entry> entries_;  // with tombstones, if there is an index
  std::size_t tombstones_ = 0;
  std::size_t first_ = 0;             // the first entry that is not a tombstone
  std::vector<std::uint32_t> index_;  // positions plus one; its size is a power of two
  std::size_t used_ = 0;              // slots of the index that are not empty
};

/// Iterates in insertion order.
class dict::const_iterator {
 public:
  using iterator_category = std::bidirectional_iterator_tag;
  using value_type = entry;
  using difference_type = std::ptrdiff_t;
  using pointer = const entry*;
  using reference = const entry&;

  const_iterator() = default;

  reference operator*() const noexcept { return *here_; }
  pointer operator->() const noexcept { return here_; }
  const_iterator& operator++() noexcept {
    do {
      ++here_;
    } while (here_ != end_ && here_->hash == removed);
    return *this;
  }
  const_iterator operator++(int) noexcept {
    const_iterator before = *this;
    ++*this;
    return before;
  }
  const_iterator& operator--() noexcept {
    do {
      --here_;
    } while (here_->hash == removed);
    return *this;
  }
  const_iterator operator--(int) noexcept {
    const_iterator before = *this;
    --*this;
    return before;
  }
  bool operator==(const const_iterator& other) const noexcept { return here_ == other.here_; }

 private:
  friend class dict;
  const_iterator(const entry* here, const entry* end) noexcept : here_(here), end_(end) {}

  const entry* here_ = nullptr;
  const entry* end_ = nullptr;
};

inline dict::const_iterator dict::begin() const noexcept {
  const entry* const end = entries_.data() + entries_.size();
  return {entries_.data() + first_, end};
}
inline dict::const_iterator dict::end() const noexcept {
  const entry* const end = entries_.data() + entries_.size();
  return {end, end};
}

}  // namespace aldis::templates

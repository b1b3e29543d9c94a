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

/// Keys and values in the order in which they came, as Python's dict.
///
/// A key is none, a number, text, a tuple of such, or an object; others throw in Python's words.
/// 1, 1.0 and true are one key.
///
/// Cost: looking up, adding and removing are O(1), also where somebody chooses keys to the
/// contrary: their hashes are keyed, anew in each process. `at` is O(n) in a dict that keys were
/// removed from.
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

  /// Null if there is none.
  const value* find(const value& key) const;
  const value* find(std::string_view key) const noexcept;
  const value* find(const std::string& key) const noexcept { return find(std::string_view(key)); }
  const value* find(const char* key) const noexcept { return find(std::string_view(key)); }
  /// As find, for what may be changed.
  value* find_mutable(const value& key);

  /// What the key stands for, none if it is new.
  value& operator[](const value& key);
  value& operator[](std::string_view key);
  value& operator[](const std::string& key) { return (*this)[std::string_view(key)]; }
  value& operator[](const char* key) { return (*this)[std::string_view(key)]; }

  /// False if there was no such key.
  bool erase(const value& key);
  void clear() noexcept;

  bool contains(const value& key) const { return find(key) != nullptr; }
  std::size_t size() const noexcept { return entries_.size() - tombstones_; }
  bool empty() const noexcept { return size() == 0; }
  const_iterator begin() const noexcept;
  const_iterator end() const noexcept;
  /// By place, counted from 0.
  const entry& at(std::size_t position) const noexcept;

  /// The entry at `cursor`, which is moved behind it; null at the end. For those who go through
  /// a dict that may change meanwhile: they begin with 0, and what comes next is up to the change.
  const entry* next(std::size_t& cursor) const noexcept;

 private:
  static constexpr std::size_t npos = ~std::size_t{0};
  /// The hash of an entry that was removed, and of no other.
  static constexpr std::size_t removed = ~std::size_t{0};
  /// Up to here entries are looked through; from here on there is an index.
  static constexpr std::size_t linear_limit = 8;

  std::size_t find_position(const value& key, std::size_t hash) const;
  std::size_t find_position(std::string_view key, std::size_t hash) const noexcept;
  template <class Same>
  std::size_t search(std::size_t hash, Same same) const;
  std::size_t slot_of(std::size_t position) const noexcept;
  value& append(value key, std::size_t hash);
  void rebuild_index();

  std::vector<entry> entries_;  // with holes, where there is an index
  std::size_t tombstones_ = 0;
  std::size_t first_ = 0;             // of the entries that are no holes
  std::vector<std::uint32_t> index_;  // places, plus one; a power of two
  std::size_t used_ = 0;              // slots of it that are not empty
};

/// Goes through the entries in their order.
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

#pragma once

#include <aldis/templates/value.hpp>

#include <initializer_list>
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
/// Cost: looking up is O(1); removing is O(n).
class ALDIS_TEMPLATES_API dict {
 public:
  struct entry {
    value key;
    value mapped;
    std::size_t hash;
  };
  using const_iterator = std::vector<entry>::const_iterator;

  dict() = default;
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
  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  const_iterator begin() const noexcept { return entries_.begin(); }
  const_iterator end() const noexcept { return entries_.end(); }
  /// By place, counted from 0.
  const entry& at(std::size_t place) const noexcept { return entries_[place]; }

 private:
  static constexpr std::size_t nowhere = ~std::size_t{0};
  /// Up to here entries are looked through; from here on there is an index.
  static constexpr std::size_t few = 8;

  std::size_t place_of(const value& key, std::size_t hash) const;
  std::size_t place_of(std::string_view key, std::size_t hash) const noexcept;
  template <class Same>
  std::size_t search(std::size_t hash, Same same) const;
  value& append(value key, std::size_t hash);
  void index(std::size_t slots);

  std::vector<entry> entries_;
  std::vector<std::uint32_t> index_;  // places, plus one; a power of two
};

}  // namespace aldis::templates

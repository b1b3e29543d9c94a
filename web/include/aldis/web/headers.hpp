#pragma once

#include <aldis/export.hpp>
#include <aldis/web/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis::web {

namespace detail {
struct headers_access;
}

/// The header fields of a request or response, in order. A name may occur more than once. Names are
/// compared without regard to case.
///
/// Exceptions: std::invalid_argument if a name is not an HTTP token, or if a value contains control
/// characters other than tabs, such as CR or LF. So no header can be injected.
/// Lifetime: returned views are valid until the next change; members of a temporary return copies.
/// Cost: look-up is linear. All text is in one block of memory, which clear() keeps.
class ALDIS_API headers {
 public:
  struct field {
    std::string_view name;
    std::string_view value;

    friend bool operator==(const field&, const field&) = default;
  };
  class iterator;

  headers() = default;
  headers(std::initializer_list<field> fields);

  /// The first field of that name.
  std::optional<std::string_view> find(std::string_view name) const& noexcept;
  std::optional<std::string> find(std::string_view name) && {
    return std::optional<std::string>(std::as_const(*this).find(name));
  }
  /// The first field of that name; empty if there is none.
  std::string_view operator[](std::string_view name) const& noexcept;
  std::string operator[](std::string_view name) && {
    return std::string(std::as_const(*this)[name]);
  }
  std::vector<std::string_view> get_all(std::string_view name) const&;
  std::vector<std::string> get_all(std::string_view name) && {
    const std::vector<std::string_view> found = std::as_const(*this).get_all(name);
    return {found.begin(), found.end()};
  }
  bool contains(std::string_view name) const noexcept { return find(name).has_value(); }

  /// Appends a field, even if there are others of that name.
  void add(std::string_view name, std::string_view value);
  /// Replaces all fields of that name by one.
  void set(std::string_view name, std::string_view value);
  /// Removes all fields of that name, and returns how many there were.
  std::size_t remove(std::string_view name);
  void clear() noexcept;

  std::size_t size() const noexcept { return fields_.size(); }
  bool empty() const noexcept { return fields_.empty(); }
  field operator[](std::size_t at) const noexcept;
  iterator begin() const noexcept;
  iterator end() const noexcept;

  friend ALDIS_API bool operator==(const headers& a, const headers& b) noexcept;

 private:
  friend struct detail::headers_access;

  struct field_bounds {
    std::uint32_t name;
    std::uint32_t name_size;
    std::uint32_t value;
    std::uint32_t value_size;
  };

  // For these two, neither name nor value may be a part of text_.
  void append(std::string_view name, std::string_view value);
  void replace(std::string_view name, std::string_view value);
  /// Replaces everything by a copy of `text`, in which all `fields` lie.
  void assign(std::string_view text, std::span<const field> fields);
  bool owns(std::string_view text) const noexcept;
  void drop_unused();

  std::string text_;
  std::vector<field_bounds> fields_;
};

class headers::iterator {
 public:
  using value_type = field;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::forward_iterator_tag;

  iterator() = default;
  iterator(const headers& of, std::size_t at) : of_(&of), at_(at) {}

  field operator*() const noexcept { return (*of_)[at_]; }
  iterator& operator++() noexcept {
    ++at_;
    return *this;
  }
  iterator operator++(int) noexcept {
    iterator before = *this;
    ++at_;
    return before;
  }
  friend bool operator==(const iterator&, const iterator&) = default;

 private:
  const headers* of_ = nullptr;
  std::size_t at_ = 0;
};

inline headers::field headers::operator[](std::size_t at) const noexcept {
  const field_bounds& bounds = fields_[at];
  const std::string_view text = text_;
  return {text.substr(bounds.name, bounds.name_size), text.substr(bounds.value, bounds.value_size)};
}

inline headers::iterator headers::begin() const noexcept { return {*this, 0}; }
inline headers::iterator headers::end() const noexcept { return {*this, size()}; }

/// Whether both are equal, ignoring the case of ASCII letters.
ALDIS_API bool same_without_case(std::string_view a, std::string_view b) noexcept;

}  // namespace aldis::web

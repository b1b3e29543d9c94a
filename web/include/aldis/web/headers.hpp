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

/// The header fields of a request or response, in order; a name may come more than once. Names are
/// compared without regard to case.
///
/// Exceptions: a name that is not a token of HTTP, or a value with CR, LF or another control
/// character than a tab, is std::invalid_argument: nothing of the kind reaches the wire.
/// Lifetime: what a member returns is valid until the next change; of a temporary it is a copy.
/// Cost: looking up is linear. All text lies in one piece of memory, which clear() keeps.
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

  /// The first of that name.
  std::optional<std::string_view> find(std::string_view name) const& noexcept;
  std::optional<std::string> find(std::string_view name) && {
    return std::optional<std::string>(std::as_const(*this).find(name));
  }
  /// The first of that name; empty if there is none.
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

  /// Appends, beside others of that name.
  void add(std::string_view name, std::string_view value);
  /// Replaces all of that name.
  void set(std::string_view name, std::string_view value);
  /// How many there were.
  std::size_t remove(std::string_view name);
  void clear() noexcept;

  std::size_t size() const noexcept { return places_.size(); }
  bool empty() const noexcept { return places_.empty(); }
  field operator[](std::size_t at) const noexcept;
  iterator begin() const noexcept;
  iterator end() const noexcept;

  friend ALDIS_API bool operator==(const headers& a, const headers& b) noexcept;

 private:
  friend struct detail::headers_access;

  struct place {
    std::uint32_t name;
    std::uint32_t name_size;
    std::uint32_t value;
    std::uint32_t value_size;
  };

  // Of these two, neither name nor value may be a part of text_.
  void append(std::string_view name, std::string_view value);
  void replace(std::string_view name, std::string_view value);
  /// Becomes fields that all lie in `text`, which is copied as it is.
  void assign(std::string_view text, std::span<const field> fields);
  bool owns(std::string_view text) const noexcept;
  void drop_unused();

  std::string text_;
  std::vector<place> places_;
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
  const place& where = places_[at];
  const std::string_view text = text_;
  return {text.substr(where.name, where.name_size), text.substr(where.value, where.value_size)};
}

inline headers::iterator headers::begin() const noexcept { return {*this, 0}; }
inline headers::iterator headers::end() const noexcept { return {*this, size()}; }

/// Are the two the same but for the case of ASCII letters?
ALDIS_API bool same_without_case(std::string_view a, std::string_view b) noexcept;

}  // namespace aldis::web

#pragma once

#include <aldis/export.hpp>

#include <charconv>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace aldis::web {

namespace detail {
/// Converts a number that Python's int() and float() accept to the syntax of std::from_chars:
/// removes blanks around it, a leading `+`, and `_` between digits.
ALDIS_API std::string plain_number(std::string_view text);
}  // namespace detail

/// Names and values in their original order, such as query arguments, form fields or cookies. A
/// name may occur more than once.
///
/// Lifetime: returned views are valid until the next change; members of a temporary return copies.
class ALDIS_API multi_dict {
 public:
  using item = std::pair<std::string, std::string>;
  using const_iterator = std::vector<item>::const_iterator;

  multi_dict() = default;
  multi_dict(std::initializer_list<item> items) : items_(items) {}

  /// The first value of that name.
  ///
  /// Exceptions: http_error 400 if there is none.
  const std::string& operator[](std::string_view name) const&;
  std::string operator[](std::string_view name) && { return std::as_const(*this)[name]; }
  /// The first value of that name.
  std::optional<std::string_view> find(std::string_view name) const& noexcept;
  std::optional<std::string> find(std::string_view name) && {
    return std::optional<std::string>(std::as_const(*this).find(name));
  }
  std::string get(std::string_view name, std::string otherwise = {}) const;
  /// The first value of that name as a number, in Python's syntax: ` +1_000 `. Nothing if there is
  /// no such value, if it is not a number, or if it is out of range for `Number`.
  template <class Number>
  requires std::is_arithmetic_v<Number> std::optional<Number> get_as(std::string_view name)
  const {
    const std::optional<std::string_view> found = find(name);
    if (!found) return std::nullopt;
    const std::string text = detail::plain_number(*found);
    Number number{};
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return number;
  }
  std::vector<std::string_view> get_all(std::string_view name) const&;
  std::vector<std::string> get_all(std::string_view name) && {
    const std::vector<std::string_view> found = std::as_const(*this).get_all(name);
    return {found.begin(), found.end()};
  }
  bool contains(std::string_view name) const noexcept { return find(name).has_value(); }

  void add(std::string name, std::string value) {
    items_.emplace_back(std::move(name), std::move(value));
  }
  void set(std::string_view name, std::string value);
  std::size_t remove(std::string_view name);
  void clear() noexcept { items_.clear(); }

  std::size_t size() const noexcept { return items_.size(); }
  bool empty() const noexcept { return items_.empty(); }
  const_iterator begin() const noexcept { return items_.begin(); }
  const_iterator end() const noexcept { return items_.end(); }

  friend bool operator==(const multi_dict&, const multi_dict&) = default;

 private:
  std::vector<item> items_;
};

}  // namespace aldis::web

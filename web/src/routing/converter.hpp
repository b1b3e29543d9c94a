#pragma once

#include <aldis/web/handler.hpp>
#include <aldis/web/path_values.hpp>
#include <aldis/web/routing.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::web::detail {

/// A converter with its arguments, as in `<int(min=1):id>`: matches text, and converts it to a
/// value.
class converter {
 public:
  enum class kind : unsigned char { string, integer, floating, path, any, uuid };

  /// Exceptions: bad_route without the text of the rule, which the caller adds.
  converter(std::string_view name, std::string_view arguments);

  kind what() const noexcept { return kind_; }
  /// Converters of lower weight are tried first: numbers, then strings, then paths.
  int weight() const noexcept;
  bool matches_slashes() const noexcept { return kind_ == kind::path; }
  /// The kind of value it converts to.
  parameter produces() const noexcept;
  std::string_view name() const noexcept;

  /// Whether it matches the whole text.
  bool matches(std::string_view text) const noexcept;
  /// In a segment with several tokens, a path matches as little as it can, all others as much;
  /// `any` matches the first item that fits.
  bool is_greedy() const noexcept { return kind_ != kind::path; }
  const std::vector<std::string>& items() const noexcept { return items_; }
  bool is_signed() const noexcept { return signed_; }
  /// Whether characters must be counted.
  bool is_bounded() const noexcept { return min_length_ > 1 || max_length_; }
  std::size_t min_length() const noexcept { return min_length_; }
  std::optional<std::size_t> max_length() const noexcept { return max_length_; }
  /// Nothing if a number is out of range.
  std::optional<path_value> value(std::string_view text) const;

  /// The value for a URL, escaped.
  ///
  /// Exceptions: bad_url without the names of rule and variable, which the caller adds.
  std::string to_url(const url_value& value) const;

  /// Equal for converters that match the same texts. The range of a number is not part of it.
  const std::string& text() const noexcept { return text_; }

 private:
  std::string shape() const;
  void read_argument(std::string_view name, std::string_view value);
  kind kind_ = kind::string;
  bool signed_ = false;
  std::optional<double> min_;
  std::optional<double> max_;
  std::size_t fixed_digits_ = 0;
  std::size_t min_length_ = 1;
  std::optional<std::size_t> max_length_;
  std::vector<std::string> items_;
  std::string text_;
};

/// The value as text, not escaped: 7, 2.5, plain text. Nothing for null and lists.
std::optional<std::string> url_text(const url_value& value);
url_value as_url_value(const path_value& value);

}  // namespace aldis::web::detail

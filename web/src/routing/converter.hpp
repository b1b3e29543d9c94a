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

/// What stands in `<int(min=1):id>`: which texts it takes, and what it makes of them.
class converter {
 public:
  enum class kind : unsigned char { string, integer, floating, path, any, uuid };

  /// Exceptions: bad_route without the rule's text, which the caller knows.
  converter(std::string_view name, std::string_view arguments);

  kind what() const noexcept { return kind_; }
  /// Those with less are tried first: numbers before strings before paths.
  int weight() const noexcept;
  bool takes_slashes() const noexcept { return kind_ == kind::path; }
  /// What it makes.
  parameter makes() const noexcept;
  std::string_view name() const noexcept;

  /// Does it take all of this text?
  bool takes(std::string_view text) const noexcept;
  /// As a part of a longer text, a path takes as little as it can; all others as much; of several
  /// items the first that fits.
  bool is_greedy() const noexcept { return kind_ != kind::path; }
  const std::vector<std::string>& items() const noexcept { return items_; }
  bool is_signed() const noexcept { return signed_; }
  /// Do characters have to be counted?
  bool is_bounded() const noexcept { return min_length_ > 1 || max_length_; }
  std::size_t min_length() const noexcept { return min_length_; }
  std::optional<std::size_t> max_length() const noexcept { return max_length_; }
  /// Nothing if a number is out of its range.
  std::optional<path_value> value(std::string_view text) const;

  /// Escaped, for a URL. Exceptions: bad_url without the rest of the story.
  std::string to_url(const url_value& value) const;

  /// Two of the same text take the same; what they reject later, as too large, is not in it.
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

/// As text for a URL, without escapes: 7, 2.5, plain text. Nothing if it has none.
std::optional<std::string> url_text(const url_value& value);
url_value as_url_value(const path_value& value);

}  // namespace aldis::web::detail

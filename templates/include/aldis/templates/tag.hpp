#pragma once

#include <aldis/templates/convert.hpp>
#include <aldis/templates/export.hpp>
#include <aldis/templates/value.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis::templates {

/// How a tag of yours is written. See environment::add_tag.
struct tag_options {
  /// The tag that ends it, if it has a body. The function's first argument is a `tag_body` then.
  std::string end = {};
  /// What it calls the variables that `tag_body` gives to the body; elsewhere in the template they
  /// are not seen.
  std::vector<std::string> variables = {};
  /// How many of the first arguments are names and no expressions, given as text:
  /// `{% materialization table %}`.
  std::size_t names = 0;
  /// The tag ends with `as name`, and what the function returns is assigned instead of printed:
  /// `{% load_json "shop.json" as shop %}`.
  bool assigns = false;
};

/// What stands between a tag of yours and its end.
///
/// Threads: that of the render only.
/// Lifetime: ends with the render; later uses fail.
class ALDIS_TEMPLATES_API tag_body {
 public:
  using variables = std::initializer_list<std::pair<std::string_view, value>>;

  /// What it prints; Markup where text is escaped. As often as you like, each a call in the limits.
  value render(variables given = {}) const;
  /// The same as text.
  std::string text(variables given = {}) const;

 private:
  friend struct conversion<tag_body>;
  explicit tag_body(value macro) noexcept : macro_(std::move(macro)) {}

  value macro_;
};

template <>
struct ALDIS_TEMPLATES_API conversion<tag_body> {
  static tag_body from_value(const value& given);
};

}  // namespace aldis::templates

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

/// The syntax of a tag. See environment::add_tag.
struct tag_options {
  /// The end tag, for a tag with a body. The function's first argument is then a `tag_body`.
  std::string end = {};
  /// The names of the variables that `tag_body` passes to the body. They are visible only there.
  std::vector<std::string> variables = {};
  /// How many leading arguments are names instead of expressions; the function gets them as text:
  /// `{% materialization table %}`.
  std::size_t names = 0;
  /// The tag ends with `as name`, and the result is assigned to that name instead of printed:
  /// `{% load_json "shop.json" as shop %}`.
  bool assigns = false;
};

/// The body of a tag, up to its end tag.
///
/// Threads: only the thread that renders.
/// Lifetime: ends with the render; later calls fail.
class ALDIS_TEMPLATES_API tag_body {
 public:
  using variables = std::initializer_list<std::pair<std::string_view, value>>;

  /// Renders the body; the result is Markup where text is escaped. May be called any number of
  /// times; the limits count each as a call.
  value render(variables values = {}) const;
  /// Renders the body as text.
  std::string text(variables values = {}) const;

 private:
  friend struct conversion<tag_body>;
  explicit tag_body(value macro) noexcept : macro_(std::move(macro)) {}

  value macro_;
};

template <>
struct ALDIS_TEMPLATES_API conversion<tag_body> {
  static tag_body from_value(const value& from);
};

}  // namespace aldis::templates

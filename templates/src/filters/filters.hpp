#pragma once

// The built-in filters by subject, and their common parts.

#include <aldis/templates/arguments.hpp>
#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/render_context.hpp>

#include "bind_arguments.hpp"
#include "python_operations.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::templates::detail {

void add_text_filters(environment::names& filters);
void add_layout_filters(environment::names& filters);
void add_markup_filters(environment::names& filters);
void add_number_filters(environment::names& filters);
void add_item_filters(environment::names& filters);
void add_order_filters(environment::names& filters);
void add_select_filters(environment::names& filters);
void add_json_filters(environment::names& filters);
void add_pprint_filter(environment::names& filters);

inline void add(environment::names& names, std::string_view name, native_function function) {
  names.insert_or_assign(std::string(name), make_function(name, function));
}

/// False for an argument that is missing or none.
inline bool is_given(const value* argument) noexcept { return argument && !argument->is_none(); }

inline bool flag(const value* argument, bool otherwise = false) {
  return argument ? truth(*argument) : otherwise;
}

/// Whether it has a method `__html__`: such values are markup and not escaped.
bool has_html_method(const value& of) noexcept;

/// of.items() as pairs. Fails with `'int' object has no attribute 'items'`.
list pairs_of(const value& of, render_context& context);

/// int(text, base) and float(text). Fail as Python does.
std::int64_t integer_in(const value& text, std::int64_t base, render_context& context);
double float_in(const value& text, render_context& context);

/// Makes text whose size a template determines: counts its memory first.
value make_text(std::string_view text, render_context& context);
/// Makes markup if `like` is markup, else text.
value make_text_like(const value& like, std::string_view text, render_context& context);

/// Methods of Markup escape their arguments; those of text do not.
value argument_for(const value& text, const value& argument, render_context& context);

/// A path of attributes and items, as sort, map and others take it: `address.city.0`.
class attribute_path {
 public:
  attribute_path() = default;
  /// Without an attribute, or with none, the path is the value itself. `otherwise` replaces missing
  /// steps.
  explicit attribute_path(const value* attribute, const value* otherwise = nullptr);

  value of(value from, render_context& context) const;
  /// The value as the sort key: in lower case unless the filter is case-sensitive.
  value of(value from, render_context& context, bool ignore_case) const;

 private:
  std::vector<value> steps_;
  std::optional<value> otherwise_;
};

}  // namespace aldis::templates::detail

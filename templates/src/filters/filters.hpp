#pragma once

// The built-in filters, by what they are about, and what they share.

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

/// An argument that may be left out, or given as none.
inline bool is_given(const value* argument) noexcept { return argument && !argument->is_none(); }

inline bool flag(const value* argument, bool otherwise = false) {
  return argument ? truth(*argument) : otherwise;
}

/// Is it markup, which is not escaped: has it `__html__`?
bool has_html_method(const value& of) noexcept;

/// of.items(), as pairs; `'int' object has no attribute 'items'` if there is no such method.
list pairs_of(const value& of, render_context& context);

/// int(text, base) and float(text), which fail as Python does.
std::int64_t integer_in(const value& text, std::int64_t base, render_context& context);
double float_in(const value& text, render_context& context);

/// Text whose size a template controls: counted first.
value make_text(std::string_view text, render_context& context);
/// Text that is safe if `like` is.
value make_text_like(const value& like, std::string_view text, render_context& context);

/// What an argument of a method of text means to it: escaped, if the text is safe.
value argument_for(const value& text, const value& argument, render_context& context);

/// `address.city.0` as sort, map and others take it: a path of items.
class attribute_path {
 public:
  attribute_path() = default;
  /// None, or no attribute, is the value itself. What a missing step becomes may be given.
  explicit attribute_path(const value* attribute, const value* otherwise = nullptr);

  value of(value from, render_context& context) const;
  /// As it is compared unless case matters.
  value of(value from, render_context& context, bool ignore_case) const;

 private:
  std::vector<value> steps_;
  std::optional<value> otherwise_;
};

}  // namespace aldis::templates::detail

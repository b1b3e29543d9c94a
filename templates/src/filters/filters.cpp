#include "filters.hpp"

#include <aldis/templates/dict.hpp>

#include "builtins.hpp"
#include "heap_values.hpp"
#include "memory.hpp"
#include "text/numbers.hpp"
#include "text/unicode.hpp"
#include "text/utf8.hpp"

#include <algorithm>

namespace aldis::templates::detail {

void add_filters(environment::names& filters) {
  add_text_filters(filters);
  add_layout_filters(filters);
  add_markup_filters(filters);
  add_number_filters(filters);
  add_item_filters(filters);
  add_order_filters(filters);
  add_select_filters(filters);
  add_json_filters(filters);
  add_pprint_filter(filters);
}

bool has_html_method(const value& of) noexcept {
  switch (of.kind()) {
    case value_kind::undefined:
      return undefined_of(of).policy == undefined_policy::chainable;
    case value_kind::object:
      return of.as_object().is_markup();
    default:
      return of.is_markup();
  }
}

list pairs_of(const value& of, render_context& context) {
  if (of.is_undefined()) fail_undefined(of);
  list pairs;
  if (of.is(value_kind::dict)) {
    context.count_steps(of.as_dict().size());
    make_room(pairs, of.as_dict().size(), context);
    context.count_memory((2 * sizeof(value) + block_overhead) * of.as_dict().size());
    for (const dict::entry& entry : of.as_dict()) {
      pairs.emplace_back(tuple{{entry.key, entry.mapped}});
    }
  } else if (of.is(value_kind::object) && of.as_object().is_mapping()) {
    iteration keys(of, context);
    for (value key; keys.next(key);) pairs.emplace_back(tuple{{key, context.item(of, key)}});
  } else {
    fail(error_kind::attribute,
         "'" + std::string(type_name(of)) + "' object has no attribute 'items'");
  }
  return pairs;
}

value make_text(std::string_view text, render_context& context) {
  context.count_memory(text.size());
  return {value_kind::text, text};
}

value make_text_like(const value& like, std::string_view text, render_context& context) {
  context.count_memory(text.size());
  return {like.is_markup() ? value_kind::markup : value_kind::text, text};
}

value argument_for(const value& text, const value& argument, render_context& context) {
  return text.is_markup() && argument.is_text() ? escape(argument, context) : argument;
}

attribute_path::attribute_path(const value* attribute, const value* otherwise) {
  if (is_given(otherwise)) otherwise_ = *otherwise;
  if (!is_given(attribute)) return;
  if (!attribute->is_text()) {
    steps_.push_back(*attribute);
    return;
  }
  std::string_view rest = attribute->as_text();
  for (bool more = true; more;) {
    const std::size_t point = rest.find('.');
    const std::string_view step = rest.substr(0, point);
    more = point != std::string_view::npos;
    if (more) rest.remove_prefix(point + 1);

    const std::u32string characters = to_characters(step);
    const integer_text number = std::all_of(characters.begin(), characters.end(), is_decimal)
                                    ? read_integer(step)
                                    : integer_text{};
    if (number.outcome == integer_text::result::read) {
      steps_.emplace_back(number.number);
    } else {
      steps_.emplace_back(step);
    }
  }
}

value attribute_path::of(value from, render_context& context) const {
  if (steps_.size() > 1) count_work(steps_.size() - 1);
  for (const value& step : steps_) {
    from = context.item(from, step);
    if (otherwise_ && from.is_undefined()) from = *otherwise_;
  }
  return from;
}

value attribute_path::of(value from, render_context& context, bool ignore_case) const {
  value result = of(std::move(from), context);
  if (!ignore_case || !result.is_text()) return result;
  return make_text_like(result, to_lower(result.as_text()), context);
}

}  // namespace aldis::templates::detail

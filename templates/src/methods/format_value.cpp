#include "format_value.hpp"

#include <aldis/templates/dict.hpp>
#include <aldis/templates/error.hpp>

#include "text/format_spec.hpp"
#include "text/quote.hpp"
#include "text/utf8.hpp"

namespace aldis::templates::detail {

namespace {

format_spec counted_spec(std::string_view text, const formatted_type& of, render_context& context) {
  const format_spec spec = read_format_spec(text, of);
  // A fill character has up to four bytes. Checked separately, because the sum may overflow.
  context.count_memory(spec.width);
  context.count_memory(spec.precision.value_or(0));
  context.count_memory(4 * spec.extra());
  return spec;
}

[[noreturn]] void fail_index(const value& owner) {
  const std::string type = owner.is_text() ? "string" : std::string(type_name(owner));
  fail(error_kind::index, type + " index out of range");
}

value item_by_number(const value& owner, const value& key) {
  if (!key.is_integral()) {
    const std::string type(type_name(key));
    fail(error_kind::type,
         owner.is_text()
             ? "string indices must be integers, not '" + type + "'"
             : std::string(type_name(owner)) + " indices must be integers or slices, not " + type);
  }
  const std::size_t size = length(owner);
  const std::int64_t from_start =
      key.as_integer() + (key.as_integer() < 0 ? static_cast<std::int64_t>(size) : 0);
  if (from_start < 0 || static_cast<std::size_t>(from_start) >= size) fail_index(owner);
  const auto index = static_cast<std::size_t>(from_start);
  if (!owner.is_text()) return owner.as_items()[index];
  const std::string_view text = owner.as_text();
  const std::size_t begin = offset_of_character(text, index);
  std::size_t end = begin;
  next_character(text, end);
  return {owner.kind(), text.substr(begin, end - begin)};
}

}  // namespace

std::string format_value(const value& of, std::string_view spec, render_context& context) {
  if (spec.empty()) return text_of(of, context);
  switch (of.kind()) {
    case value_kind::text:
    case value_kind::markup: {
      const formatted_type type{type_name(of), formatted_text.align, formatted_text.type};
      return format_text(of.as_text(), counted_spec(spec, type, context));
    }
    case value_kind::boolean:
    case value_kind::integer: {
      const formatted_type type{type_name(of), formatted_integer.align, formatted_integer.type};
      return format_integer(of.as_integer(), counted_spec(spec, type, context), type.name);
    }
    case value_kind::floating:
      return format_float(of.as_floating(), counted_spec(spec, formatted_float, context));
    default:
      fail(error_kind::type,
           "unsupported format string passed to " + std::string(type_name(of)) + ".__format__");
  }
}

std::string repr_of(const value& of, render_context& context) {
  std::string text;
  append_repr(text, of, context);
  return text;
}

std::string ascii_of(const value& of, render_context& context) {
  const std::string text = repr_of(of, context);
  std::string result;
  for (std::size_t index = 0; index < text.size();)
    append_ascii(result, next_character(text, index));
  return result;
}

value item_or_fail(const value& owner, const value& key, render_context& context) {
  switch (owner.kind()) {
    case value_kind::undefined:
      fail_undefined(owner);
    case value_kind::dict:
      if (const value* found = owner.as_dict().find(key)) return *found;
      fail(error_kind::key, repr_of(key, context));
    case value_kind::text:
    case value_kind::markup:
    case value_kind::list:
    case value_kind::tuple:
      return item_by_number(owner, key);
    case value_kind::object:
      if (const std::optional<value> found = owner.as_object().item(key, context)) return *found;
      if (owner.as_object().is_mapping()) fail(error_kind::key, repr_of(key, context));
      if (owner.as_object().is_sequence()) fail_index(owner);
      [[fallthrough]];
    default:
      fail(error_kind::type, "'" + std::string(type_name(owner)) + "' object is not subscriptable");
  }
}

}  // namespace aldis::templates::detail

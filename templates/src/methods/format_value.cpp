#include "format_value.hpp"

#include <aldis/templates/dict.hpp>
#include <aldis/templates/error.hpp>

#include "text/format_spec.hpp"
#include "text/quote.hpp"
#include "text/utf8.hpp"

namespace aldis::templates::detail {

namespace {

format_spec counted_spec(std::string_view text, const formatted_type& of, evaluation& within) {
  const format_spec spec = read_format_spec(text, of);
  // A fill may take four bytes; checked apart, as the sum may be too large to be counted.
  within.count_memory(spec.width);
  within.count_memory(spec.precision.value_or(0));
  within.count_memory(4 * spec.extra());
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
  const std::int64_t index =
      key.as_integer() + (key.as_integer() < 0 ? static_cast<std::int64_t>(size) : 0);
  if (index < 0 || static_cast<std::size_t>(index) >= size) fail_index(owner);
  const auto place = static_cast<std::size_t>(index);
  if (!owner.is_text()) return owner.as_items()[place];
  const std::string_view text = owner.as_text();
  const std::size_t begin = place_of_character(text, place);
  std::size_t end = begin;
  next_character(text, end);
  return {owner.kind(), text.substr(begin, end - begin)};
}

}  // namespace

std::string format_value(const value& of, std::string_view spec, evaluation& within) {
  if (spec.empty()) return text_of(of, within);
  switch (of.kind()) {
    case value_kind::text:
    case value_kind::safe_text: {
      const formatted_type type{type_name(of), formatted_text.align, formatted_text.type};
      return format_text(of.as_text(), counted_spec(spec, type, within));
    }
    case value_kind::boolean:
    case value_kind::integer: {
      const formatted_type type{type_name(of), formatted_integer.align, formatted_integer.type};
      return format_integer(of.as_integer(), counted_spec(spec, type, within), type.name);
    }
    case value_kind::floating:
      return format_float(of.as_floating(), counted_spec(spec, formatted_float, within));
    default:
      fail(error_kind::type,
           "unsupported format string passed to " + std::string(type_name(of)) + ".__format__");
  }
}

std::string repr_of(const value& of, evaluation& within) {
  std::string text;
  append_repr(text, of, within);
  return text;
}

std::string ascii_of(const value& of, evaluation& within) {
  const std::string text = repr_of(of, within);
  std::string result;
  for (std::size_t place = 0; place < text.size();)
    append_ascii(result, next_character(text, place));
  return result;
}

value item_or_fail(const value& owner, const value& key, evaluation& within) {
  switch (owner.kind()) {
    case value_kind::undefined:
      fail_undefined(owner);
    case value_kind::dict:
      if (const value* found = owner.as_dict().find(key)) return *found;
      fail(error_kind::key, repr_of(key, within));
    case value_kind::text:
    case value_kind::safe_text:
    case value_kind::list:
    case value_kind::tuple:
      return item_by_number(owner, key);
    case value_kind::object:
      if (const std::optional<value> found = owner.as_object().item(key, within)) return *found;
      if (owner.as_object().is_mapping()) fail(error_kind::key, repr_of(key, within));
      if (owner.as_object().is_sequence()) fail_index(owner);
      [[fallthrough]];
    default:
      fail(error_kind::type, "'" + std::string(type_name(owner)) + "' object is not subscriptable");
  }
}

}  // namespace aldis::templates::detail
